package org.jpasst.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.jpasst.lab.Lab;
import org.jpasst.lab.MovingGuest;
import org.jpasst.lab.NetworkNamespace;
import org.jpasst.lab.QemuGuest;

/** A UDP flow with a program in the guest that writes what it gets to a file. */
record GuestDatagrams(DatagramChannel outside, SocketAddress peer, String files) {
  /** How many datagrams are sent at once. */
  static final int SOME = 200;

  private static final int OUTBOUND = 7053;

  static GuestDatagrams outbound(NetworkNamespace remote, QemuGuest guest, String address)
      throws IOException {
    String files = "/tmp/udp" + (address.contains(":") ? "6" : "4");
    DatagramChannel server = remote.call(DatagramChannel::open);
    server.bind(new InetSocketAddress(InetAddress.getByName(address), OUTBOUND));
    start(guest, files, "nc -u " + address + " " + OUTBOUND);
    guest.run("echo hello >" + files + ".in");
    ByteBuffer hello = ByteBuffer.allocate(10);
    return new GuestDatagrams(server, server.receive(hello), files);
  }

  static GuestDatagrams inbound(NetworkNamespace remote, QemuGuest guest) throws IOException {
    String files = "/tmp/udpin";
    DatagramChannel client = remote.call(DatagramChannel::open);
    SocketAddress peer = new InetSocketAddress(Lab.HOST4, MovingGuest.FORWARDED);
    client.connect(peer);
    start(guest, files, "nc -u -l " + MovingGuest.FORWARDED);
    guest.run("until grep -q ':1389 ' /proc/net/udp; do sleep 1; done");
    GuestDatagrams flow = new GuestDatagrams(client, peer, files);
    flow.send(0, 1);
    guest.run("until [ -s " + files + ".out ]; do usleep 10000; done");
    guest.run("echo hello >" + files + ".in && : >" + files + ".out");
    ByteBuffer hello = ByteBuffer.allocate(10);
    client.read(hello);
    return flow;
  }

  private static void start(QemuGuest guest, String files, String program) {
    guest.run("mkfifo " + files + ".in && (sleep 1000 >" + files + ".in &)");
    guest.run("(" + program + " <" + files + ".in >>" + files + ".out &)");
  }

  void send(int first) {
    send(first, SOME);
  }

  private void send(int first, int count) {
    try {
      for (int i = first; i < first + count; i++) {
        outside.send(ByteBuffer.wrap((i + "\n").getBytes(StandardCharsets.US_ASCII)), peer);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The guest has got just these since the last time, in order. */
  void expect(QemuGuest guest, int first) {
    String last = Integer.toString(first + SOME - 1);
    guest.run("until grep -qx %s %s.out; do usleep 10000; done".formatted(last, files));
    String numbers =
        IntStream.range(first, first + SOME)
            .mapToObj(Integer::toString)
            .collect(Collectors.joining("\n", "", "\n"));
    assertThat(guest.run("tail -n %d %s.out | md5sum; wc -l <%s.out".formatted(SOME, files, files)))
        .startsWith(md5(numbers))
        .endsWith("\n" + last);
  }

  private static String md5(String text) {
    try {
      byte[] digest =
          MessageDigest.getInstance("MD5").digest(text.getBytes(StandardCharsets.US_ASCII));
      return HexFormat.of().formatHex(digest);
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError(e);
    }
  }

  /** What the guest sends comes from where it came from before. */
  void answer(QemuGuest inside) throws IOException {
    inside.run("echo again >" + files + ".in");
    ByteBuffer got = ByteBuffer.allocate(10);
    assertThat(outside.receive(got)).isEqualTo(peer);
    assertThat(StandardCharsets.US_ASCII.decode(got.flip()).toString()).isEqualTo("again\n");
  }
}
