package org.jpasst.stack;

import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.random.RandomGenerator;
import org.jpasst.config.Configuration;
import org.jpasst.flow.FlowTable;
import org.jpasst.forward.AddressTranslation;
import org.jpasst.forward.GuestAddresses;
import org.jpasst.forward.Neighbours;
import org.jpasst.guest.FrameReceiver;
import org.jpasst.guest.FrameSink;
import org.jpasst.guest.GuestLink;
import org.jpasst.guest.RoomListener;
import org.jpasst.guest.TrafficKind;
import org.jpasst.guest.cache.PacketCache;
import org.jpasst.loop.EventLoop;
import org.jpasst.loop.TurnListener;
import org.jpasst.migrate.GuestState;
import org.jpasst.proto.AnswerLimit;
import org.jpasst.proto.Environment;
import org.jpasst.proto.groups.Groups;
import org.jpasst.proto.icmp.IcmpErrorWriter;
import org.jpasst.proto.icmp.PacketErrors;
import org.jpasst.proto.icmp.Ping;
import org.jpasst.proto.listen.ForwardTable;
import org.jpasst.proto.listen.ListeningSockets;
import org.jpasst.proto.ndp.Withdrawn;
import org.jpasst.proto.tcp.Tcp;
import org.jpasst.proto.tcp.TcpListeners;
import org.jpasst.proto.udp.Udp;
import org.jpasst.router.Protocols;
import org.jpasst.router.Router;
import org.jpasst.router.Services;

/**
 * Everything between a guest's link and the host's sockets, wired together: who the guest is, the
 * flow table, the protocols, what answers the guest itself, and the router in front of them.
 *
 * <p>Whoever has the link shows its frames to {@link #receiver}, and has the stack told of room and
 * of each turn's end, behind the link.
 */
public final class NetStack implements RoomListener, TurnListener, AutoCloseable {
  private static final long TICK = TimeUnit.SECONDS.toNanos(1);

  private final EventLoop loop;
  private final FrameSink sink;
  private final FlowTable flows;
  private final GuestAddresses guest;
  private final AddressTranslation translation;
  private final Neighbours neighbours;
  private final Tcp tcp;
  private final TcpListeners tcpListeners;
  private final Udp udp;
  private final Ping ping;
  private final Groups groups;
  private final ForwardTable forwards;
  private final ServiceWiring wiring;
  private final Services services;
  private final RouterAdvertisements advertisements;
  private final Router router;
  private Configuration configuration;
  private Withdrawn withdrawn = Withdrawn.NONE;

  /** Wires the parts; nothing is open yet, and nothing happens by itself. */
  public NetStack(StackContext context) {
    loop = context.loop();
    configuration = context.configuration();
    sink = context.sinks().apply(TrafficKind.OTHER);
    flows = new FlowTable(context.hash());
    guest = new GuestAddresses(configuration);
    translation = new AddressTranslation(configuration, guest);
    neighbours = new Neighbours(configuration);
    Environment environment = environment(context);
    AnswerLimit errors = AnswerLimit.ofErrors(loop::now, context.counters());
    var icmp = new IcmpErrorWriter(sink, guest, translation, neighbours, errors);
    FrameSink tcpSink = context.sinks().apply(TrafficKind.TCP);
    tcp = new Tcp(environment.withSink(tcpSink), icmp);
    tcpListeners = new TcpListeners(context.sockets(), loop, tcpSink, tcp, context.log());
    FrameSink udpSink = context.sinks().apply(TrafficKind.UDP);
    udp = new Udp(environment.withSink(udpSink), icmp, context.udpTimeouts());
    groups = new Groups(environment, udp.groups());
    ping = new Ping(environment.withSink(context.sinks().apply(TrafficKind.ECHO)), icmp);
    forwards =
        new ForwardTable(
            new ListeningSockets(
                context.sockets(), context.descriptors(), configuration, translation),
            tcpListeners,
            udp.listeners());
    wiring = new ServiceWiring(guest, neighbours, context.counters());
    services = new Services(wiring.responders(configuration, withdrawn), context.counters());
    advertisements = new RouterAdvertisements(loop, services, sink, RandomGenerator.getDefault());
    router =
        new Router(
            guest,
            flows,
            services,
            Protocols.of(configuration, tcp, udp, ping, groups, context.counters()),
            translation,
            new PacketErrors(sink, guest, translation, neighbours),
            sink,
            context.counters(),
            context.log());
  }

  private Environment environment(StackContext context) {
    return new Environment(
        context.sockets(),
        loop,
        configuration,
        flows,
        context.descriptors(),
        translation,
        guest,
        neighbours,
        sink,
        context.counters(),
        context.log());
  }

  /** Has the loop do what is due from time to time; without this, whoever has the clock does. */
  public void keepTime() {
    loop.every(
        TICK,
        now -> {
          udp.onTick(now);
          ping.onTick(now);
          groups.onTick(now);
          router.onTick(now);
          tcpListeners.resume();
          tcpListeners.onTick(now);
        });
    loop.every(Tcp.KEEP_ALIVE_INTERVAL, tcp::onKeepAlive);
    loop.every(Tcp.INACTIVITY_INTERVAL, tcp::onInactivityScan);
    advertisements.start();
  }

  /** Who takes the guest's frames. */
  public FrameReceiver receiver() {
    return router;
  }

  @Override
  public void onRoom(long now) {
    tcp.onRoom(now);
    tcpListeners.resume();
    udp.onRoom(now);
    ping.onRoom(now);
  }

  @Override
  public void onTurnEnd(long now) {
    flows.reclaim();
    if (guest.questions().areThere()) {
      services.ask(guest.questions(), sink);
    }
  }

  /**
   * Goes on with what the host's network has become. The guest's flows stay as they are.
   *
   * @param next differs from the configuration so far in the families, names and services only
   */
  public void reconfigure(Configuration next) {
    withdrawn = withdrawn.after(configuration, next);
    configuration = next;
    guest.reconfigure(next);
    translation.reconfigure(next);
    neighbours.reconfigure(next);
    udp.reconfigure();
    services.replace(wiring.responders(next, withdrawn), sink);
    sink.flush();
    advertisements.changed(loop.now());
  }

  /** Tells the guest that a neighbour of the host has an Ethernet address of its own. */
  public void announce(long hi, long lo, long mac) {
    services.announce(sink, hi, lo, mac);
  }

  /** What moves to another host, together with frames that the guest hasn't been given yet. */
  public GuestState state(GuestLink link, PacketCache cache) {
    return new GuestState(
        link,
        guest,
        flows,
        tcp.migration(),
        tcpListeners,
        udp.migration(),
        ping.migration(),
        cache,
        groups::guestArrived,
        Optional.empty());
  }

  /** All flows. */
  public FlowTable flows() {
    return flows;
  }

  /** Who the guest is. */
  public GuestAddresses guest() {
    return guest;
  }

  /** How addresses are translated. */
  public AddressTranslation translation() {
    return translation;
  }

  /** The host's neighbours. */
  public Neighbours neighbours() {
    return neighbours;
  }

  /** The guest's connections. */
  public Tcp tcp() {
    return tcp;
  }

  /** The guest's datagrams. */
  public Udp udp() {
    return udp;
  }

  /** The guest's echo requests. */
  public Ping ping() {
    return ping;
  }

  /** The groups that the guest is in. */
  public Groups groups() {
    return groups;
  }

  /** The TCP ports that are listened at. */
  public TcpListeners tcpListeners() {
    return tcpListeners;
  }

  /** The forwarding rules in force. */
  public ForwardTable forwards() {
    return forwards;
  }

  /** Closes the TCP ports that are listened at; flows live on. */
  @Override
  public void close() {
    tcpListeners.close();
  }
}
