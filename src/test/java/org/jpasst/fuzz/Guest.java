package org.jpasst.fuzz;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.jpasst.flow.FlowType;
import org.jpasst.proto.socket.LoopbackHost;
import org.jpasst.wire.ArpHeader;
import org.jpasst.wire.EthernetHeader;
import org.jpasst.wire.IcmpHeader;
import org.jpasst.wire.Icmpv6Header;
import org.jpasst.wire.IgmpHeader;
import org.jpasst.wire.InternetChecksum;
import org.jpasst.wire.IpProtocol;
import org.jpasst.wire.Ipv4Header;
import org.jpasst.wire.Ipv6Extensions;
import org.jpasst.wire.Ipv6FragmentHeader;
import org.jpasst.wire.Ipv6Header;
import org.jpasst.wire.RouterAlert;

/**
 * A hostile guest at the end of a link, with its peers at the other end of the program: all kinds
 * of frames, and a look at each that comes back.
 */
final class Guest {
  /** The next good frame is answered in this much of our processor's time. */
  private static final long SOON = TimeUnit.MILLISECONDS.toNanos(10);

  /** Together longer than any flow lives whose guest and peer are gone; timers fire in between. */
  private static final int STEPS = 60;

  private static final long STEP = 10; // seconds

  /** For what ends by inactivity only (Tcp.INACTIVITY_INTERVAL). */
  private static final long LONG_STEP = 600;

  /** Answers are dropped while the link is full; whoever asks does so again. */
  private static final int TRIALS = 10;

  private static final int MAX_DATAGRAM = 20_000;

  private final FuzzedStack stack;
  private final GuestEnd end;
  private final BooleanSupplier trusting;
  private final Packets packets = new Packets();
  private final RawFrames raw = new RawFrames();
  private final GuestTcp tcp;
  private final GuestDatagrams datagrams;
  private final PeerSockets peers;

  /** Where connections go that nobody looks at. */
  private final int strays;

  private final int strayPort;
  private int arpAnswers;

  /**
   * A guest that has done nothing yet.
   *
   * @param trusting whether all that it sends goes through, and nothing else
   */
  Guest(FuzzedStack stack, GuestEnd end, BooleanSupplier trusting) {
    this.stack = stack;
    this.end = end;
    this.trusting = trusting;
    tcp = new GuestTcp(stack, end, packets, trusting);
    peers = new PeerSockets(stack.sockets);
    datagrams = new GuestDatagrams(end, packets, peers, trusting);
    strays = peers.listen(true);
    strayPort = peers.port(strays);
  }

  void begin() {
    tcp.begin();
  }

  Input next(SplittableRandom random) {
    int what = random.nextInt(100);
    if (what < 64) {
      return tcp.next(random);
    }
    if (what < 72) {
      return datagrams.next(random, MAX_DATAGRAM);
    }
    if (what < 80) {
      return raw.next(random);
    }
    if (what == 80) {
      return Input.of("echo", random.nextInt(2), random.nextInt(1400), random.nextInt(4));
    }
    if (what == 81) {
      int most = random.nextInt(20) == 0 ? 200_000 : 1500;
      return Input.of("wait", random.nextInt(most));
    }
    return Input.of("turn");
  }

  /** Does what an input says; false if it isn't one for guests. */
  boolean apply(Input input) {
    switch (input.name()) {
      case "turn" -> turn();
      case "wait" -> {
        stack.advance(input.choice(0, 1_000_000), TimeUnit.MILLISECONDS);
        turn();
      }
      case "raw" -> {
        byte[] frame = RawFrames.confined(input, strayPort);
        MemorySegment.copy(frame, 0, packets.memory(), JAVA_BYTE, 0, frame.length);
        end.send(packets.memory(), 0, frame.length, false, 0);
      }
      case "echo" -> echo(input);
      case "datagram" -> datagrams.send(input, MAX_DATAGRAM);
      default -> {
        return tcp.apply(input);
      }
    }
    return true;
  }

  private void echo(Input input) {
    boolean ipv4 = (input.number(0) & 1) == 0;
    int length = IcmpHeader.LENGTH + input.choice(1, 1400);
    int protocol = ipv4 ? IpProtocol.ICMP : IpProtocol.ICMPV6;
    int frame = packets.headers(ipv4, protocol, length, 64);
    MemorySegment s = packets.memory();
    long at = Packets.transportAt(ipv4);
    int rest = input.choice(2, 1 << 16) << 16 | 1;
    if (ipv4) {
      IcmpHeader.write(s, at, IcmpHeader.ECHO_REQUEST, 0, rest);
      IcmpHeader.fillChecksum(s, at, length);
    } else {
      IcmpHeader.write(s, at, Icmpv6Header.ECHO_REQUEST, 0, rest);
      Icmpv6Header.fillChecksum(s, at, length, packets.pseudoHeader(false, protocol, length));
    }
    end.send(s, 0, frame, false, 0);
  }

  /** A turn of the program; what has come for guest and peers is taken. */
  void turn() {
    end.flush();
    stack.turn();
    tcp.accept();
    datagrams.receive();
    end.receive(this::onFrame);
  }

  private void onFrame(MemorySegment s, long at, int length, boolean partial) {
    arpAnswers += EthernetHeader.type(s, at) == EthernetHeader.TYPE_ARP ? 1 : 0;
    if (!trusting.getAsBoolean()) {
      return;
    }
    check(length >= EthernetHeader.LENGTH, "a frame of " + length + " bytes");
    long ip = at + EthernetHeader.LENGTH;
    switch (EthernetHeader.type(s, at)) {
      case EthernetHeader.TYPE_ARP -> check(ArpHeader.valid(s, ip, length - 14), "a broken ARP");
      case EthernetHeader.TYPE_IPV4 -> {
        check(Ipv4Header.valid(s, ip, length - 14), "a broken IPv4 header");
        check(
            Ipv4Header.checksumVerifies(s, ip, Ipv4Header.headerLength(s, ip)),
            "a wrong IPv4 header checksum");
        int header = Ipv4Header.headerLength(s, ip);
        int rest = Ipv4Header.totalLength(s, ip) - header;
        onPacket(s, ip, ip + header, Ipv4Header.protocol(s, ip), rest, partial);
      }
      case EthernetHeader.TYPE_IPV6 -> {
        check(Ipv6Header.valid(s, ip, length - 14), "a broken IPv6 header");
        int rest = Ipv6Header.payloadLength(s, ip);
        int next = Ipv6Header.nextHeader(s, ip);
        long upper = ip + Ipv6Header.LENGTH;
        if (next == Ipv6Extensions.HOP_BY_HOP) { // of a query for groups
          check(rest >= RouterAlert.LENGTH6, "a broken extension header");
          next = s.get(ValueLayout.JAVA_BYTE, upper) & 0xff;
          upper += RouterAlert.LENGTH6;
          rest -= RouterAlert.LENGTH6;
        }
        onPacket(s, ip, upper, next, rest, partial);
      }
      default -> check(false, "a frame of type " + EthernetHeader.type(s, at));
    }
  }

  private void onPacket(
      MemorySegment s, long ip, long at, int protocol, int length, boolean partial) {
    boolean ipv4 = Ipv4Header.version(s, ip) == 4;
    if (ipv4 ? Ipv4Header.isFragment(s, ip) : protocol == Ipv6FragmentHeader.NUMBER) {
      return; // what it is part of has the checksum, and isn't put together here
    }
    boolean unsummed =
        partial || protocol == IpProtocol.UDP && ipv4 && GuestDatagrams.hasNoChecksum(s, at);
    if (!unsummed) {
      long sum = InternetChecksum.sum(s, at, length);
      if (protocol != IpProtocol.ICMP && protocol != IpProtocol.IGMP) {
        sum +=
            ipv4
                ? Ipv4Header.pseudoHeader(s, ip, protocol, length)
                : Ipv6Header.pseudoHeader(s, ip, protocol, length);
      }
      check(InternetChecksum.verifies(sum), "a wrong checksum of protocol " + protocol);
    }
    switch (protocol) {
      case IpProtocol.TCP -> tcp.onSegment(s, at, length);
      case IpProtocol.UDP -> datagrams.onDatagram(s, at, length);
      case IpProtocol.ICMP, IpProtocol.ICMPV6 -> check(length >= 8, "a short ICMP message");
      case IpProtocol.IGMP -> check(length >= IgmpHeader.LENGTH, "a short IGMP message");
      default -> check(false, "a packet of protocol " + protocol);
    }
  }

  private static void check(boolean holds, String otherwise) {
    if (!holds) {
      throw new AssertionError("the guest was sent " + otherwise);
    }
  }

  /** Has all delivered that must be, and the next good frame served. */
  void deliver() {
    turn();
    if (trusting.getAsBoolean()) {
      tcp.deliver(this::turn);
    }
    serve();
  }

  /** An ARP request is answered, and soon. */
  private void serve() {
    MemorySegment s = packets.memory();
    long at = EthernetHeader.LENGTH;
    EthernetHeader.write(
        s, 0, EthernetHeader.BROADCAST, LoopbackHost.GUEST_MAC, EthernetHeader.TYPE_ARP);
    ArpHeader.write(
        s,
        at,
        ArpHeader.REQUEST,
        LoopbackHost.GUEST_MAC,
        LoopbackHost.GUEST4.ipv4(),
        0,
        LoopbackHost.GATEWAY4.ipv4());
    for (int trial = 0; trial < TRIALS; trial++) {
      turn();
      int before = arpAnswers;
      Optional<Long> start = ProcessorTime.ofThread();
      end.send(s, 0, EthernetHeader.LENGTH + ArpHeader.LENGTH, false, 0);
      turn();
      turn();
      if (arpAnswers > before) {
        start.ifPresent(
            each -> {
              long taken = ProcessorTime.ofThread().orElse(each) - each;
              if (taken >= SOON) {
                throw new SlowAnswer(taken);
              }
            });
        return;
      }
    }
    check(false, "no answer to ARP after all that: " + stack.messages());
  }

  /** Goes away, with all peers; then nothing of it may be left. */
  void leave() {
    tcp.forgetAll();
    end.flush();
    stack.settle();
    tcp.clearBacklogs();
    int fd = peers.accept(strays);
    while (fd >= 0) {
      peers.reset(fd);
      fd = peers.accept(strays);
    }
    end.receive((s, at, length, partial) -> {});
    for (int i = 0; i < 2 * STEPS && (i == 0 || stack.net.flows().size() > 0); i++) {
      stack.advance(i < STEPS ? STEP : LONG_STEP, TimeUnit.SECONDS);
      stack.settle();
      end.receive((s, at, length, partial) -> {});
    }
    datagrams.forget();
    for (FlowType type : FlowType.values()) {
      int live = stack.net.flows().totals(type).live();
      if (live != 0) {
        throw new AssertionError(live + " flows of " + type + " are left over");
      }
    }
    if (stack.net.flows().size() != 0) {
      throw new AssertionError(stack.net.flows().size() + " flows are left over");
    }
  }

  void close() {
    tcp.close();
    datagrams.close();
    peers.close(strays);
  }
}
