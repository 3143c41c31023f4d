package org.jpasst.proto.tcp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Arrays;
import org.jpasst.linux.LinuxSockets;
import org.jpasst.linux.Sockets;
import org.jpasst.wire.TcpHeader;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * A batch whose handling is cut short, as by memory that a front-end has taken away, leaves nothing
 * to the next one: what its segments lay in holds others by then.
 */
@Timeout(60)
final class TcpBatchFaultTest {
  private static final int ACK = TcpHeader.ACK;
  private static final int LONG = 1400; // comes in pieces

  private boolean faulty;

  private Sockets sockets() {
    Sockets real = new LinuxSockets();
    return (Sockets)
        Proxy.newProxyInstance(
            Sockets.class.getClassLoader(),
            new Class<?>[] {Sockets.class},
            (proxy, method, arguments) -> {
              if (faulty && method.getName().equals("sendmsg")) {
                faulty = false;
                throw new InternalError("as HotSpot makes of SIGBUS");
              }
              try {
                return method.invoke(real, arguments);
              } catch (InvocationTargetException e) {
                throw e.getCause();
              }
            });
  }

  private static byte[] text(int value, int length) {
    byte[] text = new byte[length];
    Arrays.fill(text, (byte) value);
    return text;
  }

  @Test
  void segmentsOfOtherConnectionsAreForgottenAndNotTakenForWhatLiesThereNow() throws IOException {
    InetAddress loopback = InetAddress.getLoopbackAddress();
    try (var guest = new ScriptedGuest(sockets());
        var first = new ServerSocket(0, 5, loopback);
        var second = new ServerSocket(0, 5, loopback)) {
      guest.connect(first.getLocalPort());
      int firstSequence = guest.sequence;
      int firstExpected = guest.expected;
      guest.connect(second.getLocalPort());
      try (Socket peer = first.accept();
          Socket other = second.accept()) {
        guest.peerPort = first.getLocalPort();
        guest.segment(ACK, firstSequence, firstExpected, guest.options(), text(1, LONG));
        guest.peerPort = second.getLocalPort();
        guest.segment(ACK, guest.sequence, guest.expected, guest.options(), text(2, LONG));
        faulty = true;
        assertThatThrownBy(guest::flush).isInstanceOf(InternalError.class);

        // In the same place as those, but shorter, and in one piece.
        guest.send(ACK, text(3, 100));
        assertThat(other.getInputStream().readNBytes(100)).isEqualTo(text(3, 100));
        guest.send(ACK, text(4, LONG));
        assertThat(other.getInputStream().readNBytes(LONG)).isEqualTo(text(4, LONG));
        assertThat(other.getInputStream().available()).isZero();
        assertThat(peer.getInputStream().available()).isZero();
      }
    }
  }
}
