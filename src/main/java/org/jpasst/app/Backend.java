package org.jpasst.app;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import org.jpasst.bridge.Bridge;
import org.jpasst.config.CacheMode;
import org.jpasst.config.CacheSettings;
import org.jpasst.config.CaptureFormat;
import org.jpasst.config.CaptureRing;
import org.jpasst.config.Configuration;
import org.jpasst.config.LateFrameSettings;
import org.jpasst.config.MetricsPlace;
import org.jpasst.control.ControlSocket;
import org.jpasst.control.Controlled;
import org.jpasst.control.metrics.Metrics;
import org.jpasst.control.metrics.MetricsSocket;
import org.jpasst.control.pesto.ConfigurationSocket;
import org.jpasst.flow.SipHash;
import org.jpasst.guest.FrameReceiver;
import org.jpasst.guest.FrameSink;
import org.jpasst.guest.GuestLink;
import org.jpasst.guest.LinkCapabilities;
import org.jpasst.guest.LinkContext;
import org.jpasst.guest.MigrationMeans;
import org.jpasst.guest.TrafficKind;
import org.jpasst.guest.cache.CachePolicy;
import org.jpasst.guest.cache.PacketCache;
import org.jpasst.guest.capture.CaptureFile;
import org.jpasst.guest.capture.CaptureSwitch;
import org.jpasst.guest.capture.PcapFile;
import org.jpasst.guest.capture.PcapNgFile;
import org.jpasst.guest.vlan.VlanReceiver;
import org.jpasst.guest.vlan.VlanSink;
import org.jpasst.late.LateFrames;
import org.jpasst.late.LateReceiver;
import org.jpasst.late.LateSender;
import org.jpasst.linux.DescriptorTable;
import org.jpasst.linux.LinuxSockets;
import org.jpasst.linux.Sockets;
import org.jpasst.log.Log;
import org.jpasst.loop.EventLoop;
import org.jpasst.migrate.BridgedGuest;
import org.jpasst.migrate.GuestState;
import org.jpasst.migrate.Preparation;
import org.jpasst.proto.DescriptorReserve;
import org.jpasst.proto.listen.ForwardFailure;
import org.jpasst.proto.udp.UdpTimeouts;
import org.jpasst.rehearsal.Rehearsal;
import org.jpasst.rehearsal.WarmUp;
import org.jpasst.stack.NetStack;
import org.jpasst.stack.StackContext;
import org.jpasst.stats.Counters;

/** One back-end: a guest's link and what stands in front of it, the stack, and who may look in. */
final class Backend implements AutoCloseable {
  private final Configuration configuration;
  private final Counters counters;
  private final Log log;
  private final Sockets sockets = new LinuxSockets();
  private final EventLoop loop;
  private final GuestLink link;

  /** Absent where nothing is to be recorded or traced, and nobody can ask for it. */
  private final Optional<CaptureSwitch> capture;

  /** The link, or what stands in front of it to record and to tag. */
  private final FrameSink frames;

  private final PacketCache cache;

  /** Has nothing to do where the guest is bridged, so operators see that there are no flows. */
  private final NetStack stack;

  /** Where the guest's frames go as they are, if they do. */
  private final Optional<GuestLink> uplink;

  /** Takes them there. */
  private final Optional<Bridge> bridge;

  private Optional<NeighbourWatch> neighbourWatch = Optional.empty();
  private Optional<MigrationEntrance> migration = Optional.empty();
  private Optional<ConfigurationSocket> configurationSocket = Optional.empty();
  private Optional<ControlSocket> control = Optional.empty();
  private Optional<MetricsSocket> metrics = Optional.empty();

  /** Wires the parts; nothing is open yet but the loop's own descriptors. */
  Backend(
      Configuration configuration,
      LinkFactory kind,
      Optional<Uplink> opened,
      Counters counters,
      Log log)
      throws IOException {
    this.configuration = configuration;
    this.counters = counters;
    this.log = log;
    loop = new EventLoop(System::nanoTime, counters, log);
    var context = new LinkContext(loop, sockets, counters, log);
    link = kind.make(context, opened.map(Uplink::capabilities).orElse(LinkCapabilities.ALL));
    uplink = opened.isPresent() ? Optional.of(opened.get().link(context)) : Optional.empty();
    capture = capture();
    frames = tagging(capture.map(CaptureSwitch::sink).orElse(link.sink()));
    cache = cache();
    stack =
        new NetStack(
            new StackContext(
                configuration,
                sockets,
                loop,
                this::sink,
                SipHash.random(),
                new DescriptorReserve(DescriptorTable.limit(), log),
                UdpTimeouts.ofHost(),
                counters,
                log));
    link.onRoom(cache);
    bridge = uplink.map(this::bridgeTo);
    FrameReceiver receiver = bridge.map(Bridge::receiver).orElseGet(this::translate);
    capture.ifPresentOrElse(each -> each.deliverTo(receiver), () -> link.deliverTo(receiver));
    loop.onTurnEnd(link);
    capture.ifPresent(loop::onTurnEnd);
    loop.onTurnEnd(stack);
  }

  /** A capture shows frames as they are on the link, with their tags. */
  private FrameSink tagging(FrameSink sink) {
    OptionalInt vlan = configuration.link().vlan();
    return vlan.isPresent() ? new VlanSink(sink, vlan.getAsInt()) : sink;
  }

  private FrameReceiver untagging(FrameReceiver receiver) {
    OptionalInt vlan = configuration.link().vlan();
    return vlan.isPresent() ? new VlanReceiver(receiver, vlan.getAsInt(), counters) : receiver;
  }

  private FrameReceiver translate() {
    link.onRoom(stack);
    stack.keepTime();
    return untagging(stack.receiver());
  }

  private Bridge bridgeTo(GuestLink network) {
    var between =
        new Bridge(link, sink(TrafficKind.BRIDGED), network, this::isGuestAbsent, loop, counters);
    loop.onTurnEnd(between);
    loop.onTurnEnd(network);
    return between;
  }

  /** One whose state is here already is about to come; and one that left may have frames yet. */
  private boolean isGuestAbsent() {
    return !cache.isHeld() && (!link.isAttached() || link.awaitsGuest() && cache.isEmpty());
  }

  /** Goes on without a capture that can't be written, as passt does; a warning tells. */
  private Optional<CaptureSwitch> capture() {
    Optional<Path> path = configuration.link().capture();
    if (path.isEmpty() && configuration.process().control().isEmpty() && !log.isTrace()) {
      return Optional.empty();
    }
    var switched = new CaptureSwitch(link, counters, log);
    try {
      if (path.isPresent()) {
        switched.start(captureFile(path.get()));
      }
    } catch (IOException e) {
      warnOfCapture(e);
    }
    return Optional.of(switched);
  }

  private CaptureFile captureFile(Path path) throws IOException {
    Optional<CaptureRing> ring = configuration.link().ring();
    return switch (CaptureFormat.of(path)) {
      case PCAP -> PcapFile.at(path, loop::now, log);
      case PCAPNG ->
          PcapNgFile.at(
              ring.map(each -> each.paths(path)).orElse(List.of(path)),
              ring.map(CaptureRing::bytesPerFile).orElse(Long.MAX_VALUE),
              loop::now,
              log);
    };
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
    Set<TrafficKind> cacheable = CachePolicy.cacheable(uplink.isPresent());
    CachePolicy policy =
        switch (settings.mode()) {
          case AUTO -> CachePolicy.askBackend(cacheable, link, this::migrationMeans);
          case ON -> CachePolicy.always(cacheable);
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

  /**
   * Starts listening for the forwarding rules.
   *
   * @throws LaunchException naming all that couldn't be listened at
   */
  void listen() throws LaunchException {
    Optional<ForwardFailure> failure = stack.forwards().replace(configuration.forwards());
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
              ConfigurationSocket.open(
                  path.get(), configuration, stack.forwards(), sockets, loop, log));
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
                configuration, sockets, loop, stack.neighbours(), stack::announce, log));
  }

  /**
   * Goes on with what the host's network has become. The guest's flows stay as they are.
   *
   * @param next differs from the configuration so far in the families, names and services only
   */
  void reconfigure(Configuration next) {
    neighbourWatch.ifPresent(watch -> watch.reconfigure(next));
    stack.reconfigure(next);
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
            state(),
            stack.translation()::linkLocalScope,
            sockets,
            loop,
            uplink.isPresent()
                ? Preparation.NONE
                : new Rehearsal(configuration, DescriptorTable.limit(), log),
            log);
    migration = Optional.of(entrance);
    admitOperators(entrance);
    serveMetrics(entrance);
  }

  private LateFrames lateFrames() throws LaunchException {
    LateFrameSettings settings = configuration.migration().late();
    try {
      return new LateFrames(
          settings.to().map(to -> new LateSender(to, cache, link, sockets, loop, counters, log)),
          settings.from().isPresent()
              ? Optional.of(
                  LateReceiver.open(
                      settings.from().get(), cache, link, sockets, loop, counters, log))
              : Optional.empty());
    } catch (IOException e) {
      throw new LaunchException(e.getMessage());
    }
  }

  /** Somebody is connected who may bring a guest. */
  void guestComes() {
    migration.ifPresent(each -> each.migration().welcome());
  }

  /** Whoever was connected is gone. */
  void guestIsGone() {
    migration.ifPresent(MigrationEntrance::guestIsGone);
  }

  private GuestState state() throws LaunchException {
    GuestState state = stack.state(link, cache);
    if (bridge.isEmpty()) {
      return state;
    }
    var bridged = new BridgedGuest(bridge.get().addresses(), lateFrames(), bridge.get()::takeIn);
    return state.ofBridged(bridged, bridge.get()::guestArrived);
  }

  /** Has the packet path compiled while the guest boots, if that is wanted. */
  void warmUp() {
    if (configuration.process().warmUp() && uplink.isEmpty()) {
      new WarmUp(counters, DescriptorTable.limit(), log).begin();
    }
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
            parts(entrance),
            stack.forwards(),
            capture.orElseThrow(),
            log);
    try {
      control = Optional.of(ControlSocket.open(path.get(), sockets, run));
    } catch (IOException e) {
      throw new LaunchException(e.getMessage());
    }
  }

  private void serveMetrics(MigrationEntrance entrance) throws LaunchException {
    Optional<MetricsPlace> place = configuration.process().metrics();
    if (place.isEmpty()) {
      return;
    }
    var numbers = new Metrics(parts(entrance));
    try {
      metrics = Optional.of(MetricsSocket.open(place.get(), numbers, sockets, loop, log));
    } catch (IOException e) {
      throw new LaunchException(e.getMessage());
    }
  }

  private Metrics.Sources parts(MigrationEntrance entrance) {
    return new Metrics.Sources(
        stack.flows(),
        stack.tcp(),
        stack.udp(),
        stack.ping(),
        counters,
        cache,
        entrance.migration(),
        loop);
  }

  /** Ends the run, as soon as nobody waits for a state of this one's; by any thread. */
  void end() {
    migration.ifPresentOrElse(MigrationEntrance::end, loop::stop);
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
    uplink.ifPresent(GuestLink::close);
    stack.close();
    neighbourWatch.ifPresent(NeighbourWatch::close);
    if (control.isPresent()) {
      control.get().close();
    }
    if (metrics.isPresent()) {
      metrics.get().close();
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
