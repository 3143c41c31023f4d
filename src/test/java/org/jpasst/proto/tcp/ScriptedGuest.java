package org.jpasst.proto.tcp;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.jpasst.config.ChangedConfiguration;
import org.jpasst.config.Configuration;
import org.jpasst.flow.FlowSide;
import org.jpasst.flow.FlowTable;
import org.jpasst.flow.Pif;
import org.jpasst.guest.Frame;
import org.jpasst.guest.FramePieces;
import org.jpasst.guest.RecordingSink;
import org.jpasst.linux.AddressFamily;
import org.jpasst.linux.SocketAddress;
import org.jpasst.linux.SocketLevel;
import org.jpasst.linux.SocketOption;
import org.jpasst.linux.SocketType;
import org.jpasst.linux.Sockets;
import org.jpasst.log.Log;
import org.jpasst.loop.EventLoop;
import org.jpasst.net.IpAddress;
import org.jpasst.proto.DescriptorReserve;
import org.jpasst.proto.Packet;
import org.jpasst.proto.icmp.ErrorFrames;
import org.jpasst.proto.socket.LoopbackHost;
import org.jpasst.stack.NetStack;
import org.jpasst.stats.Counters;
import org.jpasst.wire.EthernetHeader;
import org.jpasst.wire.IcmpHeader;
import org.jpasst.wire.IpProtocol;
import org.jpasst.wire.Ipv4Header;
import org.jpasst.wire.TcpHeader;
import org.jpasst.wire.TcpOptions;

/**
 * Plays a guest's TCP by hand, segment by segment, against {@link Tcp} over real sockets of the
 * loopback interface. The clock moves only when the test says so.
 */
final class ScriptedGuest implements AutoCloseable {
  static final IpAddress GUEST = LoopbackHost.GUEST4;
  static final IpAddress GATEWAY = LoopbackHost.GATEWAY4;
  static final int PORT = 40_000;

  /** Just before the guest's timestamps wrap. */
  private static final int TIMESTAMP_ORIGIN = -1_001_000;

  private static final int CAPACITY = 70_000;
  private static final int IP_HEADERS = EthernetHeader.LENGTH + Ipv4Header.LENGTH;
  private static final long PATIENCE_NANOS = 10_000_000_000L;

  private final LoopbackHost host;
  final RecordingSink sink;
  final FlowTable flows;
  final Counters counters;
  final EventLoop loop;
  final NetStack stack;
  final Tcp tcp;
  private static final int LONG_PAYLOAD = 1000;

  private final FramePieces pieces = new FramePieces(16_384);
  private final Frame frame = new Frame(pieces);
  private final Packet packet = new Packet();
  private final MemorySegment memory = Arena.global().allocate(1 << 22);
  private long used;

  /** Next to send, and next expected. */
  int sequence = 1000;

  int expected;
  int peerPort;
  int window = 65535;

  /** Whom its segments name. */
  IpAddress source = GUEST;

  IpAddress destination = GATEWAY;

  /** What its SYN or SYN-ACK offers; with timestamps, all its segments have them. */
  boolean sack;

  boolean timestamps;
  int windowScale;

  /** Of its packets. */
  int ttl = 64;

  private boolean damaged;

  /** The peer's timestamp that it saw last, which it echoes. */
  private int echo;

  private final Sockets sockets;

  /** Listens on the host's loopback, for guests that connect. */
  final ServerSocket server = new ServerSocket(0, 5, InetAddress.getLoopbackAddress());

  ScriptedGuest(Sockets sockets) throws IOException {
    this(sockets, 1500);
  }

  /** On a link with another MTU than 1500. */
  ScriptedGuest(Sockets sockets, int mtu) throws IOException {
    this(sockets, configuration(mtu), DescriptorReserve.none());
  }

  /** With other settings than usual, and so many descriptors for flows. */
  ScriptedGuest(Sockets sockets, Configuration configuration, DescriptorReserve descriptors)
      throws IOException {
    this.sockets = sockets;
    host = new LoopbackHost(sockets, configuration);
    sink = host.sink;
    counters = host.counters;
    loop = host.loop;
    stack = host.stack(sink, descriptors, Log.none());
    flows = stack.flows();
    tcp = stack.tcp();
  }

  static Configuration configuration(int mtu) {
    return ChangedConfiguration.from(LoopbackHost.configuration())
        .mtu(mtu)
        .ipv6(Optional.empty())
        .get();
  }

  /** Connects to a port of the host's loopback, through the gateway's address. */
  Segment connect(int port) {
    peerPort = port;
    expected = 0;
    sendSyn();
    Segment synAck = expect();
    if (synAck.flags() != (TcpHeader.SYN | TcpHeader.ACK)) {
      throw new AssertionError("no SYN-ACK but " + synAck);
    }
    expected = synAck.sequence() + 1;
    send(TcpHeader.ACK, "");
    return synAck;
  }

  /** Connects to {@link #server}; returns the peer's end. */
  Socket connected() throws IOException {
    connect(server.getLocalPort());
    return server.accept();
  }

  void sendSyn() {
    segment(TcpHeader.SYN, sequence, 0, synOptions(), new byte[0]);
    sequence++;
    flush();
  }

  /** A client of the host connects; what is sent to the guest is its SYN. */
  Socket connectClient() throws IOException {
    return connectClient(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
  }

  /** The same from an address and port of the loopback's. */
  Socket connectClient(InetSocketAddress from) throws IOException {
    int listener = sockets.socket(AddressFamily.INET, SocketType.STREAM, 0);
    var address = new SocketAddress();
    IpAddress loopback = IpAddress.parse("127.0.0.1").orElseThrow();
    address.set(loopback.hi(), loopback.lo(), 0, 0);
    sockets.setsockopt(listener, SocketLevel.SOCKET, SocketOption.SO_OOBINLINE, 1); // as ours do
    sockets.bind(listener, address);
    sockets.listen(listener, 1);
    sockets.getsockname(listener, address);
    var client = new Socket();
    client.setReuseAddress(true);
    client.bind(from);
    client.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), address.port()));
    int fd = sockets.accept(listener, address, SocketType.NONBLOCK | SocketType.CLOEXEC);
    sockets.close(listener);
    accepted(fd, IpAddress.parse(from.getAddress().getHostAddress()).orElseThrow(), address.port());
    return client;
  }

  /** A connection was accepted for the guest, of a peer with this address and port. */
  void accepted(int fd, IpAddress peer, int port) {
    peerPort = port;
    IpAddress own = IpAddress.parse("127.0.0.1").orElseThrow();
    var side = new FlowSide().set(Pif.HOST, peer.hi(), peer.lo(), port, own.hi(), own.lo(), PORT);
    tcp.onAccepted(fd, side, 0, 0, PORT, null, host.now());
  }

  /** Takes the peer's SYN and sends a SYN-ACK. */
  Segment acceptClient() {
    Segment syn = expect();
    if (syn.flags() != TcpHeader.SYN) {
      throw new AssertionError("no SYN but " + syn);
    }
    expected = syn.sequence() + 1;
    segment(TcpHeader.SYN | TcpHeader.ACK, sequence, expected, synOptions(), new byte[0]);
    sequence++;
    flush();
    return syn;
  }

  private byte[] synOptions() {
    int length = TcpOptions.MSS_LENGTH + TcpOptions.WINDOW_SCALE_LENGTH;
    length += sack ? TcpOptions.SACK_PERMITTED_LENGTH : 0;
    byte[] more = options();
    byte[] options = Arrays.copyOf(more, more.length + length);
    MemorySegment s = MemorySegment.ofArray(options);
    TcpOptions.writeMss(s, more.length, 1460);
    TcpOptions.writeWindowScale(s, more.length + 4L, windowScale);
    if (sack) {
      TcpOptions.writeSackPermitted(s, more.length + 8L);
    }
    return options;
  }

  /** The options of a segment, with these SACK blocks: first number, last number plus one. */
  byte[] options(int... blocks) {
    return optionsAt(timestamp(), blocks);
  }

  /** The same with any timestamp. */
  byte[] optionsAt(int timestamp, int... blocks) {
    int before = timestamps ? TcpOptions.TIMESTAMPS_LENGTH : 0;
    int length = before + SackBlocks.length(blocks.length / 2);
    MemorySegment s = MemorySegment.ofArray(new byte[length]);
    if (timestamps) {
      TcpOptions.writeTimestamps(s, 0, timestamp, echo);
    }
    if (blocks.length > 0) {
      TcpOptions.writeSackHeader(s, before, blocks.length / 2);
    }
    for (int i = 0; i < blocks.length; i += 2) {
      TcpOptions.writeSackBlock(
          s, before + TcpOptions.SACK_HEADER_LENGTH + 4L * i, blocks[i], blocks[i + 1]);
    }
    return s.toArray(ValueLayout.JAVA_BYTE);
  }

  /** The guest's time. */
  int timestamp() {
    return TIMESTAMP_ORIGIN + (int) (host.now() / 1_000_000);
  }

  /** Acknowledges all before a sequence number, and ranges beyond it. */
  void acknowledge(int ack, int... blocks) {
    segment(TcpHeader.ACK, sequence, ack, options(blocks), new byte[0]);
    flush();
  }

  /** Sends one segment in order. */
  void send(int flags, String payload) {
    send(flags, payload.getBytes(StandardCharsets.US_ASCII));
  }

  void send(int flags, byte[] payload) {
    segment(flags, sequence, expected, options(), payload);
    sequence += payload.length + ((flags & TcpHeader.FIN) != 0 ? 1 : 0);
    flush();
  }

  /** Says by ICMP that a SYN, or one so many numbers behind it, can't be delivered. */
  void rejects(int code, Segment about, int offset) {
    byte[] message = new byte[36];
    MemorySegment s = MemorySegment.ofArray(message);
    IcmpHeader.write(s, 0, IcmpHeader.DESTINATION_UNREACHABLE, code, 0);
    Ipv4Header.write(s, 8, 60, IpProtocol.TCP, GATEWAY.ipv4(), GUEST.ipv4());
    byte[] quoted = new byte[20];
    MemorySegment tcp = MemorySegment.ofArray(quoted);
    int port = about.sourcePort();
    TcpHeader.write(tcp, 0, port, PORT, about.sequence() + offset, 0, 20, TcpHeader.SYN, 0);
    MemorySegment.copy(tcp, 0, s, 28, 8);
    byte[] bytes = LoopbackHost.packet(GUEST, GATEWAY, IpProtocol.ICMP, 64, 0, message).bytes();
    this.tcp.onError(ErrorFrames.error(org.jpasst.vectors.Frame.of(bytes)), host.now());
  }

  /** Adds a segment to the batch, which {@link #flush} ends. */
  void segment(int flags, int seq, int ack, byte[] options, byte[] payload) {
    int header = TcpHeader.LENGTH + options.length;
    int length = header + payload.length;
    if (used + IP_HEADERS + length > memory.byteSize()) {
      throw new AssertionError("batch too large");
    }
    long at = used + IP_HEADERS;
    used = at + (CAPACITY > length ? (length + 7L & ~7L) : length);
    EthernetHeader.write(memory, at - IP_HEADERS, 0, 0, EthernetHeader.TYPE_IPV4);
    int total = Ipv4Header.LENGTH + length;
    long ip = at - Ipv4Header.LENGTH;
    Ipv4Header.write(memory, ip, total, IpProtocol.TCP, source.ipv4(), destination.ipv4());
    Ipv4Header.ttl(memory, ip, ttl);
    Ipv4Header.fillChecksum(memory, ip);
    TcpHeader.write(memory, at, PORT, peerPort, seq, ack, header, flags, window);
    MemorySegment.copy(
        MemorySegment.ofArray(options), 0, memory, at + TcpHeader.LENGTH, options.length);
    MemorySegment.copy(MemorySegment.ofArray(payload), 0, memory, at + header, payload.length);
    long pseudo = Ipv4Header.pseudoHeader(memory, ip, IpProtocol.TCP, length);
    TcpHeader.fillChecksum(memory, at, length, damaged ? pseudo + 1 : pseudo);
    show(at, header, length);
    if (!packet.readIpv4(frame)) {
      throw new AssertionError("no packet");
    }
    tcp.onPacket(packet, host.now());
  }

  /** Longer segments come in pieces, as from a guest whose memory is shared. */
  private void show(long at, int header, int length) {
    int payload = length - header;
    if (payload < LONG_PAYLOAD) {
      frame.set(memory, at - IP_HEADERS, IP_HEADERS + length);
      return;
    }
    int head = header + payload / 3;
    int middle = payload / 2;
    int first = pieces.count();
    pieces.add(memory, at + head, middle);
    pieces.add(memory, at + head + middle, length - head - middle);
    frame.set(memory, at - IP_HEADERS, IP_HEADERS + head, first, 2);
  }

  /** Its segments have wrong checksums from now on. */
  void damage() {
    damaged = true;
  }

  void flush() {
    try {
      tcp.onBatchEnd(host.now());
    } finally {
      used = 0;
      pieces.truncate(0);
    }
  }

  /** The next segment for the guest, running the loop until it comes. */
  Segment expect() {
    until(() -> !sink.frames().isEmpty());
    return take();
  }

  private Segment take() {
    Segment segment = Segment.of(sink.take());
    segment.timestamps().ifPresent(each -> echo = each.value());
    return segment;
  }

  /** All segments that have come, and come without waiting. */
  List<Segment> received() {
    settle();
    var segments = new ArrayList<Segment>();
    while (!sink.frames().isEmpty()) {
      segments.add(take());
    }
    return segments;
  }

  /** The next segment that carries data or a FIN; acknowledges nothing. */
  Segment expectText() {
    Segment segment = expect();
    while (segment.payload().length == 0 && !segment.has(TcpHeader.FIN)) {
      segment = expect();
    }
    return segment;
  }

  /** Runs the loop until something holds. */
  void until(BooleanSupplier condition) {
    long deadline = System.nanoTime() + PATIENCE_NANOS;
    while (!condition.getAsBoolean()) {
      if (System.nanoTime() > deadline) {
        throw new AssertionError("waited in vain");
      }
      loop.turn(10);
    }
  }

  /** Runs what is ready now, and nothing else. */
  void settle() {
    while (loop.turn(0) > 0) {
      // Each turn may make more ready.
    }
  }

  /** The time, nanoseconds. */
  long now() {
    return host.now();
  }

  /** Lets time pass. */
  void advance(long nanos) {
    host.advance(nanos, TimeUnit.NANOSECONDS);
    loop.turn(0);
  }

  @Override
  public void close() {
    host.close();
    try {
      server.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
