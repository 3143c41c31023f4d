package org.jpasst.app;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.random.RandomGenerator;
import org.jpasst.config.CacheMode;
import org.jpasst.config.CacheSettings;
import org.jpasst.config.Configuration;
import org.jpasst.control.ControlSocket;
import org.jpasst.control.Controlled;
import org.jpasst.control.pesto.ConfigurationSocket;
import org.jpasst.flow.FlowTable;
import org.jpasst.flow.SipHash;
import org.jpasst.forward.AddressTranslation;
import org.jpasst.forward.GuestAddresses;
import org.jpasst.forward.Neighbours;
import org.jpasst.guest.FrameReceiver;
import org.jpasst.guest.FrameSink;
import org.jpasst.guest.GuestLink;
import org.jpasst.guest.LinkContext;
import org.jpasst.guest.MigrationMeans;
import org.jpasst.guest.TrafficKind;
import org.jpasst.guest.cache.CachePolicy;
import org.jpasst.guest.cache.PacketCache;
import org.jpasst.guest.capture.CaptureSwitch;
import org.jpasst.guest.capture.PcapFile;
import org.jpasst.linux.LinuxSockets;
import org.jpasst.linux.Sockets;
import org.jpasst.log.Log;
import org.jpasst.loop.EventLoop;
import org.jpasst.migrate.GuestState;
import org.jpasst.proto.DescriptorReserve;
import org.jpasst.proto.Environment;
import org.jpasst.proto.icmp.IcmpErrorWriter;
import org.jpasst.proto.icmp.Ping;
import org.jpasst.proto.listen.ForwardFailure;
import org.jpasst.proto.listen.ForwardTable;
import org.jpasst.proto.listen.ListeningSockets;
import org.jpasst.proto.ndp.Withdrawn;
import org.jpasst.proto.tcp.Tcp;
import org.jpasst.proto.tcp.TcpListeners;
import org.jpasst.proto.udp.Udp;
import org.jpasst.proto.udp.UdpTimeouts;
import org.jpasst.rehearsal.Rehearsal;
import org.jpasst.router.Protocols;
import org.jpasst.router.Router;
import org.jpasst.router.Services;
import org.jpasst.stats.Counters;

/** All parts of one back-end, wired together: everything between the guest's link and the host. */
final class Backend implements AutoCloseable {
  private static final long TICK = TimeUnit.SECONDS.toNanos(1);

  private Configuration configuration;
  private final Counters counters;
  private final Log log;
  private final Sockets sockets = new LinuxSockets();
  private final EventLoop loop;
  private final FlowTable flows = new FlowTable(SipHash.random());
  private final GuestAddresses guest;
  private final AddressTranslation translation;
  private final Neighbours neighbours;
  private final ServiceWiring wiring;

  private final GuestLink link;

  /** Absent where nothing is to be recorded or traced, and nobody can ask for it. */
  private final Optional<CaptureSwitch> capture;

  /** The link, or what stands in front of it to record. */
  private final FrameSink frames;

  private final PacketCache cache;

  /** Where frames of our own for the guest go. */
  private final FrameSink sink;

  private final Tcp tcp;
  private final TcpListeners tcpListeners;
  private final Udp udp;
  private final ForwardTable forwards;
  private final Ping ping;
  private final Services services;
  private final RouterAdvertisements advertisements;
  private Withdrawn withdrawn = Withdrawn.NONE;
  private Optional<NeighbourWatch> neighbourWatch = Optional.empty();
  private Optional<MigrationEntrance> migration = Optional.empty();
  private Optional<ConfigurationSocket> configurationSocket = Optional.empty();
  private Optional<ControlSocket> control = Optional.empty();

  /** Wires the parts; nothing is open yet but the loop's own descriptors. */
  Backend(Configuration configuration, LinkFactory kind, Counters counters, Log log)
      throws IOException {
    this.configuration = configuration;
    this.counters = counters;
    this.log = log;
    loop = new EventLoop(System::nanoTime, counters, log);
    link = kind.make(new LinkContext(loop, sockets, counters, log));
    capture = capture();
    frames = capture.map(CaptureSwitch::sink).orElse(link.sink());
    cache = cache();
    sink = sink(TrafficKind.OTHER);
    guest = new GuestAddresses(configuration);
    translation = new AddressTranslation(configuration, guest);
    neighbours = new Neighbours(configuration);
    wiring = new ServiceWiring(guest, neighbours, counters);
    var descriptors = new DescriptorReserve(HostState.descriptors(), log);
    var environment =
        new Environment(
            sockets,
            loop,
            configuration,
            flows,
            descriptors,
            translation,
            guest,
            neighbours,
            sink,
            counters,
            log);
    var icmp = new IcmpErrorWriter(sink, guest, environment.translation(), neighbours);
    FrameSink tcpSink = sink(TrafficKind.TCP);
    tcp = new Tcp(environment.withSink(tcpSink), icmp);
    tcpListeners = new TcpListeners(sockets, loop, tcpSink, tcp, log);
    udp = new Udp(environment.withSink(sink(TrafficKind.UDP)), icmp, UdpTimeouts.ofHost());
    forwards =
        new ForwardTable(
            new ListeningSockets(sockets, configuration, translation),
            descriptors,
            tcpListeners,
            udp.listeners());
    ping = new Ping(environment.withSink(sink(TrafficKind.ECHO)), icmp);
    services = new Services(wiring.responders(configuration, withdrawn), counters);
    FrameReceiver router = router();
    capture.ifPresentOrElse(each -> each.deliverTo(router), () -> link.deliverTo(router));
    link.onRoom(cache);
    link.onRoom(this::onRoom);
    advertisements = new RouterAdvertisements(loop, services, sink, RandomGenerator.getDefault());
    keepTime();
    loop.onTurnEnd(link);
    capture.ifPresent(loop::onTurnEnd);
    loop.onTurnEnd(now -> flows.reclaim());
  }

  /** Goes on without a capture that can't be written, as passt does; a warning tells. */
  private Optional<CaptureSwitch> capture() {
    Optional<Path> path = configuration.link().capture();
    if (path.isEmpty() && configuration.process().control().isEmpty() && !log.isTrace()) {
      return Optional.empty();
    }
    var switched = new CaptureSwitch(link, log);
    try {
      if (path.isPresent()) {
        switched.start(PcapFile.at(path.get(), loop::now, log));
      }
    } catch (IOException e) {
      warnOfCapture(e);
    }
    return Optional.of(switched);
  }

  private void warnOfCapture(IOException e) {
    Path path = configuration.link().capture().orElseThrow();
    log.warn("cannot capture to " + path + ": " + IoReason.of(e));
  }

  /** Nothing can keep the run from serving any more: a capture's file is written from now on. */
  void beginCapture() {
    try {
      if (capture.isPresent()) {
        capture.get().begin();
      }
    } catch (IOException e) {
      warnOfCapture(e);
    }
  }

  private PacketCache cache() {
    CacheSettings settings = configuration.migration().cache();
    CachePolicy policy =
        switch (settings.mode()) {
          case AUTO -> CachePolicy.askBackend(link, this::migrationMeans);
          case ON -> CachePolicy.always();
          case OFF -> CachePolicy.never();
        };
    int limit = settings.mode() == CacheMode.OFF ? 0 : settings.size();
    return new PacketCache(link, frames, policy, limit, loop::now, counters);
  }

  /** Where the cache is off nothing stands in front of the link for its sake. */
  private FrameSink sink(TrafficKind kind) {
    boolean off = configuration.migration().cache().mode() == CacheMode.OFF;
    return off ? frames : cache.sink(kind);
  }

  private MigrationMeans migrationMeans() {
    return migration.map(MigrationEntrance::means).orElse(new MigrationMeans(false, false, false));
  }

  private FrameReceiver router() {
    Protocols protocols = Protocols.of(configuration, tcp, udp, ping, counters);
    return new Router(guest, flows, services, protocols, sink, counters, log);
  }

  private void onRoom(long now) {
    tcp.onRoom(now);
    tcpListeners.resume();
    udp.onRoom(now);
    ping.onRoom(now);
  }

  private void keepTime() {
    loop.every(
        TICK,
        now -> {
          udp.onTick(now);
          ping.onTick(now);
          tcpListeners.resume();
        });
    loop.every(Tcp.KEEP_ALIVE_INTERVAL, tcp::onKeepAlive);
    loop.every(Tcp.INACTIVITY_INTERVAL, tcp::onInactivityScan);
  }

  /**
   * Starts listening for the forwarding rules.
   *
   * @throws LaunchException naming all that couldn't be listened at
   */
  void listen() throws LaunchException {
    Optional<ForwardFailure> failure = forwards.replace(configuration.forwards());
    if (failure.isPresent()) {
      throw new LaunchException(failure.get().text());
    }
  }

  /**
   * Lets pesto(1) change the forwarding rules, if that is wanted.
   *
   * @throws LaunchException if the socket can't be listened at
   */
  void admitConfiguration() throws LaunchException {
    Optional<Path> path = configuration.process().configuration();
    if (path.isEmpty()) {
      return;
    }
    try {
      configurationSocket =
          Optional.of(
              ConfigurationSocket.open(path.get(), configuration, forwards, sockets, loop, log));
    } catch (IOException e) {
      throw new LaunchException(e.getMessage());
    }
  }

  /**
   * Starts following the host's neighbours.
   *
   * @throws IOException if the kernel refuses
   */
  void watchNeighbours() throws IOException {
    neighbourWatch =
        Optional.of(
            new NeighbourWatch(
                configuration,
                sockets,
                loop,
                neighbours,
                (hi, lo, mac) -> services.announce(sink, hi, lo, mac),
                log));
  }

  /**
   * Goes on with what the host's network has become. The guest's flows stay as they are.
   *
   * @param next differs from the configuration so far in the families, names and services only
   */
  void reconfigure(Configuration next) {
    withdrawn = withdrawn.after(configuration, next);
    configuration = next;
    guest.reconfigure(next);
    translation.reconfigure(next);
    neighbours.reconfigure(next);
    neighbourWatch.ifPresent(watch -> watch.reconfigure(next));
    services.replace(wiring.responders(next, withdrawn), sink);
    sink.flush();
    advertisements.changed(loop.now());
  }

  /**
   * Makes ready to move the guest's state.
   *
   * @param guestSocket where the guest connects, if it does so at a path
   * @throws LaunchException if that can't be done as asked
   */
  void admitMigration(Optional<Path> guestSocket) throws LaunchException {
    var entrance =
        new MigrationEntrance(
            configuration,
            guestSocket,
            new GuestState(
                link,
                guest,
                tcp.migration(),
                tcpListeners,
                udp.migration(),
                ping.migration(),
                cache),
            translation::linkLocalScope,
            sockets,
            loop,
            new Rehearsal(configuration, HostState.descriptors(), log),
            log);
    migration = Optional.of(entrance);
    admitOperators(entrance);
  }

  /**
   * Goes on with a guest's state that was saved elsewhere, if that is wanted.
   *
   * @throws LaunchException if it can't be read
   */
  void restore() throws LaunchException {
    if (migration.isPresent()) {
      if (migration.get().hasChannel()) {
        log.info("packet cache: " + cache.describe());
      }
      migration.get().restore();
    }
  }

  private void admitOperators(MigrationEntrance entrance) throws LaunchException {
    Optional<Path> path = configuration.process().control();
    if (path.isEmpty()) {
      return;
    }
    var run =
        new Controlled(
            configuration,
            HostState.ephemeralPorts(),
            entrance.migration(),
            flows,
            tcp,
            udp,
            ping,
            counters,
            forwards,
            capture.orElseThrow(),
            loop,
            log);
    try {
      control = Optional.of(ControlSocket.open(path.get(), sockets, run));
    } catch (IOException e) {
      throw new LaunchException(e.getMessage());
    }
  }

  EventLoop loop() {
    return loop;
  }

  GuestLink link() {
    return link;
  }

  Sockets sockets() {
    return sockets;
  }

  /** Closes the guest's connection, the listening sockets and the loop. */
  @Override
  public void close() throws IOException {
    link.close();
    tcpListeners.close();
    neighbourWatch.ifPresent(NeighbourWatch::close);
    if (control.isPresent()) {
      control.get().close();
    }
    if (migration.isPresent()) {
      migration.get().close();
    }
    if (configurationSocket.isPresent()) {
      configurationSocket.get().close();
    }
    if (capture.isPresent()) {
      capture.get().close();
    }
    loop.close();
  }
}
