package org.jpasst.proto.icmp;

import java.lang.foreign.MemorySegment;
import org.jpasst.flow.FlowSide;
import org.jpasst.flow.FlowState;
import org.jpasst.forward.AddressTranslation;
import org.jpasst.forward.GuestAddresses;
import org.jpasst.guest.FrameSink;
import org.jpasst.guest.RoomListener;
import org.jpasst.linux.Errno;
import org.jpasst.linux.Message;
import org.jpasst.linux.MessageFlag;
import org.jpasst.linux.Sockets;
import org.jpasst.linux.ZeroPages;
import org.jpasst.loop.EventKind;
import org.jpasst.loop.PeriodicTask;
import org.jpasst.net.IpAddress;
import org.jpasst.net.MacLookup;
import org.jpasst.proto.Environment;
import org.jpasst.proto.Packet;
import org.jpasst.proto.PacketHandler;
import org.jpasst.proto.socket.DatagramSockets;
import org.jpasst.proto.socket.FlowEvents;
import org.jpasst.proto.socket.KeptDatagram;
import org.jpasst.proto.socket.KeptDatagrams;
import org.jpasst.proto.socket.ReceivedFields;
import org.jpasst.proto.socket.WaitingSockets;
import org.jpasst.stats.Counter;
import org.jpasst.stats.Counters;
import org.jpasst.wire.IcmpHeader;
import org.jpasst.wire.Icmpv6Header;
import org.jpasst.wire.Ipv6Header;

/**
 * ICMP and ICMPv6 echo of the guest, through ping sockets (icmp(7)): requests go out with the
 * guest's TTL, replies and errors come back with its identifier. It registers itself for the loop's
 * ping events; the owner has {@link #onTick} called once a second.
 */
public final class Ping implements PacketHandler, RoomListener, PeriodicTask {
  /** A flow's socket is ready. */
  public static final EventKind EVENTS = new EventKind("ICMP and ICMPv6 ping socket");

  /** Longer than any message. */
  private static final int CAPACITY = 1 << 16;

  /** Messages taken from one socket before others have their turn. */
  private static final int MAX_AT_ONCE = 32;

  private final Sockets sockets;
  private final FrameSink sink;
  private final MacLookup macs;
  private final GuestAddresses guest;
  private final AddressTranslation translation;
  private final Counters counters;
  private final PingFlows flows;
  private final PingErrors errors;
  private final PingFrameWriter frames;
  private final WaitingSockets waiting = new WaitingSockets();
  private final PingMigration migration;

  /** What goes to the guest before anything else. */
  private final KeptDatagrams kept = new KeptDatagrams();

  private final KeptDatagrams.Delivery<PingFlow> delivery = this::deliver;
  private final FlowSide side = new FlowSide();
  private final MemorySegment buffer = ZeroPages.map(CAPACITY);
  private final Message message = new Message(1, ReceivedFields.CAPACITY);

  /**
   * Makes it, with nothing open.
   *
   * @param icmp tells the guest of failed requests
   */
  public Ping(Environment environment, IcmpErrorWriter icmp) {
    sockets = environment.sockets();
    sink = environment.sink();
    macs = environment.macs();
    guest = environment.guest();
    translation = environment.translation();
    counters = environment.counters();
    var datagramSockets = new DatagramSockets(environment);
    flows = new PingFlows(environment, datagramSockets, waiting);
    errors = new PingErrors(new ErrorQueue(sockets), icmp);
    frames = new PingFrameWriter(sink, environment.guest(), environment.linkMtu());
    message.vectors().set(0, buffer, 0, CAPACITY);
    migration = new PingMigration(datagramSockets, flows, this);
    environment.loop().handle(EVENTS, new FlowEvents<>(flows.all(), new Reader()));
  }

  /** What moves the flows to another host. */
  public PingMigration migration() {
    return migration;
  }

  /** How many flows there are. */
  public int flowCount() {
    return flows.all().size();
  }

  /** Whether a flow of ping's has had an answer; only while it lives. */
  public FlowState state(int index) {
    return flows.all().at(index).answered ? FlowState.ANSWERED : FlowState.UNANSWERED;
  }

  /** An echo request of the guest: it is sent on at once. */
  @Override
  public void onPacket(Packet packet, long now) {
    MemorySegment s = packet.memory();
    long at = packet.at();
    if (IcmpHeader.code(s, at) != 0) {
      counters.increment(Counter.DROP_ICMP);
      return;
    }
    if (!packet.icmpChecksumVerifies()) {
      counters.increment(Counter.DROP_ICMP_CHECKSUM);
      return;
    }
    int identifier = IcmpHeader.identifier(s, at);
    packet.fill(side, identifier, identifier);
    if (!IpAddress.isUnicast(side.endpointHi(), side.endpointLo())
        || IpAddress.isUnspecified(side.ourHi(), side.ourLo())) {
      counters.increment(Counter.DROP_ICMP);
      return;
    }
    PingFlow flow = flows.find(side);
    if (flow == null) {
      guest.heard(side, packet.sourceMac());
      flow = flows.open(side, now);
      if (flow == null) {
        refuseUnopened(packet);
        return;
      }
    }
    guest.heard(flow.flow().guest(), packet.sourceMac());
    flow.sawRequest(IcmpHeader.sequence(s, at), now);
    flow.flow().addFromGuest(packet.length() - IcmpHeader.LENGTH);
    applyHeaderFields(flow, packet);
    send(flow, s, at, packet.length());
  }

  /** Not being allowed to ping is no matter of the network: the operator is told of that. */
  private void refuseUnopened(Packet packet) {
    int errno = flows.all().lastErrno();
    if (errno != -Errno.EACCES && errno != -Errno.EPERM) {
      errors.refuse(side, packet.protocol(), errno, packet.memory(), packet.at(), packet.length());
    }
  }

  private void applyHeaderFields(PingFlow flow, Packet packet) {
    int ttl = packet.hopLimit();
    int tos = packet.trafficClass();
    if (!flow.headerFields().match(ttl, tos)) {
      boolean multicast = IpAddress.isMulticast(side.ourHi(), side.ourLo());
      int hops = translation.hopsTo(side.ourHi(), side.ourLo());
      int fd = flow.socket().fd();
      flow.headerFields().apply(sockets, fd, packet.isIpv4(), multicast, ttl, hops, tos);
    }
  }

  /** The kernel puts the socket's identifier and the checksum in. */
  private void send(PingFlow flow, MemorySegment s, long icmpAt, int length) {
    int fd = flow.socket().fd();
    int result = sockets.send(fd, s, icmpAt, length, MessageFlag.NOSIGNAL);
    if (result < 0 && result != -Errno.EAGAIN && errors.drain(flow) > 0) {
      // It was about an earlier request.
      result = sockets.send(fd, s, icmpAt, length, MessageFlag.NOSIGNAL);
    }
    if (result < 0) {
      counters.increment(Counter.DROP_PING_SEND);
      errors.refuse(flow.flow().guest(), flow.flow().type().protocol(), result, s, icmpAt, length);
    }
  }

  private final class Reader implements FlowEvents.Reader<PingFlow> {
    @Override
    public int drainErrors(PingFlow flow) {
      return errors.drain(flow);
    }

    @Override
    public void read(PingFlow flow, long now) {
      Ping.this.read(flow);
    }
  }

  @Override
  public void onRoom(long now) {
    if (!kept.deliver(sink, flows.all(), delivery, now)) {
      return;
    }
    while (!waiting.isEmpty() && sink.hasRoom()) {
      read(flows.all().at(waiting.next().index()));
    }
  }

  @Override
  public void onTick(long now) {
    flows.all().expire(now);
    onRoom(now);
  }

  /**
   * Doesn't look for more than are awaited, which would cost a call and find nothing. Where there
   * is more yet, duplicates say, the socket is still ready in the next turn.
   */
  private void read(PingFlow flow) {
    int read = 1;
    while (readOne(flow) && flow.awaitsReply() && read < MAX_AT_ONCE) {
      read++;
    }
  }

  /** False where nothing more is to be read now. */
  private boolean readOne(PingFlow flow) {
    if (kept.haveOthersWait(sink)) {
      waiting.add(flow.socket());
      return false;
    }
    message.prepareReceive(1);
    int length = sockets.recvmsg(flow.socket().fd(), message, MessageFlag.DONTWAIT);
    if (length >= 0) {
      flow.sawReply();
      reply(flow, length);
    } else if (length == -Errno.EAGAIN) {
      flow.sawNone();
    } else {
      errors.drain(flow);
    }
    return length >= 0;
  }

  /** Takes all that waits out of the sockets and keeps it. */
  void keepAll() {
    kept.takeIn(this::readAll);
  }

  /** What is kept for the guest. */
  KeptDatagrams kept() {
    return kept;
  }

  /** Reads all that waits in the sockets, as far as there is room for it. */
  void readAll() {
    for (int i = 0; i < flows.all().size(); i++) {
      boolean more = true;
      while (more) {
        more = readOne(flows.all().live(i));
      }
    }
  }

  private void reply(PingFlow flow, int length) {
    FlowSide guest = flow.flow().guest();
    FlowSide host = flow.flow().host();
    boolean ipv4 = guest.isIpv4();
    int expected = ipv4 ? IcmpHeader.ECHO_REPLY : Icmpv6Header.ECHO_REPLY;
    // The kernel looks at the identifier only, whoever answers.
    if (length < IcmpHeader.LENGTH
        || IcmpHeader.type(buffer, 0) != expected
        || message.name().lo() != host.endpointLo()
        || message.name().hi() != host.endpointHi()) {
      counters.increment(Counter.DROP_ICMP);
      return;
    }
    frames.hops(
        ReceivedFields.hops(message.control(), ipv4, Ipv6Header.HOP_LIMIT),
        ReceivedFields.service(message.control(), ipv4));
    boolean done =
        kept.isTaking() ? kept.add(flow.flow(), buffer, 0, length) : deliver(flow, buffer, length);
    if (!done) {
      frames.abandon();
      counters.increment(Counter.DROP_LINK_FULL);
    }
  }

  private boolean deliver(PingFlow flow, KeptDatagram datagram, long now) {
    MemorySegment bytes = datagram.bytes();
    frames.hops(Ipv6Header.HOP_LIMIT, 0); // isn't kept
    return deliver(flow, bytes, (int) bytes.byteSize());
  }

  private boolean deliver(PingFlow flow, MemorySegment reply, int length) {
    FlowSide guest = flow.flow().guest();
    boolean done = frames.write(guest, flow.common().mac(macs), reply, length);
    if (done) {
      flow.flow().addToGuest(length - IcmpHeader.LENGTH);
      flow.answered = true;
    }
    return done;
  }
}
