package org.jpasst.it;

import java.nio.file.Path;
import java.time.Duration;
import java.util.HexFormat;
import java.util.Optional;
import java.util.function.Predicate;
import org.jpasst.lab.Lab;
import org.jpasst.net.IpAddress;
import org.jpasst.proto.socket.LoopbackHost;
import org.jpasst.vectors.Frame;
import org.jpasst.vectors.GuestSocket;

/** A guest that sends the frames it is told to, and looks at those that come. */
final class FrameGuest implements AutoCloseable {
  static final IpAddress ADDRESS4 = IpAddress.parse(Lab.HOST4).orElseThrow();
  static final IpAddress ADDRESS6 = IpAddress.parse(Lab.HOST6).orElseThrow();
  static final IpAddress REMOTE4 = IpAddress.parse(Lab.REMOTE4).orElseThrow();
  static final IpAddress REMOTE6 = IpAddress.parse(Lab.REMOTE6).orElseThrow();
  static final byte[] MAC = HexFormat.of().parseHex("525400123456");
  private static final Duration PATIENCE = Duration.ofSeconds(10);
  private static final Duration SILENCE = Duration.ofMillis(500);

  private final GuestSocket socket;

  private FrameGuest(GuestSocket socket) {
    this.socket = socket;
  }

  static FrameGuest connect(Path path) {
    return new FrameGuest(GuestSocket.connect(path));
  }

  void send(Frame... frames) {
    socket.send(frames);
  }

  void datagram(IpAddress from, int fromPort, IpAddress to, int port, byte[] payload) {
    send(LoopbackHost.datagram(from, fromPort, to, port, payload));
  }

  /** Asks for its address by DHCP, and waits until it has it. */
  void lease() {
    byte[] message = new byte[244];
    byte[] start = HexFormat.of().parseHex("010106001234567800000000");
    System.arraycopy(start, 0, message, 0, start.length);
    System.arraycopy(MAC, 0, message, 28, MAC.length);
    System.arraycopy(HexFormat.of().parseHex("63825363350103ff"), 0, message, 236, 8);
    datagram(IpAddress.ANY4, 68, IpAddress.BROADCAST4, 67, message);
    await(f -> f.isUdp() && f.destinationPort() == 68);
  }

  /** Waits until all that was sent has been looked at: an ARP probe, which tells nothing. */
  void settle() {
    String from = HexFormat.of().formatHex(MAC);
    String request = "ffffffffffff" + from + "0806" + "0001080006040001";
    send(Frame.ofHex(request + from + "00000000" + "000000000000" + "c0000202"));
    await(f -> f.etherType() == Frame.ARP && f.u16(20) == 2);
  }

  /** Says by ARP that an address is its own. */
  void announce(String address, byte[] mac) {
    String ip = "%08x".formatted(IpAddress.parse(address).orElseThrow().ipv4());
    String from = HexFormat.of().formatHex(mac);
    String request = "ffffffffffff" + from + "0806" + "0001080006040001";
    send(Frame.ofHex(request + from + ip + "000000000000" + ip));
  }

  /** The next frame of a kind; others are passed over. */
  Frame await(Predicate<Frame> kind) {
    long deadline = System.nanoTime() + PATIENCE.toNanos();
    while (System.nanoTime() - deadline < 0) {
      Optional<Frame> next = socket.receive(PATIENCE);
      if (next.isPresent() && kind.test(next.get())) {
        return next.get();
      }
    }
    throw new AssertionError("the guest did not get the frame");
  }

  /** The next datagram to a port. */
  Frame awaitDatagram(int port) {
    return await(f -> f.isUdp() && f.destinationPort() == port);
  }

  /** Whether a datagram to a port comes within half a second. */
  boolean getsDatagram(int port) {
    long deadline = System.nanoTime() + SILENCE.toNanos();
    while (System.nanoTime() - deadline < 0) {
      Optional<Frame> next = socket.receive(SILENCE);
      if (next.isPresent() && next.get().isUdp() && next.get().destinationPort() == port) {
        return true;
      }
    }
    return false;
  }

  @Override
  public void close() {
    socket.close();
  }
}
