package org.jpasst.demo;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.time.Duration;
import org.jpasst.lab.Await;
import org.jpasst.lab.BackEnd;
import org.jpasst.lab.Lab;
import org.jpasst.lab.LabTest;
import org.jpasst.net.IpAddress;
import org.junit.jupiter.api.Test;

/** A guest whose QEMU is started again and again, while its back-end lives on. */
@LabTest
final class RestartedGuestIT {
  private static final int TIMES = 100;

  /** Until all classes are loaded, and the ping's socket, which they share, is there. */
  private static final int FIRST = 3;

  private static final IpAddress REMOTE = IpAddress.parse(Lab.REMOTE4).orElseThrow();
  private static final IpAddress HOST = IpAddress.parse(Lab.HOST4).orElseThrow();
  private static final Duration SOON = Duration.ofSeconds(20);

  @Test
  void eachTimeItFindsItsAddressAndTheWorldAndNothingIsLeftOver() throws IOException {
    try (Lab lab = Lab.open();
        BackEnd backEnd = BackEnd.start(lab)) {
      for (int i = 0; i < FIRST; i++) {
        goOnline(backEnd);
      }
      int used = backEnd.process().descriptors();
      for (int i = 0; i < TIMES; i++) {
        goOnline(backEnd);
      }
      // Whether the last guest's end was noticed when these are counted is a matter of luck.
      Await.atMost("descriptors", used + 1, SOON, () -> backEnd.process().descriptors());
    }
  }

  /** Each step waits two seconds for its answer at most. */
  private static void goOnline(BackEnd backEnd) throws IOException {
    try (GuestPort port = GuestPort.connect(backEnd.socket())) {
      var guest = new Guest(port);
      DhcpClient.Lease lease = new DhcpClient(guest).lease().orElseThrow();
      assertThat(lease.address()).isEqualTo(HOST);
      assertThat(new Neighbours(guest).resolve(lease.address(), lease.router())).isPresent();
      assertThat(new Ping(guest).send(lease.address(), REMOTE)).isPresent();
    }
  }
}
