package org.jpasst.proto.tcp;

import java.util.OptionalLong;
import java.util.concurrent.TimeUnit;
import org.jpasst.flow.FlowSide;
import org.jpasst.flow.FlowState;
import org.jpasst.flow.FlowTable;
import org.jpasst.guest.FrameSink;
import org.jpasst.guest.RoomListener;
import org.jpasst.linux.EpollFlag;
import org.jpasst.linux.Ioctl;
import org.jpasst.linux.SocketLevel;
import org.jpasst.linux.SocketOption;
import org.jpasst.linux.Sockets;
import org.jpasst.linux.TcpInfo;
import org.jpasst.loop.EventHandler;
import org.jpasst.loop.EventKind;
import org.jpasst.loop.EventLoop;
import org.jpasst.net.MacLookup;
import org.jpasst.proto.AnswerLimit;
import org.jpasst.proto.Environment;
import org.jpasst.proto.Packet;
import org.jpasst.proto.PacketHandler;
import org.jpasst.proto.icmp.GuestError;
import org.jpasst.proto.icmp.GuestErrorHandler;
import org.jpasst.proto.icmp.IcmpErrorWriter;
import org.jpasst.proto.tcp.TcpConnection.Phase;
import org.jpasst.stats.Counters;

/**
 * TCP between the guest and sockets of the host. To the guest this is its connections' other end
 * (RFC 9293), without buffers of its own: the socket's queues are the connection's queues.
 *
 * <p>Told of segments, of sockets that are ready, of timers and of room on the link; never waits
 * and never looks at a clock.
 */
public final class Tcp implements PacketHandler, GuestErrorHandler, EventHandler, RoomListener {
  /** A connection's socket is ready. */
  public static final EventKind EVENTS = new EventKind("connected TCP socket");

  /** How often {@link #onKeepAlive} is to be called. */
  public static final long KEEP_ALIVE_INTERVAL = TcpLiveness.TICK;

  /** How often {@link #onInactivityScan} is to be called. */
  public static final long INACTIVITY_INTERVAL = TcpLiveness.INACTIVITY_INTERVAL;

  /**
   * Of the flows and descriptors there can be, those have a quarter that peers have opened and the
   * guest hasn't answered.
   */
  private static final int HALF_OPEN_SHARE = 4;

  private final Sockets sockets;
  private final TcpConnections connections;
  private final TcpOpening opening;
  private final TcpFromGuest fromGuest;
  private final TcpToGuest toGuest;
  private final TcpInput input;
  private final Acknowledgments acknowledgments;
  private final TcpOutput output;
  private final TcpTimers timers;
  private final DelayedAcknowledgments delayed;
  private final TimeWait timeWait;
  private final TcpLiveness liveness;
  private final TcpGuestErrors guestErrors;
  private final WindowUpdates windowUpdates;
  private final TcpMigration migration;
  private final ClosedPorts closedPorts;
  private final EventLoop loop;
  private final FrameSink sink;
  private final RoomQueue waiting = new RoomQueue();
  private boolean yielded; // of those that wait some don't wait for the link to tell of room

  /**
   * TCP without connections yet; it handles the loop's {@link #EVENTS}.
   *
   * @param icmp tells the guest why a connection could not be opened
   */
  public Tcp(Environment environment, IcmpErrorWriter icmp) {
    sockets = environment.sockets();
    FlowTable flows = environment.flows();
    MacLookup macs = environment.macs();
    Counters counters = environment.counters();
    loop = environment.loop();
    sink = environment.sink();
    acknowledgments = new Acknowledgments(counters.guestRoundTrips());
    var pool = HeldBytes.pool();
    var outbound =
        new OutboundSockets(
            sockets,
            environment.descriptors(),
            environment.translation(),
            environment.configuration().preservePorts());
    windowUpdates = new WindowUpdates(sockets, TcpSettings.of(environment.configuration()));
    timers = new TcpTimers(loop.newTimers(this::onTimer));
    delayed = new DelayedAcknowledgments(loop.newTimers(this::onDelayedAcknowledgment));
    var outOfOrderPool = new OutOfOrderPool();
    var clock = new TimestampClock(loop::now);
    AnswerLimit resets = AnswerLimit.ofResets(loop::now, counters);
    output = new TcpOutput(environment.sink(), environment.guest(), clock, resets);
    timeWait = new TimeWait(output);
    closedPorts = new ClosedPorts(environment, output);
    toGuest = new TcpToGuest(sockets, environment.sink(), output, counters);
    int share = environment.descriptors().share(HALF_OPEN_SHARE);
    var halfOpen =
        new HalfOpenConnections(flows, Math.min(share, FlowTable.LIMIT / HALF_OPEN_SHARE));
    connections =
        new TcpConnections(
            sockets,
            flows,
            loop,
            output,
            pool,
            outOfOrderPool,
            acknowledgments,
            timers,
            outbound,
            macs,
            halfOpen);
    liveness = new TcpLiveness(sockets, sink, connections, output);
    guestErrors =
        new TcpGuestErrors(
            flows, connections, acknowledgments, toGuest, timers, closedPorts, counters);
    fromGuest =
        new TcpFromGuest(
            sockets,
            output,
            toGuest,
            acknowledgments,
            windowUpdates,
            liveness,
            pool,
            outOfOrderPool,
            counters);
    var headerFields = new TcpHeaderFields(sockets, environment.translation());
    opening =
        new TcpOpening(
            environment,
            icmp,
            connections,
            output,
            toGuest,
            windowUpdates,
            timers,
            timeWait,
            headerFields,
            outbound,
            halfOpen,
            closedPorts);
    input =
        new TcpInput(
            environment,
            connections,
            opening,
            headerFields,
            fromGuest,
            timeWait,
            closedPorts,
            output,
            this::proceed);
    migration =
        new TcpMigration(
            flows,
            loop,
            connections,
            output,
            toGuest,
            timers,
            outbound,
            pool,
            macs,
            windowUpdates,
            clock,
            liveness,
            this::proceed);
    loop.handle(EVENTS, this);
    loop.onTurnEnd(this::onTurnEnd);
  }

  /** Where a flow of TCP's is in its life; only while it lives. */
  public FlowState state(int index) {
    return connections.at(index).state();
  }

  /** Has a flow's own address and port on the host filled in; only while it lives. */
  public void learnOurSide(int index) {
    TcpConnection c = connections.at(index);
    if (c.flow.host().ourPort() == 0) {
      connections.learnOurSide(c);
    }
  }

  /**
   * How a flow of TCP's fares; only while it lives.
   *
   * @param info to ask the kernel by
   */
  public TcpDetails details(int index, TcpInfo info) {
    TcpConnection c = connections.at(index);
    info.read(sockets, c.fd);
    return new TcpDetails(
        new TcpDetails.Side(
            TimeUnit.MICROSECONDS.toNanos(info.rttMicros()),
            OptionalLong.of((long) info.congestionWindow() * info.sendMss()),
            info.totalRetransmits(),
            Math.max(0, sockets.ioctl(c.fd, Ioctl.SIOCOUTQ)),
            Math.max(0, sockets.ioctl(c.fd, Ioctl.SIOCINQ))),
        new TcpDetails.Side(
            c.roundTrip.smoothed(),
            c.recovery.congestionWindow(),
            c.retries.sentAgain(),
            c.send.inFlight(),
            c.held.size() + c.reassembly.size()));
  }

  /** Moves connections from and to another host. */
  public TcpMigration migration() {
    return migration;
  }

  /**
   * Takes over a connection that was accepted for the guest.
   *
   * @param fd becomes ours, also where this fails
   * @param host the peer as endpoint, and the address and port that it used as ours
   * @param targetHi with {@code targetLo}, the rule's target address, {@code ::} where it has none
   * @param targetPort the guest's port
   * @param listener the port that it came by
   */
  void onAccepted(
      int fd,
      FlowSide host,
      long targetHi,
      long targetLo,
      int targetPort,
      TcpListener listener,
      long now) {
    opening.toGuest(fd, host, targetHi, targetLo, targetPort, listener, now);
  }

  /** Which forwarded ports the guest doesn't serve. */
  ClosedPorts closedPorts() {
    return closedPorts;
  }

  /** A segment from the guest, valid in place to the end of {@link #onBatchEnd}. */
  @Override
  public void onPacket(Packet packet, long now) {
    input.onPacket(packet, now);
  }

  /** All segments of the batch are there: handles them, connection by connection. */
  @Override
  public void onBatchEnd(long now) {
    input.onBatchEnd(now);
  }

  /** After anything has happened to an established connection: does all that now follows. */
  private void proceed(TcpConnection c, long now) {
    if (c.recovery.takeRepair()) {
      toGuest.retransmitFirst(c);
    }
    if (!c.receive.isFinReceived() && windowUpdates.isWorn(c)) {
      // Before data is sent, which acknowledges as well: else the guest would be told of the old
      // one.
      windowUpdates.measure(c);
      c.ackDue |= windowUpdates.isReopened(c);
    }
    switch (toGuest.transmit(c, now)) {
      case DONE -> {
        if (c.recovery.sendable() > 0 && !c.sws.isHolding()) {
          c.interest.forgetIdle();
        }
      }
      case NO_ROOM -> waiting.add(c);
      case YIELD -> {
        waiting.add(c);
        yielded = true;
      }
      case FAILED -> {
        connections.abort(c);
        return;
      }
    }
    acknowledgeIfDue(c, now);
    // Where the link has no room it stays: a guest that had the last word would say it again, to
    // nobody.
    if (c.finished() && !c.ackDue) {
      if (c.receive.isOurFinFirst()) {
        timeWait.add(c, now);
      }
      connections.close(c);
      return;
    }
    keepTime(c, now);
    connections.updateInterest(c);
  }

  private void acknowledgeIfDue(TcpConnection c, long now) {
    if (c.ackDue) {
      c.ackDue = false;
      output.acknowledge(c);
      if (c.ackDue) {
        waiting.add(c);
        yielded = true;
      }
    }
    delayed.update(c, now);
  }

  /** No data came to go with an acknowledgment. */
  private void onDelayedAcknowledgment(int index, long now) {
    if (connections.isLive(index) && connections.at(index).established()) {
      TcpConnection c = connections.at(index);
      c.conversation.interrupt();
      c.ackDue = true;
      acknowledgeIfDue(c, now);
    }
  }

  /** RFC 6298 section 5; and a closed window with data waiting is probed by the same timer. */
  private void keepTime(TcpConnection c, long now) {
    boolean progressed = c.retries.takeProgress();
    boolean blocked = (c.send.window() == 0 || c.sws.isHolding()) && c.stream.isReadable();
    if (c.send.isAllAcknowledged() && !blocked) {
      timers.cancel(c);
    } else if (progressed) {
      timers.restart(c, now);
    } else {
      timers.start(c, now);
    }
  }

  /** A connection's socket is ready. */
  @Override
  public void onReady(int index, int generation, int events, long now) {
    if (!connections.isCurrent(index, generation)) {
      return;
    }
    TcpConnection c = connections.at(index);
    if (c.phase == Phase.PAUSED) {
      return; // an event of the turn in which it was paused
    }
    c.liveness.onTraffic();
    if ((events & EpollFlag.ERR) != 0) {
      onError(c, now);
      return;
    }
    if (c.phase == Phase.CONNECTING) {
      opening.onConnected(c, now);
      return;
    }
    c.stream.onReady(events);
    if (!c.established()) {
      return;
    }
    if ((events & EpollFlag.OUT) != 0) {
      c.interest.useUp(EpollFlag.OUT);
      fromGuest.onWritable(c);
    }
    if ((events & EpollFlag.IN) != 0
        && (c.queued || c.sws.isHolding() || c.send.usableWindow() <= 0)) {
      c.interest.addIdle();
    }
    if (c.queued) {
      acknowledgeIfDue(c, now);
      connections.updateInterest(c);
    } else {
      proceed(c, now);
    }
  }

  private void onError(TcpConnection c, long now) {
    if (c.phase == Phase.CONNECTING) {
      opening.onConnected(c, now);
      return;
    }
    // What came before the peer's reset still reaches the guest before ours does.
    boolean failed = c.established() && toGuest.transmit(c, now) == TcpToGuest.Outcome.FAILED;
    if (failed || sockets.getsockopt(c.fd, SocketLevel.SOCKET, SocketOption.SO_ERROR) != 0) {
      connections.abort(c);
    }
  }

  /** A handler failed on this connection: it is given up, the rest goes on. */
  @Override
  public void onFailure(int index, int generation, long now) {
    if (connections.isCurrent(index, generation)) {
      connections.abort(connections.at(index));
    }
  }

  /** The link has room, or a guest: those who waited go on, in turn. */
  @Override
  public void onRoom(long now) {
    output.resetOwed();
    for (int left = waiting.size(); left > 0; left--) {
      TcpConnection c = waiting.take();
      if (c.established()) {
        proceed(c, now);
      }
    }
  }

  /**
   * Those whose share of the turn is used up go on in the next one, if the link has room. Others
   * wait for it to tell: what room it has may be less than they need, for as long as it takes.
   */
  private void onTurnEnd(long now) {
    if (yielded && sink.hasRoom()) {
      yielded = false;
      onRoom(now);
      if (yielded && sink.hasRoom()) {
        loop.again();
      }
    }
  }

  /** A connection's retransmission timer ran out. */
  void onTimer(int index, long now) {
    if (!connections.isLive(index)) {
      return;
    }
    TcpConnection c = connections.at(index);
    if (c.sws.isHolding() && c.send.isAllAcknowledged() && c.send.window() > 0) {
      c.sws.override();
      proceed(c, now);
      return;
    }
    boolean stalled = sink.isStalled();
    if (TcpTimers.isSpent(c) && !stalled) {
      connections.abort(c);
      return;
    }
    if (c.established() && TcpTimers.mayProbe(c)) {
      c.retries.probe();
      toGuest.retransmitFirst(c);
      timers.restart(c, now);
      return;
    }
    if (!stalled) {
      c.retries.add();
    }
    if (!c.established()) {
      opening.repeat(c);
      timers.restart(c, now);
      return;
    }
    timedOut(c);
    proceed(c, now);
  }

  private void timedOut(TcpConnection c) {
    c.retries.backOff();
    if (c.send.window() == 0) {
      toGuest.probe(c);
    } else {
      // The guest may have dropped what it told to have (RFC 2018 section 8).
      acknowledgments.forget(c);
      c.recovery.onTimeout();
      toGuest.goBack(c);
      c.sws.override();
    }
  }

  /** Each {@link #KEEP_ALIVE_INTERVAL}: asks guests that may have forgotten their connections. */
  public void onKeepAlive(long now) {
    output.resetOwed(); // of a link whose room was for others, nobody may have told
    liveness.onTick(now);
  }

  /**
   * Each {@link #INACTIVITY_INTERVAL}: connections without any traffic for all of it end, unless
   * both their ends turn out to be there.
   */
  public void onInactivityScan(long now) {
    liveness.onInactivityScan();
  }

  /** The guest says by ICMP that a segment didn't arrive. */
  @Override
  public void onError(GuestError error, long now) {
    TcpConnection c = guestErrors.take(error, now);
    if (c != null) {
      // Once in a turn, however many such messages it brings.
      waiting.add(c);
      yielded = true;
    }
  }

  /** The guest may have started anew: it has connected, or configures its interface. */
  public void onGuestStart() {
    liveness.guestMayBeNew();
  }
}
