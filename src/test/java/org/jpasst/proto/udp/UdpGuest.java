package org.jpasst.proto.udp;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.jpasst.config.ForwardRule;
import org.jpasst.guest.FramePieces;
import org.jpasst.guest.FrameReceiver;
import org.jpasst.guest.Segmentation;
import org.jpasst.log.Log;
import org.jpasst.net.IpAddress;
import org.jpasst.proto.DescriptorReserve;
import org.jpasst.proto.listen.ForwardFailure;
import org.jpasst.proto.socket.LoopbackHost;
import org.jpasst.stack.NetStack;
import org.jpasst.vectors.Frame;

/** Plays a guest's UDP by hand against {@link Udp} over the loopback interface. */
final class UdpGuest implements AutoCloseable {
  private static final int MEMORY = 1 << 22;

  final LoopbackHost host;
  final NetStack stack;
  final Udp udp;
  private final FrameReceiver router;
  private final MemorySegment memory = Arena.global().allocate(MEMORY, 8);
  private long used;

  private final FramePieces pieces = new FramePieces(1024);
  private final org.jpasst.guest.Frame shown = new org.jpasst.guest.Frame(pieces);

  UdpGuest() throws IOException {
    this(new LoopbackHost());
  }

  UdpGuest(LoopbackHost host) throws IOException {
    this(host, DescriptorReserve.none());
  }

  /** One whose flows may have so many descriptors. */
  UdpGuest(LoopbackHost host, DescriptorReserve descriptors) throws IOException {
    this.host = host;
    stack = host.stack(host.sink, descriptors, Log.none());
    stack.guest().sawMac(LoopbackHost.GUEST_MAC);
    udp = stack.udp();
    router = stack.receiver();
  }

  /** Listens for these rules and no others; tells what failed. */
  Optional<String> listen(ForwardRule... rules) {
    return stack.forwards().replace(List.of(rules)).map(ForwardFailure::text);
  }

  void stopListening() {
    listen();
  }

  /** Shows a frame to the router, without ending the batch. */
  void show(Frame frame) {
    shown.set(memory, copy(frame), frame.length());
    router.onFrame(shown, host.now());
  }

  private long copy(Frame frame) {
    long at = used;
    used += frame.length();
    MemorySegment.copy(frame.bytes(), 0, memory, ValueLayout.JAVA_BYTE, at, frame.length());
    return at;
  }

  /**
   * Shows a frame that stands for several datagrams, its payload in pieces.
   *
   * @param segmentSize payload of each but the last
   */
  void showUncut(Frame frame, int segmentSize) {
    long at = copy(frame);
    int payloadAt = frame.transportAt() + 8;
    int head = payloadAt + (frame.length() - payloadAt) / 3;
    int middle = (frame.length() - head) / 2;
    int first = pieces.count();
    pieces.add(memory, at + head, middle);
    pieces.add(memory, at + head + middle, frame.length() - head - middle);
    shown.set(memory, at, head, first, 2);
    shown.setOffload(true, Segmentation.UDP, segmentSize);
    router.onFrame(shown, host.now());
  }

  void endBatch() {
    router.onBatchEnd(host.now());
    pieces.truncate(0);
    memory.asSlice(0, used).fill((byte) 0xee);
    used = 0;
  }

  void send(Frame frame) {
    show(frame);
    endBatch();
  }

  /** Sends text over IPv4 to a port of the host's loopback. */
  void send4(int sourcePort, int port, String text) {
    send(
        LoopbackHost.datagram(
            LoopbackHost.GUEST4, sourcePort, LoopbackHost.GATEWAY4, port, bytes(text)));
  }

  /** Sends text over IPv6 to a port of the host's loopback. */
  void send6(int sourcePort, int port, String text) {
    send(
        LoopbackHost.datagram(
            LoopbackHost.GUEST6, sourcePort, LoopbackHost.GATEWAY6, port, bytes(text)));
  }

  static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }

  static String text(Frame frame) {
    return new String(frame.payload(), StandardCharsets.US_ASCII);
  }

  /** A rule that forwards one port, bound to an address or to all. */
  static ForwardRule rule(int port, int target, Optional<IpAddress> bind) {
    return new ForwardRule(
        ForwardRule.Protocol.UDP,
        bind,
        Optional.empty(),
        port,
        port,
        target,
        Optional.empty(),
        false);
  }

  @Override
  public void close() {
    host.advance(1, TimeUnit.HOURS);
    udp.onTick(host.now());
    host.close();
  }

  /** A program on the host with a UDP socket. */
  static final class Peer implements AutoCloseable {
    final DatagramSocket socket;

    Peer(String address) throws IOException {
      socket = new DatagramSocket(new InetSocketAddress(address, 0));
      socket.setSoTimeout(5000);
    }

    /** A port that nobody has now. */
    static int closedPort(String address) throws IOException {
      try (Peer peer = new Peer(address)) {
        return peer.port();
      }
    }

    int port() {
      return socket.getLocalPort();
    }

    DatagramPacket receive() throws IOException {
      var packet = new DatagramPacket(new byte[65536], 65536);
      socket.receive(packet);
      return packet;
    }

    String receiveText() throws IOException {
      return text(receive());
    }

    void send(String text, InetAddress address, int port) throws IOException {
      byte[] bytes = bytes(text);
      socket.send(new DatagramPacket(bytes, bytes.length, address, port));
    }

    void answer(DatagramPacket request, String text) throws IOException {
      send(text, request.getAddress(), request.getPort());
    }

    static String text(DatagramPacket packet) {
      byte[] bytes = Arrays.copyOf(packet.getData(), packet.getLength());
      return new String(bytes, StandardCharsets.US_ASCII);
    }

    @Override
    public void close() {
      socket.close();
    }
  }
}
