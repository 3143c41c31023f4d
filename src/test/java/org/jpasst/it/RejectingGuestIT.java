package org.jpasst.it;

import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.List;
import org.jpasst.lab.BackEnd;
import org.jpasst.lab.Lab;
import org.jpasst.lab.LabTest;
import org.jpasst.lab.NetworkNamespace;
import org.jpasst.lab.TapGuest;
import org.jpasst.lab.TcpPair;
import org.jpasst.lab.TrafficStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A guest that rejects connections by ICMP, as firewalls do, refuses them to the peer. */
@LabTest
final class RejectingGuestIT {
  private static final int REJECTED = 5001;
  private static final int TAKEN = 5002;

  /** Long before a SYN is given up. */
  private static final Duration SOON = Duration.ofSeconds(10);

  @ParameterizedTest
  @CsvSource({"-4, " + Lab.HOST4, "-6, " + Lab.HOST6})
  void aConnectionThatTheGuestRejectsIsResetAtOnce(String family, String address) throws Exception {
    try (Lab lab = Lab.open();
        BackEnd backEnd = BackEnd.start(lab, "--tcp-ports", REJECTED + "," + TAKEN);
        TapGuest guest = TapGuest.connect(lab, backEnd.socket(), 1500).configure("cubic");
        ServerSocketChannel taken = TcpPair.listen(guest.namespace(), "::", TAKEN)) {
      reject(guest.namespace(), family);
      try (SocketChannel client = TcpPair.connect(lab.remote(), address, REJECTED);
          TcpPair other = TcpPair.connect(lab.remote(), address, TAKEN, taken)) {
        TrafficStream.together(
            SOON,
            List.of(
                TrafficStream.task(
                    () ->
                        assertThatExceptionOfType(IOException.class)
                            .isThrownBy(() -> client.read(ByteBuffer.allocate(1)))
                            .withMessageContaining("reset"))));
        other.exchange((byte) 1);
      }
    }
  }

  /** A router's "administratively prohibited" for what comes in to one port. */
  private static void reject(NetworkNamespace guest, String family) {
    guest.sysctl("net.ipv4.ip_forward", "1");
    guest.ip(family + " rule add pref 20 lookup local");
    guest.ip(family + " rule del pref 0");
    guest.ip(
        family
            + " rule add pref 10 iif "
            + TapGuest.DEVICE
            + " ipproto tcp dport %d prohibit".formatted(REJECTED));
  }
}
