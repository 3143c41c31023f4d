package org.jpasst.proto.udp;

import java.lang.foreign.MemorySegment;
import org.jpasst.flow.FlowSide;
import org.jpasst.flow.Pif;
import org.jpasst.forward.AddressTranslation;
import org.jpasst.guest.FrameSink;
import org.jpasst.linux.ControlBuffer;
import org.jpasst.linux.Errno;
import org.jpasst.linux.MessageBatch;
import org.jpasst.linux.MessageFlag;
import org.jpasst.linux.PacketInfo;
import org.jpasst.linux.SocketAddress;
import org.jpasst.linux.SocketLevel;
import org.jpasst.linux.SocketOption;
import org.jpasst.linux.Sockets;
import org.jpasst.linux.ZeroPages;
import org.jpasst.net.Endpoint;
import org.jpasst.net.IpAddress;
import org.jpasst.net.MacLookup;
import org.jpasst.proto.socket.KeptDatagram;
import org.jpasst.proto.socket.KeptDatagrams;
import org.jpasst.proto.socket.ReceivedFields;
import org.jpasst.proto.socket.WaitingSockets;
import org.jpasst.proto.socket.WatchedSocket;
import org.jpasst.stats.Counter;
import org.jpasst.stats.Counters;

/**
 * Datagrams for the guest: read in batches and written as frames. Sockets are read only while the
 * guest's link has room; those found readable otherwise wait their turn, and what was read already
 * is kept for {@link #resume}.
 */
final class UdpToGuest {
  private static final int BATCH = 32;

  /** Longer than any datagram, so that none is cut. */
  private static final int SLOT = 1 << 16;

  /** Batches read from one socket before others have their turn. */
  private static final int ROUNDS = 4;

  private final Sockets sockets;
  private final FrameSink sink;
  private final UdpFlows flows;
  private final UdpListeners listeners;
  private final UdpErrors errors;
  private final UdpGroups groups;
  private final UdpFrameWriter frames;
  private final AddressTranslation translation;
  private final MacLookup macs;
  private final WaitingSockets waiting;
  private final Counters counters;
  private final MemorySegment slots = ZeroPages.map((long) BATCH * SLOT);
  private final MessageBatch batch =
      new MessageBatch(
          BATCH, 1, ControlBuffer.capacityFor(PacketInfo.LENGTH6, Integer.BYTES, Integer.BYTES));

  /** The guest's side of an answer that comes from somebody else than the flow's peer. */
  private final FlowSide anyone = new FlowSide();

  /** What goes to the guest before anything else. */
  private final KeptDatagrams kept = new KeptDatagrams();

  private final KeptDatagrams.Delivery<UdpFlow> delivery = this::deliverKept;

  // The batch that was read and isn't delivered yet: of a flow, or of a listener.
  private int next;
  private int nextAt; // of several datagrams in one slot, where the next one begins
  private int count;
  private UdpFlow ofFlow;
  private int ofGeneration;
  private UdpListener ofListener;

  UdpToGuest(
      Sockets sockets,
      FrameSink sink,
      UdpFlows flows,
      UdpListeners listeners,
      UdpErrors errors,
      UdpGroups groups,
      UdpFrameWriter frames,
      AddressTranslation translation,
      MacLookup macs,
      WaitingSockets waiting,
      Counters counters) {
    this.sockets = sockets;
    this.sink = sink;
    this.flows = flows;
    this.listeners = listeners;
    this.errors = errors;
    this.groups = groups;
    this.frames = frames;
    this.translation = translation;
    this.macs = macs;
    this.waiting = waiting;
    this.counters = counters;
    for (int i = 0; i < BATCH; i++) {
      batch.message(i).vectors().set(0, slots, (long) i * SLOT, SLOT);
    }
  }

  /** A flow's socket is readable. */
  void read(UdpFlow flow, long now) {
    int rounds = 0;
    while (rounds < ROUNDS && readBatch(flow, now)) {
      rounds++;
    }
  }

  /** False where nothing more is to be read now. */
  private boolean readBatch(UdpFlow flow, long now) {
    if (isBlocked()) {
      waiting.add(flow.socket());
      return false;
    }
    frames.abandon();
    int received = receive(flow.socket().fd(), !flow.connected || !flow.settled);
    if (received <= 0) {
      // An error that came meanwhile is told here first; the datagrams are told of again.
      flow.settled |= received == -Errno.EAGAIN;
      if (received != -Errno.EAGAIN) {
        errors.drain(flow, true);
      }
      return false;
    }
    next = 0;
    count = received;
    ofFlow = flow;
    ofGeneration = flow.flow().generation();
    ofListener = null;
    if (!deliver(now)) {
      waiting.add(flow.socket());
      return false;
    }
    flow.settled |= received < BATCH;
    return received == BATCH;
  }

  /**
   * A listener's socket is readable.
   *
   * @return 0, or the negated error number where the socket failed
   */
  int read(UdpListener listener, long now) {
    int result = BATCH;
    for (int round = 0; round < ROUNDS && result == BATCH; round++) {
      result = readBatch(listener, now);
    }
    return Math.min(0, result);
  }

  /** How many were read, {@link #BATCH} if there may be more, or the negated error number. */
  private int readBatch(UdpListener listener, long now) {
    if (isBlocked()) {
      waiting.add(listener.socket());
      return 0;
    }
    frames.abandon();
    int received = receive(listener.socket().fd(), true);
    if (received <= 0) {
      return received == -Errno.EAGAIN ? 0 : received;
    }
    next = 0;
    count = received;
    ofFlow = null;
    ofListener = listener;
    if (!deliver(now)) {
      waiting.add(listener.socket());
      return 0;
    }
    return received;
  }

  /**
   * Takes all that waits out of the sockets and keeps it. What there is no room for stays where it
   * is.
   */
  void keepAll(long now) {
    kept.takeIn(
        () -> {
          if (next < count && !ownerIsGone()) {
            deliver(now);
          }
          readAll(now);
        });
  }

  /**
   * Reads all that waits in the sockets, as far as there is room for it; those of the listeners
   * first: what is in a flow's own socket came later. What came to groups is left where it is.
   */
  void readAll(long now) {
    for (int i = 0; i < listeners.size(); i++) {
      UdpListener listener = listeners.at(i);
      int result = BATCH;
      while (result == BATCH && listener.socket().isOpen() && !listener.ofGroup) {
        result = readBatch(listener, now);
      }
    }
    for (int i = 0; i < flows.all().size(); i++) {
      boolean more = true;
      while (more) {
        more = readBatch(flows.all().live(i), now);
      }
    }
  }

  /** What is kept for the guest. */
  KeptDatagrams kept() {
    return kept;
  }

  /** The link has room: goes on where it was missing. */
  void resume(long now) {
    if (!kept.deliver(sink, flows.all(), delivery, now)) {
      return;
    }
    if (next < count) {
      if (ownerIsGone()) {
        next = count;
        nextAt = 0;
      } else if (!sink.hasRoom() || !deliver(now)) {
        return;
      }
    }
    while (!waiting.isEmpty() && !isBlocked()) {
      WatchedSocket socket = waiting.next();
      if (socket.kind() == Udp.FLOW_EVENTS) {
        read(flows.all().at(socket.index()), now);
      } else {
        read(listeners.at(socket.index()), now);
      }
    }
  }

  private boolean isBlocked() {
    return next < count || kept.haveOthersWait(sink);
  }

  private boolean ownerIsGone() {
    return ofFlow != null
        && (!ofFlow.socket().isOpen() || ofFlow.flow().generation() != ofGeneration);
  }

  private int receive(int fd, boolean named) {
    batch.prepareReceive(named);
    int received = sockets.recvmmsg(fd, batch, BATCH, MessageFlag.DONTWAIT);
    batch.received(Math.max(0, received));
    return received;
  }

  /** Writes what is left of the batch; false where the link has no room for all of it. */
  private boolean deliver(long now) {
    while (next < count) {
      if (ofListener != null && ofListener.ofGroup) {
        if (!deliverToGroup(next, now)) {
          return false;
        }
        next++;
        continue;
      }
      UdpFlow flow = flowOf(next, now);
      if (flow != null && !deliver(flow, next, now)) {
        return false;
      }
      next++;
      nextAt = 0;
    }
    return true;
  }

  /** Whose the datagram in a slot is; null where it is nobody's, which is counted. */
  private UdpFlow flowOf(int slot, long now) {
    if (ofListener != null) {
      return listeners.flowOf(ofListener, batch.message(slot), now);
    }
    if (!ofFlow.connected || ofFlow.settled) {
      return ofFlow;
    }
    // Between bind(2) and connect(2) the socket was open to everyone.
    FlowSide host = ofFlow.flow().host();
    SocketAddress peer = batch.message(slot).name();
    if (peer.lo() == host.endpointLo()
        && peer.port() == host.endpointPort()
        && peer.hi() == host.endpointHi()) {
      return ofFlow;
    }
    if (ofFlow.listener() == null) {
      counters.increment(Counter.DROP_UDP_STRAY);
      return null;
    }
    return listeners.flowOf(
        ofFlow.listener(), peer, host.ourHi(), host.ourLo(), peer.scopeId(), now);
  }

  private boolean deliver(UdpFlow flow, int slot, long now) {
    boolean ipv4 = flow.flow().guest().isIpv4();
    int length = batch.length(slot);
    int most = UdpFrameWriter.maxPayload(ipv4);
    // Several datagrams in one slot are all of this size, but for the last.
    ControlBuffer control = batch.message(slot).control();
    int size = control.findInt(SocketLevel.UDP, SocketOption.UDP_GRO, length);
    frames.service(ReceivedFields.service(control, ipv4));
    boolean uncut =
        size >= length || length <= most && !kept.isTaking() && frames.takesSeveral(ipv4, size);
    do {
      int part = uncut ? length : Math.min(size, length - nextAt);
      if (!deliver(flow, slot, part, size, now)) {
        return false;
      }
      nextAt += part;
    } while (nextAt < length);
    return true;
  }

  private boolean deliver(UdpFlow flow, int slot, int length, int size, long now) {
    long at = (long) slot * SLOT + nextAt;
    if (kept.isTaking()) {
      if (flow.connected) {
        flow.sawArrival(now);
      }
      return keep(flow, slot, at, length);
    }
    if (flow.connected) {
      return deliver(flow, slots, at, length, size, now);
    }
    SocketAddress peer = batch.message(slot).name();
    return deliverFromAnyone(flow, peer.hi(), peer.lo(), peer.port(), slots, at, length);
  }

  private boolean keep(UdpFlow flow, int slot, long at, int length) {
    if (flow.connected) {
      return kept.add(flow.flow(), slots, at, length);
    }
    SocketAddress peer = batch.message(slot).name();
    var from = new Endpoint(new IpAddress(peer.hi(), peer.lo()), peer.port());
    return kept.add(flow.flow(), from, slots, at, length);
  }

  private boolean deliverKept(UdpFlow flow, KeptDatagram datagram, long now) {
    MemorySegment bytes = datagram.bytes();
    frames.service(0); // isn't kept
    int length = (int) bytes.byteSize();
    if (flow.connected) {
      return deliver(flow, bytes, 0, length, length, now);
    }
    IpAddress from = datagram.from().address();
    return deliverFromAnyone(flow, from.hi(), from.lo(), datagram.from().port(), bytes, 0, length);
  }

  private boolean deliver(
      UdpFlow flow, MemorySegment payload, long at, int length, int size, long now) {
    FlowSide guest = flow.flow().guest();
    long mac = flow.common().mac(macs);
    int mtu = Math.min(frames.linkMtu(), flow.pathMtu());
    boolean done = frames.write(guest, mac, payload, at, length, size, mtu);
    if (done) {
      flow.sawToGuest(length, now);
      if (size < length) {
        flow.dns().sawSession();
      } else {
        flow.dns().sawToGuest(payload, at, length);
      }
    }
    return done;
  }

  /**
   * An answer to a multicast or broadcast datagram. It doesn't prolong the flow's life: else anyone
   * could keep the guest's port open.
   */
  private boolean deliverFromAnyone(
      UdpFlow flow,
      long peerHi,
      long peerLo,
      int port,
      MemorySegment payload,
      long at,
      int length) {
    long hi = translation.presentedHi(peerHi, peerLo);
    long lo = translation.presentedLo(peerHi, peerLo);
    if (IpAddress.isUnspecified(hi, lo)) {
      counters.increment(Counter.DROP_UDP_STRAY);
      return true;
    }
    anyone.set(flow.flow().guest()).setOur(hi, lo, port);
    long mac = macs.macOf(hi, lo);
    boolean done = frames.write(anyone, mac, payload, at, length, length, frames.linkMtu());
    if (done) {
      flow.sawAnswerOfAnyone(length);
    }
    return done;
  }

  /**
   * What came to a group goes to it on the guest's link, too, with its TTL. Who can't be shown to
   * the guest as it is, such as the host at the guest's own address, is shown as us, as for a
   * forwarded port.
   */
  private boolean deliverToGroup(int slot, long now) {
    SocketAddress peer = batch.message(slot).name();
    long at = (long) slot * SLOT;
    int length = batch.length(slot);
    if (groups.isOwn(ofListener, peer.port(), slots, at, length, now)) {
      return true;
    }
    if (kept.isTaking()) {
      counters.increment(Counter.DROP_LINK_DOWN);
      return true;
    }
    IpAddress group = ofListener.target();
    boolean ipv4 = group.isIpv4();
    long hi = translation.presentedHi(peer.hi(), peer.lo());
    long lo = translation.presentedLo(peer.hi(), peer.lo());
    if (IpAddress.isUnspecified(hi, lo)) {
      hi = translation.ourAddress(ipv4).hi();
      lo = translation.ourAddress(ipv4).lo();
    }
    if (!IpAddress.isUnicast(hi, lo) || peer.port() == 0) {
      counters.increment(Counter.DROP_UDP_STRAY);
      return true;
    }
    anyone.set(Pif.GUEST, group.hi(), group.lo(), ofListener.targetPort(), hi, lo, peer.port());
    ControlBuffer control = batch.message(slot).control();
    int ttl = ReceivedFields.hops(control, ipv4, 1);
    frames.fields(ttl, ReceivedFields.service(control, ipv4));
    long mac = macs.macOf(hi, lo);
    return frames.write(anyone, mac, slots, at, length, length, frames.linkMtu());
  }
}
