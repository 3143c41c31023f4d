package org.jpasst.proto.tcp;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.SegmentAllocator;
import java.util.ArrayList;
import java.util.List;
import java.util.function.ObjLongConsumer;
import org.jpasst.flow.Flow;
import org.jpasst.flow.FlowSide;
import org.jpasst.flow.FlowTable;
import org.jpasst.flow.FlowType;
import org.jpasst.flow.Pif;
import org.jpasst.flow.SideTuple;
import org.jpasst.loop.EventLoop;
import org.jpasst.net.MacLookup;
import org.jpasst.proto.tcp.TcpConnection.Phase;

/**
 * Takes TCP's connections out of the loop, so that they can be moved to another host, and puts them
 * back in, here or there. Belongs to the loop's thread.
 *
 * <p>A paused connection does nothing: no event, no timer and no segment reaches it. Its socket
 * stays open, and ours.
 */
public final class TcpMigration {
  private final FlowTable flows;
  private final EventLoop loop;
  private final TcpConnections connections;
  private final TcpOutput output;
  private final TcpToGuest toGuest;
  private final TcpTimers timers;
  private final OutboundSockets outbound;
  private final BoundedPool<MemorySegment> pool;
  private final MacLookup macs;
  private final WindowUpdates windowUpdates;
  private final TimestampClock timestampClock;
  private final TcpLiveness liveness;
  private final ObjLongConsumer<TcpConnection> proceed;

  TcpMigration(
      FlowTable flows,
      EventLoop loop,
      TcpConnections connections,
      TcpOutput output,
      TcpToGuest toGuest,
      TcpTimers timers,
      OutboundSockets outbound,
      BoundedPool<MemorySegment> pool,
      MacLookup macs,
      WindowUpdates windowUpdates,
      TimestampClock timestampClock,
      TcpLiveness liveness,
      ObjLongConsumer<TcpConnection> proceed) {
    this.flows = flows;
    this.loop = loop;
    this.connections = connections;
    this.output = output;
    this.toGuest = toGuest;
    this.timers = timers;
    this.outbound = outbound;
    this.pool = pool;
    this.macs = macs;
    this.windowUpdates = windowUpdates;
    this.timestampClock = timestampClock;
    this.liveness = liveness;
    this.proceed = proceed;
  }

  /**
   * A connection that stands still.
   *
   * @param fd its socket, which stays the connection's
   * @param snapshot what is known of it
   */
  public record Paused(int index, int fd, TcpSnapshot snapshot) {}

  /**
   * What the guest's side of a connection has agreed upon beyond what passt does.
   *
   * @param guest names it
   * @param sack selective acknowledgments
   * @param timestamps in each segment
   * @param recent the timestamp that is echoed next
   * @param value our own timestamp now
   */
  public record GuestOptions(
      SideTuple guest, boolean sack, boolean timestamps, int recent, int value) {}

  /** The options of all paused connections that have any. */
  public List<GuestOptions> guestOptions() {
    List<GuestOptions> options = new ArrayList<>();
    for (int i = 0; i < connections.capacity(); i++) {
      if (connections.isLive(i) && connections.at(i).phase == Phase.PAUSED) {
        TcpConnection c = connections.at(i);
        if (hasOptions(c)) {
          SideTuple guest = SideTuple.of(c.flow.guest());
          options.add(
              new GuestOptions(
                  guest,
                  c.sack.arePermitted(),
                  c.timestamps.areUsed(),
                  c.timestamps.recent(),
                  timestampClock.value(c.timestamps.offset())));
        }
      }
    }
    return options;
  }

  private static boolean hasOptions(TcpConnection c) {
    return c.sack.arePermitted() || c.timestamps.areUsed();
  }

  /**
   * Goes on with the options of a connection that was restored.
   *
   * @return false if there is no such connection
   */
  public boolean restore(GuestOptions options) {
    TcpConnection c = restored(options.guest());
    if (c == null || hasOptions(c)) {
      return false;
    }
    c.sack.setPermitted(options.sack());
    int offset = options.value() - timestampClock.value(0);
    c.timestamps.restore(options.timestamps(), options.recent(), offset);
    c.send.limitSegments(c.send.mss() - TcpOutput.optionsLength(c));
    return true;
  }

  /**
   * That the guest asks whether the peer of a connection is still there.
   *
   * @param guest names the connection
   * @param seconds of silence after which the peer is asked
   */
  public record KeepAlive(SideTuple guest, int seconds) {}

  /** The keep-alives of all paused connections that have any. */
  public List<KeepAlive> keepAlives() {
    List<KeepAlive> asked = new ArrayList<>();
    for (int i = 0; i < connections.capacity(); i++) {
      if (connections.isLive(i) && connections.at(i).phase == Phase.PAUSED) {
        TcpConnection c = connections.at(i);
        if (c.liveness.pace() > 0) {
          asked.add(new KeepAlive(SideTuple.of(c.flow.guest()), c.liveness.pace()));
        }
      }
    }
    return asked;
  }

  /**
   * Has the peer of a connection that was restored asked as before.
   *
   * @return false if there is no such connection
   */
  public boolean restore(KeepAlive keepAlive) {
    TcpConnection c = restored(keepAlive.guest());
    if (c == null || c.liveness.pace() > 0) {
      return false;
    }
    liveness.goOn(c, keepAlive.seconds());
    return true;
  }

  /** The established connection of that name, or null. */
  private TcpConnection restored(SideTuple guest) {
    int index = flows.lookup(FlowType.TCP, guest.on(Pif.GUEST));
    TcpConnection c = index == FlowTable.NONE ? null : connections.at(index);
    return c == null || !c.established() ? null : c;
  }

  /** Stops all established connections; those still in their handshakes go on. */
  public List<Paused> pause() {
    List<Paused> paused = new ArrayList<>();
    for (int i = 0; i < connections.capacity(); i++) {
      if (connections.isLive(i) && connections.at(i).established()) {
        TcpConnection c = connections.at(i);
        loop.remove(c.fd);
        timers.cancel(c);
        liveness.pause(c);
        c.phase = Phase.PAUSED;
        paused.add(new Paused(i, c.fd, snapshot(c)));
      }
    }
    return paused;
  }

  /**
   * Bytes that the guest was told we have, and that the socket had no room for: they follow on its
   * send queue.
   *
   * @return a copy from the allocator, empty where there are none
   */
  public MemorySegment held(Paused paused, SegmentAllocator allocator) {
    HeldBytes held = connections.at(paused.index()).held;
    MemorySegment copy = allocator.allocate(held.size());
    held.copyTo(copy);
    return copy;
  }

  /** Lets paused connections go on here as if nothing had happened. */
  public void resume(List<Paused> paused, long now) {
    for (Paused each : paused) {
      TcpConnection c = connections.at(each.index());
      c.phase = Phase.ESTABLISHED;
      liveness.resume(c);
      enter(c, now);
    }
  }

  /** Forgets paused connections and closes their sockets. The guest isn't told. */
  public void forget(List<Paused> paused) {
    for (Paused each : paused) {
      connections.close(connections.at(each.index()));
    }
  }

  /**
   * Goes on with a connection of another host.
   *
   * @param fd its socket, connected; becomes ours, also where this fails
   * @param unsent bytes accepted from the guest that the socket has no room for yet
   * @return false if there can't be such a connection; then both ends are reset
   */
  public boolean restore(TcpSnapshot snapshot, int fd, MemorySegment unsent, long now) {
    int index = snapshot.isPossible() ? newFlow(snapshot, now) : FlowTable.NONE;
    if (index == FlowTable.NONE) {
      outbound.reset(fd);
      refuse(snapshot);
      return false;
    }
    TcpConnection c = connections.open(flows.flow(index), fd, Phase.ESTABLISHED);
    connections.presentPeer(c, flows.secretOf(index));
    toGuest.begin(c);
    take(c, snapshot.sending(), snapshot.receiving().acknowledged());
    c.receive.restore(snapshot.receiving());
    c.window.restore(snapshot.receiving());
    if (!hold(c, unsent)) {
      connections.abort(c);
      return false;
    }
    enter(c, now);
    return true;
  }

  /** Tells the guest that a connection of it is no more. */
  public void refuse(TcpSnapshot snapshot) {
    FlowSide guest = snapshot.guest().on(Pif.GUEST);
    long peerMac = macs.macOf(guest.ourHi(), guest.ourLo());
    output.reset(guest, peerMac, snapshot.sending().max(), snapshot.receiving().next());
  }

  private void enter(TcpConnection c, long now) {
    c.liveness.onTraffic();
    c.liveness.onHeard(now);
    c.interest.forgetIdle();
    c.stream.setReadable(!c.stream.hasEnded());
    c.ackDue = true;
    if (connections.watch(c) < 0) {
      connections.abort(c);
      return;
    }
    if (!c.receive.isFinReceived()) {
      windowUpdates.measure(c);
    }
    proceed.accept(c, now);
  }

  private TcpSnapshot snapshot(TcpConnection c) {
    Flow flow = c.flow;
    FlowSide host = flow.host();
    connections.learnOurSide(c);
    return new TcpSnapshot(
        flow.fromGuest(),
        SideTuple.of(flow.guest()),
        SideTuple.of(host),
        c.send.snapshot(TcpOutput.optionsLength(c), c.stream.isClosed()),
        c.window.snapshot());
  }

  /** The flow of a connection, or {@link FlowTable#NONE} if the guest has one with that name. */
  private int newFlow(TcpSnapshot snapshot, long now) {
    FlowSide guest = snapshot.guest().on(Pif.GUEST);
    if (flows.lookup(FlowType.TCP, guest) != FlowTable.NONE) {
      return FlowTable.NONE;
    }
    int index = flows.allocate(FlowType.TCP, now);
    if (index != FlowTable.NONE) {
      Flow flow = flows.flow(index);
      FlowSide host = snapshot.host().on(Pif.HOST);
      flow.initiating().set(snapshot.fromGuest() ? guest : host);
      flow.target().set(snapshot.fromGuest() ? host : guest);
      flows.insertGuestSide(index);
    }
    return index;
  }

  private static void take(TcpConnection c, TcpSnapshot.Sending from, int acknowledged) {
    int mss = TcpSettings.usedMss(c.flow.guest().isIpv4(), from.mss());
    c.send.restore(from, mss, acknowledged);
    c.recovery.begin(from.una());
    c.stream.restore(from.peerClosed(), from.finSent());
  }

  private boolean hold(TcpConnection c, MemorySegment unsent) {
    long left = unsent.byteSize();
    if (left == 0) {
      return true;
    }
    HeldBytes.allow(pool, left);
    c.receive.setShutdown(false); // comes behind these
    c.window.setWantsRoom(true);
    return c.held.append(pool, unsent, 0, (int) left) == left;
  }
}
