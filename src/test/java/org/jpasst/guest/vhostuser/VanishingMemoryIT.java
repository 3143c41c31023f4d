package org.jpasst.guest.vhostuser;

import static org.assertj.core.api.Assertions.assertThat;
import static org.jpasst.guest.vhostuser.FrontEnd.BUFFERS;
import static org.jpasst.guest.vhostuser.FrontEnd.QUEUE_SIZE;
import static org.jpasst.guest.vhostuser.FrontEnd.RECEIVE;
import static org.jpasst.guest.vhostuser.FrontEnd.TRANSMIT;
import static org.jpasst.guest.vhostuser.FrontEnd.WRITE;

import java.io.IOException;
import java.time.Duration;
import java.util.Random;
import org.jpasst.guest.VirtioNetHeader;
import org.jpasst.lab.Alone;
import org.jpasst.lab.Await;
import org.jpasst.lab.BackEnd;
import org.jpasst.lab.Lab;
import org.jpasst.lab.LabTest;
import org.jpasst.linux.ErrnoException;
import org.jpasst.linux.UnixConnector;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The program as users run it, its code as cold as it is then: see {@link MemoryGoneTest}. */
@LabTest
@Alone
@Timeout(180)
final class VanishingMemoryIT {
  private static final Duration SOON = Duration.ofSeconds(20);
  private static final int FRONT_ENDS = 40;
  private static final int LENGTH = 60;

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3})
  void frontEndsThatTakeTheirMemoryAwayEndNothingButTheirConnections(int seed) throws IOException {
    var random = new Random(seed);
    try (Lab lab = Lab.open();
        BackEnd backEnd = BackEnd.start(lab, "--vhost-user")) {
      for (int i = 0; i < FRONT_ENDS; i++) {
        int fd =
            ErrnoException.check(
                new UnixConnector().connect(backEnd.socket().toString()), "connect");
        try (FrontEnd frontEnd = new FrontEnd(fd, lab.directory())) {
          frontEnd.setUp(Features.DEVICE);
          frontEnd.shareLog();
          Await.value("the log is taken", SOON, frontEnd::answer);
          exchange(frontEnd, random.nextInt(50));
          frontEnd.truncate(0, 0);
          frontEnd.truncate(1, 0);
          Await.until(
              "the connection has ended",
              SOON,
              () -> {
                frontEnd.kick(TRANSMIT);
                return frontEnd.isClosed();
              });
        }
      }
      assertThat(backEnd.process().alive()).isTrue();
      assertThat(backEnd.process().output())
          .contains("shared memory is gone")
          .doesNotContain("Exception", "internal error", "fatal error");
    }
  }

  /** Requests by ARP, which are answered. */
  private static void exchange(FrontEnd frontEnd, int frames) {
    for (int i = 0; i < frames; i++) {
      int head = i % QUEUE_SIZE;
      long at = BUFFERS + head * 2048L;
      frontEnd.write(at + VirtioNetHeader.MAX_LENGTH, request());
      frontEnd.descriptor(RECEIVE, head, FrontEnd.REGION + at, 2048, WRITE, 0);
      frontEnd.offer(RECEIVE, head);
      frontEnd.descriptor(TRANSMIT, head, at, VirtioNetHeader.MAX_LENGTH + LENGTH, 0, 0);
      frontEnd.offer(TRANSMIT, head);
      frontEnd.kick(TRANSMIT);
      int taken = i + 1;
      Await.until("it is taken", SOON, () -> frontEnd.usedIndex(TRANSMIT) == taken);
    }
  }

  private static byte[] request() {
    byte[] frame = new byte[LENGTH];
    byte[] arp = {
      -1,
      -1,
      -1,
      -1,
      -1,
      -1,
      2,
      0,
      0,
      0,
      0,
      1,
      8,
      6,
      0,
      1,
      8,
      0,
      6,
      4,
      0,
      1,
      2,
      0,
      0,
      0,
      0,
      1,
      (byte) 192,
      0,
      2,
      1,
      0,
      0,
      0,
      0,
      0,
      0,
      (byte) 192,
      0,
      2,
      2
    };
    System.arraycopy(arp, 0, frame, 0, arp.length);
    return frame;
  }
}
