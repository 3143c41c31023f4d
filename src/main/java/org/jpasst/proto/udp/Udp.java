package org.jpasst.proto.udp;

import org.jpasst.config.UdpFiltering;
import org.jpasst.flow.FlowState;
import org.jpasst.guest.FrameSink;
import org.jpasst.guest.RoomListener;
import org.jpasst.linux.Errno;
import org.jpasst.linux.Sockets;
import org.jpasst.log.Log;
import org.jpasst.log.LogLevel;
import org.jpasst.loop.EventHandler;
import org.jpasst.loop.EventKind;
import org.jpasst.loop.EventLoop;
import org.jpasst.loop.PeriodicTask;
import org.jpasst.proto.Environment;
import org.jpasst.proto.Packet;
import org.jpasst.proto.PacketHandler;
import org.jpasst.proto.TransportChecksums;
import org.jpasst.proto.groups.GroupListener;
import org.jpasst.proto.icmp.ErrorQueue;
import org.jpasst.proto.icmp.GuestError;
import org.jpasst.proto.icmp.GuestErrorHandler;
import org.jpasst.proto.icmp.IcmpErrorWriter;
import org.jpasst.proto.listen.PortListeners;
import org.jpasst.proto.socket.DatagramSockets;
import org.jpasst.proto.socket.FlowEvents;
import org.jpasst.proto.socket.WaitingSockets;
import org.jpasst.stats.Counters;

/**
 * UDP of one process: takes the guest's datagrams, the events of the host's sockets, and the news
 * that the guest's link has room. It registers itself for the loop's UDP events; the owner has
 * {@link #onTick} called once a second, and {@link FrameSink#flush} and {@link
 * org.jpasst.flow.FlowTable#reclaim} at the end of each turn.
 */
public final class Udp implements PacketHandler, GuestErrorHandler, RoomListener, PeriodicTask {
  /** A flow's socket is ready. */
  public static final EventKind FLOW_EVENTS = new EventKind("UDP flow socket");

  /** The socket of a forwarding rule is ready. */
  public static final EventKind LISTENER_EVENTS = new EventKind("listening UDP socket");

  private final UdpFlows flows;
  private final UdpListeners listeners;
  private final UdpFromGuest fromGuest;
  private final UdpToGuest toGuest;
  private final UdpErrors errors;
  private final UdpGuestErrors guestErrors;
  private final UdpMigration migration;
  private final UdpGroups groups;
  private final Log log;

  /**
   * Makes it, with nothing open.
   *
   * @param icmp tells the guest of failed datagrams
   * @param timeouts how long silent flows live
   */
  public Udp(Environment environment, IcmpErrorWriter icmp, UdpTimeouts timeouts) {
    Sockets sockets = environment.sockets();
    EventLoop loop = environment.loop();
    FrameSink sink = environment.sink();
    Counters counters = environment.counters();
    log = environment.log();
    var datagramSockets = new DatagramSockets(environment);
    var waiting = new WaitingSockets();
    errors = new UdpErrors(new ErrorQueue(sockets), icmp);
    flows = new UdpFlows(environment, datagramSockets, waiting, timeouts);
    listeners = new UdpListeners(sockets, loop, flows, waiting, counters);
    UdpFiltering filtering = environment.configuration().udpFiltering();
    if (filtering != UdpFiltering.ADDRESS_AND_PORT_DEPENDENT) {
      flows.take(new UdpMappings(filtering, datagramSockets, listeners));
    }
    groups = new UdpGroups(datagramSockets, flows, listeners, counters, log);
    flows.take(groups);
    fromGuest =
        new UdpFromGuest(
            sockets,
            datagramSockets,
            flows,
            errors,
            groups,
            environment.guest(),
            environment.translation(),
            counters,
            new TransportChecksums(counters, log));
    guestErrors = new UdpGuestErrors(flows, fromGuest, environment.linkMtu(), counters);
    toGuest =
        new UdpToGuest(
            sockets,
            sink,
            flows,
            listeners,
            errors,
            groups,
            new UdpFrameWriter(sink, environment.guest(), environment.linkMtu()),
            environment.translation(),
            environment.macs(),
            waiting,
            counters);
    migration =
        new UdpMigration(
            sockets,
            environment.flows(),
            datagramSockets,
            flows,
            listeners,
            toGuest,
            environment.translation());
    loop.handle(FLOW_EVENTS, new FlowEvents<>(flows.all(), new Reader()));
    loop.handle(LISTENER_EVENTS, new ListenerEvents());
  }

  /** The sockets of the forwarding rules. Flows that came by one that is closed live on. */
  public PortListeners listeners() {
    return listeners;
  }

  /** What moves the flows to another host. */
  public UdpMigration migration() {
    return migration;
  }

  /** What joins the groups that the guest is in. */
  public GroupListener groups() {
    return groups;
  }

  /** The host's network has changed. */
  public void reconfigure() {
    groups.rejoin();
  }

  /** How many flows there are. */
  public int flowCount() {
    return flows.all().size();
  }

  /** Whether a flow of UDP's has had an answer; only while it lives. */
  public FlowState state(int index) {
    return flows.all().at(index).isAnswered() ? FlowState.ANSWERED : FlowState.UNANSWERED;
  }

  /**
   * A datagram of the guest, whose header was read ({@link Packet#readUdp}). It is sent at the
   * latest in {@link #onBatchEnd}, until which the memory must not change hands.
   */
  @Override
  public void onPacket(Packet packet, long now) {
    fromGuest.onPacket(packet, now);
  }

  /** All frames of a batch were shown: sends what was collected. */
  @Override
  public void onBatchEnd(long now) {
    fromGuest.onBatchEnd();
  }

  /** The guest says by ICMP that a datagram didn't arrive. */
  @Override
  public void onError(GuestError error, long now) {
    guestErrors.take(error);
  }

  @Override
  public void onRoom(long now) {
    toGuest.resume(now);
  }

  /** Closes flows that have been silent for too long; to be called once a second. */
  @Override
  public void onTick(long now) {
    flows.all().expire(now);
    // Nobody may be left waiting because news of room was missed.
    toGuest.resume(now);
  }

  private final class Reader implements FlowEvents.Reader<UdpFlow> {
    @Override
    public int drainErrors(UdpFlow flow) {
      return errors.drain(flow, true);
    }

    @Override
    public void read(UdpFlow flow, long now) {
      toGuest.read(flow, now);
    }
  }

  private final class ListenerEvents implements EventHandler {
    @Override
    public void onReady(int index, int generation, int events, long now) {
      UdpListener listener = listeners.at(index);
      if (!listener.socket().isOpen()) {
        return;
      }
      int result = toGuest.read(listener, now);
      if (result < 0 && log.allows(LogLevel.WARNING, "udp.listener")) {
        log.limited(
            LogLevel.WARNING,
            "udp.listener",
            "error on UDP port " + listener.port() + ": " + Errno.name(result));
      }
    }

    @Override
    public void onFailure(int index, int generation, long now) {
      listeners.close(listeners.at(index));
    }
  }
}
