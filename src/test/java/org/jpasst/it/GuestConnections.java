package org.jpasst.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jpasst.lab.Await;
import org.jpasst.lab.GuestConsole;
import org.jpasst.lab.MovingGuest;
import org.jpasst.lab.NetworkNamespace;
import org.jpasst.lab.QemuGuest;
import org.jpasst.lab.RunningTraffic;
import org.jpasst.lab.TcpPair;
import org.jpasst.lab.TrafficStream;

/** Connections of every kind between the guest and one of the remote's addresses. */
record GuestConnections(
    RunningTraffic upload,
    RunningTraffic download,
    SocketChannel downloading,
    SocketChannel idle,
    SocketChannel guestClosed,
    SocketChannel peerClosed,
    String files) {
  private static final TrafficStream STREAM = QemuGuest.stream(0);
  private static final int UPLOAD = 7001;
  private static final int DOWNLOAD = 7002;
  private static final int IDLE = 7003;
  private static final int GUEST_CLOSED = 7004;
  private static final int PEER_CLOSED = 7005;
  private static final long SOME = 4 << 20;
  private static final Duration SOON = Duration.ofSeconds(60);

  /** The real passt leaves an upload's small send buffer as it is: it may go on at 0.1 MB/s. */
  static final long SOME_AT_PASST = 1 << 16;

  static GuestConnections open(MovingGuest moving, String address) throws IOException {
    return open(moving.remote(), moving.guest().console(), address);
  }

  /**
   * Opens them.
   *
   * @param address the remote's
   */
  static GuestConnections open(NetworkNamespace remote, GuestConsole guest, String address)
      throws IOException {
    String files = "/tmp/" + (address.contains(":") ? "v6" : "v4");
    String nc = " | nc %s %s %d >" + files;
    SocketChannel uploading =
        accept(remote, guest, address, UPLOAD, "while cat /block; do :; done" + nc + ".up &");
    SocketChannel downloading =
        accept(
            remote,
            guest,
            address,
            DOWNLOAD,
            "cat /dev/null | nc %s %s %d | sha256sum >" + files + ".down &");
    SocketChannel idle = accept(remote, guest, address, IDLE, "cat /dev/null" + nc + ".idle &");
    SocketChannel guestClosed =
        accept(
            remote,
            guest,
            address,
            GUEST_CLOSED,
            "echo request" + nc.replace("nc", "nc -N") + ".half &");
    SocketChannel peerClosed =
        accept(
            remote,
            guest,
            address,
            PEER_CLOSED,
            "(until [ -e "
                + files
                + ".go ]; do usleep 10000; done; echo late)"
                + nc.replace("nc", "nc -N")
                + ".peer &");
    write(peerClosed, "early\n");
    peerClosed.shutdownOutput();
    assertThat(line(guestClosed)).isEqualTo("request");
    assertThat(guestClosed.read(ByteBuffer.allocate(1))).isNegative();
    return new GuestConnections(
        RunningTraffic.receiving(STREAM, uploading).awaitProgress(SOME),
        RunningTraffic.sending(STREAM, downloading).awaitProgress(SOME),
        downloading,
        idle,
        guestClosed,
        peerClosed,
        files);
  }

  /** Runs a command in the guest that connects, and accepts its connection. */
  private static SocketChannel accept(
      NetworkNamespace remote, GuestConsole guest, String address, int port, String command)
      throws IOException {
    try (ServerSocketChannel server = TcpPair.listen(remote, address, port)) {
      guest.run(command.formatted("", address, port));
      return server.accept();
    }
  }

  void awaitProgress() {
    awaitProgress(SOME);
  }

  /** Waits until so many bytes more have been carried each way. */
  void awaitProgress(long bytes) {
    upload.awaitProgress(bytes);
    download.awaitProgress(bytes);
  }

  void check(QemuGuest guest) throws IOException {
    check(guest.console());
  }

  /** All go on where they are, the fast ones for some MiB, and end well. */
  void check(GuestConsole guest) throws IOException {
    awaitProgress();
    finish(guest, stop());
  }

  /**
   * The same where the real passt is. It takes a look at a socket for which the guest has no buffer
   * left for the end of the stream, and ends the stream that the guest gets (forty connections,
   * 9,000 bytes and a FIN for each while QEMU was stopped: 27 ended empty). So nothing ends there
   * before the guest has all of what was sent.
   */
  static void checkAtPasst(List<GuestConnections> all, MovingGuest moving) throws IOException {
    List<Long> sent = new ArrayList<>();
    for (GuestConnections each : all) {
      each.awaitProgress(SOME_AT_PASST);
    }
    for (GuestConnections each : all) {
      sent.add(each.stop());
    }
    for (GuestConnections each : all) {
      each.awaitTaken(moving);
    }
    for (int i = 0; i < all.size(); i++) {
      all.get(i).finish(moving.guest().console(), sent.get(i));
    }
  }

  private void awaitTaken(MovingGuest moving) throws IOException {
    int port = ((InetSocketAddress) downloading.getRemoteAddress()).getPort();
    // What the guest hasn't acknowledged stays in the back-end's socket.
    Await.until(
        "the guest to have what was sent",
        SOON,
        () -> moving.remote().queuedBytes(port) == 0 && moving.host().queuedBytes(port) == 0);
  }

  /** Stops the fast ones, whose ends stay open; answers how much the guest was sent. */
  private long stop() {
    upload.stop();
    long sent = download.stop();
    System.out.println(
        files
            + ": no byte from the guest for "
            + upload.longestPause().toMillis()
            + " ms, none taken by it for "
            + download.longestPause().toMillis()
            + " ms");
    return sent;
  }

  private void finish(GuestConsole guest, long sent) throws IOException {
    downloading.shutdownOutput();
    assertThat(guest.run(content(".down"))).isEqualTo(QemuGuest.stream(sent).sha256() + "  -");
    write(idle, "still there\n");
    assertThat(guest.run(content(".idle"))).isEqualTo("still there");
    write(guestClosed, "answer\n");
    guestClosed.shutdownOutput();
    assertThat(guest.run(content(".half"))).isEqualTo("answer");
    guest.run("touch " + files + ".go");
    assertThat(line(peerClosed)).isEqualTo("late");
    assertThat(peerClosed.read(ByteBuffer.allocate(1))).isNegative();
    assertThat(guest.run(content(".peer"))).isEqualTo("early");
  }

  private String content(String suffix) {
    return "until [ -s %1$s%2$s ]; do usleep 10000; done; cat %1$s%2$s".formatted(files, suffix);
  }

  static void write(SocketChannel channel, String text) throws IOException {
    channel.write(ByteBuffer.wrap(text.getBytes(StandardCharsets.US_ASCII)));
  }

  /** Reads one line; returns it without its end. */
  static String line(SocketChannel channel) throws IOException {
    StringBuilder line = new StringBuilder();
    ByteBuffer one = ByteBuffer.allocate(1);
    while (channel.read(one.clear()) > 0 && one.get(0) != '\n') {
      line.append((char) one.get(0));
    }
    return line.toString();
  }
}
