package org.jpasst.proto.socket;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.jpasst.config.Configuration;
import org.jpasst.config.Ipv4Settings;
import org.jpasst.config.Ipv6Settings;
import org.jpasst.config.Outbound;
import org.jpasst.config.RequestedConfiguration;
import org.jpasst.config.Translation;
import org.jpasst.config.UdpFiltering;
import org.jpasst.flow.SipHash;
import org.jpasst.forward.AddressTranslation;
import org.jpasst.forward.GuestAddresses;
import org.jpasst.guest.FrameSink;
import org.jpasst.guest.RecordingSink;
import org.jpasst.linux.LinuxSockets;
import org.jpasst.linux.Sockets;
import org.jpasst.log.Log;
import org.jpasst.loop.EventLoop;
import org.jpasst.net.IpAddress;
import org.jpasst.proto.DescriptorReserve;
import org.jpasst.proto.listen.ListeningSockets;
import org.jpasst.proto.udp.UdpTimeouts;
import org.jpasst.stack.NetStack;
import org.jpasst.stack.StackContext;
import org.jpasst.stats.Counters;
import org.jpasst.vectors.Frame;
import org.jpasst.wire.EthernetHeader;
import org.jpasst.wire.IpProtocol;
import org.jpasst.wire.Ipv4Header;
import org.jpasst.wire.Ipv6Header;
import org.jpasst.wire.UdpHeader;

/**
 * What a stack needs of a run, over the real sockets of the loopback interface, which the guest
 * reaches at its gateway's address. The clock moves only when the test says so.
 */
public final class LoopbackHost implements AutoCloseable {
  public static final IpAddress GUEST4 = IpAddress.parse("192.0.2.15").orElseThrow();
  public static final IpAddress GATEWAY4 = IpAddress.parse("192.0.2.2").orElseThrow();
  public static final IpAddress GUEST6 = IpAddress.parse("2001:db8::15").orElseThrow();
  public static final IpAddress GATEWAY6 = IpAddress.parse("2001:db8::2").orElseThrow();
  public static final IpAddress LINK_LOCAL6 = IpAddress.parse("fe80::1").orElseThrow();
  public static final long GUEST_MAC = 0x5254_0012_3456L;
  private static final long PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(10);

  public final Sockets sockets;
  public final RecordingSink sink = new RecordingSink();
  public final Counters counters = new Counters();
  public final Configuration configuration;
  public final EventLoop loop;
  private long clock = TimeUnit.SECONDS.toNanos(1000);

  /** A guest with both IP versions. */
  public LoopbackHost() throws IOException {
    this(new LinuxSockets());
  }

  /** The same over other sockets. */
  public LoopbackHost(Sockets sockets) throws IOException {
    this(sockets, LoopbackHost.configuration());
  }

  /** The same whose flows take datagrams of others. */
  public LoopbackHost(UdpFiltering filtering) throws IOException {
    this(new LinuxSockets(), configuration(filtering));
  }

  /** The same with other settings. */
  public LoopbackHost(Sockets sockets, Configuration configuration) throws IOException {
    this.sockets = sockets;
    this.configuration = configuration;
    loop = new EventLoop(() -> clock, counters, Log.none());
  }

  /** The settings it runs with: both IP versions, every service, MTU 1500. */
  public static Configuration configuration() {
    return configuration(UdpFiltering.ADDRESS_AND_PORT_DEPENDENT);
  }

  private static Configuration configuration(UdpFiltering filtering) {
    var asked = new RequestedConfiguration.Builder();
    asked.mtu = 1500;
    asked.udpFiltering = filtering;
    RequestedConfiguration request = asked.build();
    return new Configuration(
        request,
        Optional.of(
            new Ipv4Settings(
                GUEST4,
                24,
                Optional.of(GATEWAY4),
                Optional.empty(),
                List.of(),
                new Translation(Optional.of(GATEWAY4), Optional.empty(), Optional.empty()),
                Outbound.UNBOUND)),
        Optional.of(
            new Ipv6Settings(
                Optional.of(GUEST6),
                Optional.of(GATEWAY6),
                LINK_LOCAL6,
                Optional.empty(),
                List.of(),
                new Translation(Optional.of(GATEWAY6), Optional.empty(), Optional.empty()),
                Outbound.UNBOUND)),
        List.of(),
        request.services(),
        List.of());
  }

  /** A stack whose frames are recorded, and that says nothing. */
  public NetStack stack() {
    return stack(sink, DescriptorReserve.none(), Log.none());
  }

  /**
   * A stack; of one host there is one.
   *
   * @param link takes the frames for the guest
   * @param descriptors which ones flows may have
   */
  public NetStack stack(FrameSink link, DescriptorReserve descriptors, Log log) {
    var context =
        new StackContext(
            configuration,
            sockets,
            loop,
            kind -> link,
            new SipHash(1, 2),
            descriptors,
            UdpTimeouts.DEFAULT,
            counters,
            log);
    var stack = new NetStack(context);
    loop.onTurnEnd(stack);
    return stack;
  }

  /** Sockets to listen at, without a stack behind them. */
  public ListeningSockets listeningSockets() {
    return listeningSockets(DescriptorReserve.none());
  }

  /** The same, with so many descriptors. */
  public ListeningSockets listeningSockets(DescriptorReserve descriptors) {
    var translation = new AddressTranslation(configuration, new GuestAddresses(configuration));
    return new ListeningSockets(sockets, descriptors, configuration, translation);
  }

  /** The present time, as the loop sees it. */
  public long now() {
    return clock;
  }

  /** Lets time pass. */
  public void advance(long time, TimeUnit unit) {
    clock += unit.toNanos(time);
  }

  /** Runs the loop until something holds. */
  public void await(String what, BooleanSupplier condition) {
    long deadline = System.nanoTime() + PATIENCE_NANOS;
    while (!condition.getAsBoolean()) {
      if (System.nanoTime() - deadline > 0) {
        throw new AssertionError("not in time: " + what);
      }
      loop.turn(10);
    }
  }

  /** Runs the loop until the guest has got a frame, and takes that. */
  public Frame frame() {
    await("a frame for the guest", () -> !sink.frames().isEmpty());
    Frame frame = Frame.of(sink.take());
    if (!frame.checksumsHold()) {
      throw new AssertionError("wrong checksum: " + frame);
    }
    return frame;
  }

  /** Runs the loop for as long as there are events at hand. */
  public void settle() {
    while (loop.turn(20) > 0) {
      // Each turn may cause the next.
    }
  }

  /** An IP packet in an Ethernet frame, from the guest, with its checksums right. */
  public static Frame packet(
      IpAddress source, IpAddress destination, int protocol, int ttl, int tos, byte[] transport) {
    boolean ipv4 = source.isIpv4();
    int header = EthernetHeader.LENGTH + (ipv4 ? Ipv4Header.LENGTH : Ipv6Header.LENGTH);
    byte[] bytes = new byte[header + transport.length];
    System.arraycopy(transport, 0, bytes, header, transport.length);
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment s = arena.allocate(bytes.length);
      MemorySegment.copy(bytes, 0, s, ValueLayout.JAVA_BYTE, 0, bytes.length);
      long ip = EthernetHeader.LENGTH;
      int type = ipv4 ? EthernetHeader.TYPE_IPV4 : EthernetHeader.TYPE_IPV6;
      EthernetHeader.write(s, 0, Configuration.DEFAULT_MAC.bits(), GUEST_MAC, type);
      if (ipv4) {
        int length = Ipv4Header.LENGTH + transport.length;
        Ipv4Header.write(s, ip, length, protocol, source.ipv4(), destination.ipv4());
        Ipv4Header.ttl(s, ip, ttl);
        Ipv4Header.tos(s, ip, tos);
        Ipv4Header.fillChecksum(s, ip);
      } else {
        Ipv6Header.write(
            s,
            ip,
            0,
            transport.length,
            protocol,
            source.hi(),
            source.lo(),
            destination.hi(),
            destination.lo());
        Ipv6Header.hopLimit(s, ip, ttl);
      }
      MemorySegment.copy(s, ValueLayout.JAVA_BYTE, 0, bytes, 0, bytes.length);
    }
    return Frame.of(bytes).withTransportChecksum();
  }

  /** A datagram from the guest. */
  public static Frame datagram(
      IpAddress source, int sourcePort, IpAddress destination, int port, byte[] payload) {
    return datagram(source, sourcePort, destination, port, 64, 0, payload);
  }

  /** A datagram from the guest, with TTL and type of service. */
  public static Frame datagram(
      IpAddress source,
      int sourcePort,
      IpAddress destination,
      int port,
      int ttl,
      int tos,
      byte[] payload) {
    byte[] transport = new byte[UdpHeader.LENGTH + payload.length];
    MemorySegment s = MemorySegment.ofArray(transport);
    UdpHeader.write(s, 0, sourcePort, port, transport.length);
    System.arraycopy(payload, 0, transport, UdpHeader.LENGTH, payload.length);
    return packet(source, destination, IpProtocol.UDP, ttl, tos, transport);
  }

  @Override
  public void close() {
    loop.close();
  }
}
