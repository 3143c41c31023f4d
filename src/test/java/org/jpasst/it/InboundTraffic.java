package org.jpasst.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import org.jpasst.lab.GuestConsole;
import org.jpasst.lab.NetworkNamespace;
import org.jpasst.lab.QemuGuest;
import org.jpasst.lab.RunningTraffic;
import org.jpasst.lab.TcpPair;
import org.jpasst.lab.TrafficStream;

/**
 * A connection into a guest that moves, both of whose sides send at full speed.
 *
 * @param channel the peer's socket
 * @param file where in the guest the checksum of what it gets is written
 */
record InboundTraffic(
    SocketChannel channel, RunningTraffic received, RunningTraffic sent, String file) {
  private static final TrafficStream STREAM = QemuGuest.stream(0);
  private static final long SOME = 1 << 20;

  /** Opens it to a port that is forwarded to the same of the guest. */
  static InboundTraffic open(NetworkNamespace remote, GuestConsole guest, String address, int port)
      throws IOException {
    String file = "/tmp/inbound." + port;
    String nc = "nc -N %s -l %d".formatted(address.contains(":") ? "-6" : "-4", port);
    String block = "until [ -e %s.stop ]; do cat /block; done | ".formatted(file);
    guest.listen(block + nc + " | sha256sum >" + file, port);
    SocketChannel channel = TcpPair.connect(remote, address, port);
    return new InboundTraffic(
        channel,
        RunningTraffic.receiving(STREAM, channel).awaitProgress(SOME),
        RunningTraffic.sending(STREAM, channel).awaitProgress(SOME),
        file);
  }

  /** Waits until some more has come in both directions. */
  void awaitProgress() {
    received.awaitProgress(SOME);
    sent.awaitProgress(SOME);
  }

  /** Stops it, and checks that it has carried all, and nothing twice. */
  void check(GuestConsole guest) throws IOException {
    awaitProgress();
    long bytes = sent.stop();
    channel.shutdownOutput();
    received.stop();
    // Closed while the guest still sends it would be reset, and what is on its way to the guest
    // gone (RFC 2525 section 2.17).
    guest.run("touch " + file + ".stop");
    ByteBuffer rest = ByteBuffer.allocateDirect(1 << 18);
    while (channel.read(rest.clear()) >= 0) {
      continue;
    }
    channel.close();
    String got = guest.run("until [ -s %1$s ]; do usleep 10000; done; cat %1$s".formatted(file));
    assertThat(got).isEqualTo(QemuGuest.stream(bytes).sha256() + "  -");
  }
}
