package org.jpasst.proto.tcp;

import java.lang.foreign.MemorySegment;
import org.jpasst.flow.Flow;
import org.jpasst.flow.FlowSide;
import org.jpasst.flow.FlowTable;
import org.jpasst.flow.FlowType;
import org.jpasst.forward.AddressTranslation;
import org.jpasst.forward.GuestAddresses;
import org.jpasst.guest.FrameSink;
import org.jpasst.linux.Errno;
import org.jpasst.linux.SocketAddress;
import org.jpasst.linux.SocketLevel;
import org.jpasst.linux.SocketOption;
import org.jpasst.linux.Sockets;
import org.jpasst.log.LogLevel;
import org.jpasst.net.IpAddress;
import org.jpasst.net.MacLookup;
import org.jpasst.proto.DescriptorReserve;
import org.jpasst.proto.Environment;
import org.jpasst.proto.icmp.IcmpErrorWriter;
import org.jpasst.proto.tcp.TcpConnection.Phase;
import org.jpasst.stats.Counter;
import org.jpasst.stats.Counters;
import org.jpasst.wire.TcpHeader;
import org.jpasst.wire.TcpOptions;

/**
 * Opens connections, in both directions, up to the end of the handshake with the guest.
 *
 * <p>From the guest: its SYN is answered only when the socket is connected, so that refusal and
 * latency are the real peer's. To the guest: the kernel has already accepted the peer; the guest's
 * refusal becomes a RST.
 */
final class TcpOpening {
  /** The golden ratio's fraction in 32 bits, odd: makes another secret of a secret. */
  private static final int SCATTER = 0x9e37_79b9;

  /** Ports that peers get which can't keep their own: RFC 6335 section 6. */
  private static final int FIRST_DYNAMIC_PORT = 49_152;

  private static final int LAST_PORT = 65_535;
  private static final int PORT_ATTEMPTS = 64;

  private static final String HALF_OPEN = "tcp.half-open";

  private final Environment environment;
  private final Sockets sockets;
  private final FlowTable flows;
  private final TcpConnections connections;
  private final TcpOutput output;
  private final TcpToGuest toGuest;
  private final WindowUpdates windowUpdates;
  private final TcpTimers timers;
  private final TimeWait timeWait;
  private final DescriptorReserve descriptors;
  private final AddressTranslation translation;
  private final GuestAddresses guest;
  private final TcpErrors errors;
  private final TcpHeaderFields headerFields;
  private final OutboundSockets outbound;
  private final HalfOpenConnections halfOpen;
  private final ClosedPorts closedPorts;
  private final MacLookup macs;
  private final TcpSettings settings;
  private final Counters counters;
  private final FrameSink sink;
  private final SocketAddress address = new SocketAddress();
  private int nextPort = FIRST_DYNAMIC_PORT;

  TcpOpening(
      Environment environment,
      IcmpErrorWriter icmp,
      TcpConnections connections,
      TcpOutput output,
      TcpToGuest toGuest,
      WindowUpdates windowUpdates,
      TcpTimers timers,
      TimeWait timeWait,
      TcpHeaderFields headerFields,
      OutboundSockets outbound,
      HalfOpenConnections halfOpen,
      ClosedPorts closedPorts) {
    this.environment = environment;
    sockets = environment.sockets();
    flows = environment.flows();
    sink = environment.sink();
    descriptors = environment.descriptors();
    translation = environment.translation();
    macs = environment.macs();
    guest = environment.guest();
    settings = TcpSettings.of(environment.configuration());
    counters = environment.counters();
    errors = new TcpErrors(sockets, icmp);
    this.connections = connections;
    this.output = output;
    this.toGuest = toGuest;
    this.windowUpdates = windowUpdates;
    this.timers = timers;
    this.timeWait = timeWait;
    this.headerFields = headerFields;
    this.outbound = outbound;
    this.halfOpen = halfOpen;
    this.closedPorts = closedPorts;
  }

  /**
   * The guest's SYN for a connection that isn't known: starts connecting, or refuses.
   *
   * @param side the guest's endpoint, and the destination as ours; unicast, ports not zero
   * @param ttl of its packet
   * @param service of its packet: type of service, or traffic class
   */
  void fromGuest(FlowSide side, MemorySegment s, long at, int ttl, int service, long now) {
    if (!flows.pace().admits() || !descriptors.admitsAttempt(connections.attempts())) {
      // As by a listener whose queue of such is full (listen(2)): the guest asks again.
      counters.increment(Counter.DROP_ATTEMPT);
      return;
    }
    int index = flows.allocate(FlowType.TCP, now);
    if (index == FlowTable.NONE) {
      environment.refuseForFullTable();
      refuse(side, s, at);
      return;
    }
    Flow flow = flows.flow(index);
    flow.initiating().set(side);
    translation.outbound(flow.initiating(), true, flow.target());
    int fd = outbound.open(flow.target(), side.endpointPort());
    if (fd < 0) {
      counters.increment(Counter.DROP_NO_SOCKET);
      flows.free(index);
      refuse(side, s, at);
      return;
    }
    flows.insertInitiating(index);
    TcpConnection c = connections.open(flow, fd, Phase.CONNECTING);
    connections.beginAttempt(c);
    begin(c, now);
    takeSyn(c, s, at, now);
    FlowSide host = flow.target();
    int scope =
        IpAddress.isLinkLocal(host.endpointHi(), host.endpointLo())
            ? translation.linkLocalScope()
            : 0;
    address.set(host.endpointHi(), host.endpointLo(), host.endpointPort(), scope);
    headerFields.begin(c, ttl, service);
    errors.watch(c);
    int result = sockets.connect(fd, address);
    if (result < 0 && result != -Errno.EINPROGRESS) {
      failed(c, -result);
    } else if (connections.watch(c) < 0) {
      connections.abort(c);
    }
  }

  /** What the guest's SYN or SYN-ACK tells. */
  private void takeSyn(TcpConnection c, MemorySegment s, long at, long now) {
    boolean ipv4 = c.flow.guest().isIpv4();
    long options = TcpOptions.parse(s, at);
    int scale = TcpOptions.windowScale(options);
    c.window.setScaled(scale >= 0);
    c.sack.setPermitted(TcpOptions.sackPermitted(options));
    c.timestamps.takeSyn(s, at, now);
    int sequence = TcpHeader.sequence(s, at);
    // RFC 6691: the maximum segment size doesn't count options.
    int mss = TcpSettings.usedMss(ipv4, TcpOptions.mss(options)) - TcpOutput.optionsLength(c);
    c.send.takeSyn(sequence, mss, Math.max(0, scale), TcpHeader.window(s, at));
    c.receive.begin(sequence);
    c.window.open(0);
  }

  private void begin(TcpConnection c, long now) {
    int secret = flows.secretOf(c.flow.index());
    // RFC 6528: a secret of the tuple plus a clock of 32 ns.
    c.send.begin(timeWait.succeed(c.flow.guest(), secret + (int) (now >>> 5), now));
    c.recovery.begin(c.send.iss());
    c.timestamps.setOffset(Integer.reverse(secret * SCATTER));
    c.liveness.onHeard(now);
    connections.presentPeer(c, secret);
    sockets.setsockopt(c.fd, SocketLevel.TCP, SocketOption.TCP_NODELAY, 1);
    toGuest.begin(c);
  }

  /** A router on the way that has said "time exceeded" is no end of it (RFC 1122 4.2.3.9). */
  private void failed(TcpConnection c, int errno) {
    if (errors.report(c, errno)) {
      connections.abort(c);
    } else {
      connections.abortPeer(c);
    }
  }

  private void refuse(FlowSide side, MemorySegment s, long at) {
    long mac = macs.macOf(side.ourHi(), side.ourLo());
    output.refuse(side, mac, TcpHeader.SYN, TcpHeader.sequence(s, at), 0, 1);
  }

  /** The socket of a guest's connection is ready: connected, or failed. */
  void onConnected(TcpConnection c, long now) {
    long error = sockets.getsockopt(c.fd, SocketLevel.SOCKET, SocketOption.SO_ERROR);
    if (error != 0) {
      failed(c, (int) Math.abs(error));
      return;
    }
    errors.ignore(c);
    c.phase = Phase.SYN_ACK_SENT;
    windowUpdates.measure(c);
    output.synchronise(c, TcpHeader.SYN | TcpHeader.ACK, offeredMss(c));
    c.roundTrip.sent(c.send.nxt(), now);
    connections.updateInterest(c);
    timers.restart(c, now);
  }

  /**
   * A connection that the kernel accepted for the guest.
   *
   * @param fd becomes the connection's own, also where it fails
   * @param host the peer as endpoint, and the address and port that it used as ours
   * @param listener the port that it came by
   */
  void toGuest(
      int fd,
      FlowSide host,
      long targetHi,
      long targetLo,
      int targetPort,
      TcpListener listener,
      long now) {
    if (descriptors.isSpent(fd)) {
      counters.increment(Counter.DROP_NO_SOCKET);
      outbound.reset(fd);
      return;
    }
    if (halfOpen.isFull() && !makesRoom(host)) {
      outbound.reset(fd);
      return;
    }
    int index = flows.allocate(FlowType.TCP, now);
    if (index == FlowTable.NONE) {
      environment.refuseForFullTable();
      outbound.reset(fd);
      return;
    }
    Flow flow = flows.flow(index);
    flow.initiating().set(host);
    boolean known =
        translation.inbound(flow.initiating(), targetHi, targetLo, targetPort, flow.target())
            && hasDistinctPort(flow.target());
    if (!known) {
      counters.increment(Counter.DROP_NO_SOCKET);
      flows.free(index);
      outbound.reset(fd);
      return;
    }
    flows.insertTarget(index);
    TcpConnection c = connections.open(flow, fd, Phase.SYN_SENT);
    c.listener = listener;
    halfOpen.add(c);
    begin(c, now);
    c.send.limitSegments(TcpSettings.usedMss(host.isIpv4(), 0));
    c.window.setScaled(true);
    c.sack.setPermitted(true);
    c.timestamps.offer();
    windowUpdates.measure(c);
    if (connections.watch(c) < 0) {
      connections.abort(c);
      return;
    }
    output.synchronise(c, TcpHeader.SYN, offeredMss(c));
    c.roundTrip.sent(c.send.nxt(), now);
    timers.restart(c, now);
  }

  /**
   * The guest leaves too many connections unanswered: the oldest ends, or the peer gets no more.
   */
  private boolean makesRoom(FlowSide host) {
    counters.increment(Counter.TCP_HALF_OPEN);
    environment
        .log()
        .limited(
            LogLevel.WARNING,
            HALF_OPEN,
            "too many TCP connections to forwarded ports that the guest doesn't answer: the oldest"
                + " make room");
    boolean admitted = !halfOpen.isGreedy(host);
    if (admitted) {
      connections.abort(halfOpen.oldest());
    }
    return admitted;
  }

  /**
   * Peers that the guest can't be shown as they are all get our address; two that come from the
   * same port would be one to the guest, so the second gets another port (RFC 5382 section 7.1).
   */
  private boolean hasDistinctPort(FlowSide side) {
    for (int attempt = 0; attempt < PORT_ATTEMPTS; attempt++) {
      if (flows.lookup(FlowType.TCP, side) == FlowTable.NONE) {
        return true;
      }
      nextPort = nextPort == LAST_PORT ? FIRST_DYNAMIC_PORT : nextPort + 1;
      side.setOur(side.ourHi(), side.ourLo(), nextPort);
    }
    return false;
  }

  /** The SYN or SYN-ACK wasn't answered in time: the same again. */
  void repeat(TcpConnection c) {
    c.roundTrip.repeatHandshake();
    int flags = c.phase == Phase.SYN_SENT ? TcpHeader.SYN : TcpHeader.SYN | TcpHeader.ACK;
    c.roundTrip.sentAgain(c.send.iss());
    output.synchronise(c, flags, offeredMss(c));
  }

  /**
   * A segment during the handshake.
   *
   * @return whether the connection is established now; then the segment's text and FIN are yet to
   *     be handled, but not its SYN
   */
  boolean segment(TcpConnection c, MemorySegment s, long at, long now) {
    return switch (c.phase) {
      case CONNECTING -> connecting(c, s, at, now);
      case SYN_ACK_SENT -> synAckSent(c, s, at, now);
      case SYN_SENT -> synSent(c, s, at, now);
      case CLOSED, ESTABLISHED, PAUSED -> false;
    };
  }

  /** Before there is an answer for the guest, only its giving up matters, or its starting anew. */
  private boolean connecting(TcpConnection c, MemorySegment s, long at, long now) {
    int flags = TcpHeader.flags(s, at);
    int sequence = TcpHeader.sequence(s, at);
    if ((flags & TcpHeader.RST) != 0) {
      if (sequence == c.receive.nxt()) {
        connections.abortPeer(c);
      }
    } else if ((flags & TcpHeader.STATE) == TcpHeader.SYN && sequence != c.receive.irs()) {
      // It has forgotten its first attempt, of which nobody knows: the peer gets this one.
      takeSyn(c, s, at, now);
    }
    return false;
  }

  private boolean synAckSent(TcpConnection c, MemorySegment s, long at, long now) {
    int flags = TcpHeader.flags(s, at);
    int sequence = TcpHeader.sequence(s, at);
    boolean syn = (flags & TcpHeader.SYN) != 0;
    if ((flags & TcpHeader.RST) != 0) {
      if (sequence == c.receive.nxt()) {
        connections.abortPeer(c);
      } else if (c.window.accepts(sequence, 0)) {
        challenge(c, now);
      }
      return false;
    }
    boolean expected = syn ? sequence == c.receive.irs() : c.window.accepts(sequence, 0);
    if (!expected) {
      challenge(c, now);
      return false;
    }
    if ((flags & TcpHeader.ACK) == 0) {
      if (syn) {
        repeat(c);
      }
      return false;
    }
    if (TcpHeader.acknowledgment(s, at) != c.send.nxt()) {
      wrongAcknowledgment(c, s, at);
      return false;
    }
    guest.connects(c.flow.guest().endpointHi(), c.flow.guest().endpointLo());
    establish(c, now);
    if (syn) {
      // Both ends began, and both have answered (RFC 9293 section 3.5, figure 7).
      c.ackDue = true;
    }
    int window = syn ? c.send.window() : c.send.scaled(TcpHeader.window(s, at));
    c.send.updateWindow(sequence, c.send.una(), window);
    return true;
  }

  /** RFC 9293 section 3.10.7.3. */
  private boolean synSent(TcpConnection c, MemorySegment s, long at, long now) {
    int flags = TcpHeader.flags(s, at);
    boolean ack = (flags & TcpHeader.ACK) != 0;
    boolean right = ack && TcpHeader.acknowledgment(s, at) == c.send.nxt();
    if ((flags & TcpHeader.RST) != 0) {
      if (right) {
        closedPorts.onRefused(c, now);
        connections.abortPeer(c);
      }
      return false;
    }
    if (ack && !right) {
      wrongAcknowledgment(c, s, at);
      return false;
    }
    if ((flags & TcpHeader.SYN) == 0) {
      return false;
    }
    int offered = c.window.size();
    takeSyn(c, s, at, now);
    c.window.open(offered);
    windowUpdates.measure(c);
    if (!ack) {
      // The guest has begun as well, before it saw our SYN (RFC 9293 section 3.5, figure 7).
      c.phase = Phase.SYN_ACK_SENT;
      output.synchronise(c, TcpHeader.SYN | TcpHeader.ACK, offeredMss(c));
      timers.restart(c, now);
      return false;
    }
    establish(c, now);
    c.ackDue = true;
    return true;
  }

  /** RFC 9293 section 3.10.7.4: a segment out of the window is told where that is. */
  private void challenge(TcpConnection c, long now) {
    if (c.challenges.admit(now)) {
      output.acknowledge(c);
    }
  }

  private void establish(TcpConnection c, long now) {
    c.phase = Phase.ESTABLISHED;
    c.listener = null;
    connections.endAttempt(c);
    c.send.establish();
    c.retries.answered();
    c.roundTrip.received(c.send.una(), now);
    c.stream.setReadable(true);
    if (sink.isLossy()) {
      c.recovery.beginSlowly(c.roundTrip.isHandshakeRepeated());
    }
    timers.cancel(c);
    connections.updateInterest(c);
  }

  /** RFC 9293 section 3.10.7: a segment that acknowledges what wasn't sent is refused. */
  private void wrongAcknowledgment(TcpConnection c, MemorySegment s, long at) {
    int ack = TcpHeader.acknowledgment(s, at);
    output.refuse(c.flow.guest(), c.peerMac, TcpHeader.ACK, 0, ack, 0);
  }

  private int offeredMss(TcpConnection c) {
    return settings.offeredMss(c.flow.guest().isIpv4(), c.timestamps.areUsed());
  }
}
