package org.jpasst.fuzz;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.jpasst.config.Configuration;
import org.jpasst.flow.FlowTable;
import org.jpasst.flow.SipHash;
import org.jpasst.forward.AddressTranslation;
import org.jpasst.forward.GuestAddresses;
import org.jpasst.forward.Neighbours;
import org.jpasst.guest.GuestLink;
import org.jpasst.guest.LinkContext;
import org.jpasst.linux.LinuxSockets;
import org.jpasst.linux.Sockets;
import org.jpasst.log.Log;
import org.jpasst.log.LogLevel;
import org.jpasst.loop.EventLoop;
import org.jpasst.proto.DescriptorReserve;
import org.jpasst.proto.Environment;
import org.jpasst.proto.arp.ArpResponder;
import org.jpasst.proto.dhcp.DhcpResponder;
import org.jpasst.proto.dhcp6.Dhcpv6Responder;
import org.jpasst.proto.icmp.IcmpErrorWriter;
import org.jpasst.proto.icmp.Ping;
import org.jpasst.proto.ndp.NdpResponder;
import org.jpasst.proto.ndp.Withdrawn;
import org.jpasst.proto.socket.LoopbackHost;
import org.jpasst.proto.tcp.Tcp;
import org.jpasst.proto.tcp.TcpListeners;
import org.jpasst.proto.udp.Udp;
import org.jpasst.proto.udp.UdpTimeouts;
import org.jpasst.router.Protocols;
import org.jpasst.router.Responders;
import org.jpasst.router.Router;
import org.jpasst.router.Services;
import org.jpasst.stats.Counter;
import org.jpasst.stats.Counters;

/**
 * All parts of a back-end between a guest's link and the sockets of the loopback interface, wired
 * as the program does it, with a clock that is moved by hand.
 */
final class NetStack implements AutoCloseable {
  private static final int MOST_MESSAGES = 50;
  private static final int MOST_TURNS = 10_000;

  final Sockets sockets = new LinuxSockets();
  final Counters counters = new Counters();
  final FlowTable flows = new FlowTable(new SipHash(1, 2));
  final Configuration configuration = LoopbackHost.configuration();
  final EventLoop loop;
  final GuestLink link;
  final Tcp tcp;
  final Udp udp;
  final Ping ping;
  final TcpListeners listeners;
  final AddressTranslation translation;
  final Log log;
  private final List<String> messages = new ArrayList<>();
  final GuestAddresses guest = new GuestAddresses(configuration);
  private final Neighbours neighbours = new Neighbours(configuration);
  private long clock = TimeUnit.SECONDS.toNanos(1000);

  /**
   * Wires them.
   *
   * @param maker makes the link
   */
  NetStack(Function<LinkContext, GuestLink> maker) throws IOException {
    // With traces of failures, which say where to look.
    log = new Log(LogLevel.DEBUG, () -> clock);
    log.addSink((level, time, text) -> remember(text));
    loop = new EventLoop(() -> clock, counters, log);
    link = maker.apply(new LinkContext(loop, sockets, counters, log));
    translation = new AddressTranslation(configuration, guest);
    var environment =
        new Environment(
            sockets,
            loop,
            configuration,
            flows,
            DescriptorReserve.none(),
            translation,
            guest,
            neighbours,
            link.sink(),
            counters,
            log);
    var icmp = new IcmpErrorWriter(link.sink(), guest, translation, neighbours);
    tcp = new Tcp(environment, icmp);
    listeners = new TcpListeners(sockets, loop, link.sink(), tcp, log);
    udp = new Udp(environment, icmp, UdpTimeouts.DEFAULT);
    ping = new Ping(environment, icmp);
    Protocols protocols = Protocols.of(configuration, tcp, udp, ping, counters);
    var services = new Services(responders(), counters);
    link.deliverTo(new Router(guest, flows, services, protocols, link.sink(), counters, log));
    link.onRoom(
        now -> {
          tcp.onRoom(now);
          listeners.resume();
          udp.onRoom(now);
          ping.onRoom(now);
        });
    loop.every(
        TimeUnit.SECONDS.toNanos(1),
        now -> {
          udp.onTick(now);
          ping.onTick(now);
        });
    loop.every(Tcp.KEEP_ALIVE_INTERVAL, tcp::onKeepAlive);
    loop.every(Tcp.INACTIVITY_INTERVAL, tcp::onInactivityScan);
    loop.onTurnEnd(link);
    loop.onTurnEnd(now -> flows.reclaim());
  }

  private Responders responders() {
    var ipv4 = configuration.ipv4().orElseThrow();
    var ipv6 = configuration.ipv6().orElseThrow();
    return new Responders(
        Optional.of(
            new ArpResponder(ipv4, configuration.ourMac(), neighbours, guest::isGuests, counters)),
        Optional.of(
            new NdpResponder(
                configuration, ipv6, Withdrawn.NONE, neighbours, guest::isGuests, counters)),
        ipv4.ourAddress()
            .map(ours -> new DhcpResponder(configuration, ipv4, ours, guest::leasedIpv4, counters)),
        ipv6.assigned()
            .map(
                assigned ->
                    new Dhcpv6Responder(
                        configuration, ipv6, assigned, guest::leasedIpv6, counters)));
  }

  private void remember(String message) {
    if (messages.size() == MOST_MESSAGES) {
      messages.removeFirst();
    }
    messages.add(message);
  }

  /** One turn, and a look at whether all went well in it. */
  int turn() {
    int events = loop.turn(0);
    if (counters.value(Counter.LOOP_FAILURES) != 0) {
      throw new AssertionError("an exception reached the loop: " + String.join("\n", messages));
    }
    return events;
  }

  /** Turns until nothing is ready any more. */
  void settle() {
    int idle = 0;
    for (int i = 0; idle < 2; i++) {
      idle = turn() == 0 ? idle + 1 : 0;
      if (i == MOST_TURNS) {
        throw new AssertionError("the loop doesn't come to rest");
      }
    }
  }

  long now() {
    return clock;
  }

  /** Lets time pass. */
  void advance(long time, TimeUnit unit) {
    clock += unit.toNanos(time);
  }

  /** What was said last. */
  List<String> messages() {
    return messages;
  }

  @Override
  public void close() {
    tcp.migration().forget(tcp.migration().pause());
    link.close();
    loop.close();
  }
}
