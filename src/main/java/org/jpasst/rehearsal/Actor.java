package org.jpasst.rehearsal;

import java.io.IOException;
import java.util.List;
import java.util.Optional;
import org.jpasst.config.Configuration;
import org.jpasst.config.ForwardRule;
import org.jpasst.config.Ipv4Settings;
import org.jpasst.config.Ipv6Settings;
import org.jpasst.config.Outbound;
import org.jpasst.config.RequestedConfiguration;
import org.jpasst.config.Translation;
import org.jpasst.guest.stream.StreamLink;
import org.jpasst.log.Log;
import org.jpasst.loop.EventLoop;
import org.jpasst.net.IpAddress;
import org.jpasst.net.MacAddress;
import org.jpasst.proto.tcp.TcpMigration;
import org.jpasst.stack.NetStack;
import org.jpasst.stats.Counter;
import org.jpasst.stats.Counters;

/** A back-end's loop, stream link and stack, made once more, between sockets that lead nowhere. */
final class Actor implements AutoCloseable {
  /** Ethernet's, which guests of other links have; so there are many frames. */
  private static final int MTU = 1500;

  private static final int PREFIX = 24;

  private final PairedSockets sockets;
  private final Counters counters = new Counters();
  private final EventLoop loop;
  private final StreamLink link;
  private final NetStack stack;

  /**
   * Makes one.
   *
   * @param guest4 its guest's addresses
   * @param mac its own Ethernet address
   * @param port forwarded to the guest, if any is
   * @throws IOException if the process is out of descriptors
   */
  Actor(
      PairedSockets sockets,
      IpAddress guest4,
      IpAddress guest6,
      MacAddress mac,
      Optional<Integer> port)
      throws IOException {
    this.sockets = sockets;
    Log log = Log.none();
    loop = new EventLoop(System::nanoTime, counters, log);
    link = new StreamLink(loop, sockets.real(), counters, log);
    stack =
        RehearsedStack.make(
            configuration(guest4, guest6, mac), sockets, loop, link.sink(), counters);
    link.deliverTo(stack.receiver());
    link.onRoom(stack);
    loop.onTurnEnd(link);
    loop.onTurnEnd(stack);
    port.ifPresent(each -> stack.forwards().replace(List.of(rule(each))));
  }

  private static ForwardRule rule(int port) {
    return new ForwardRule(
        ForwardRule.Protocol.TCP,
        Optional.of(IpAddress.ANY4),
        Optional.empty(),
        port,
        port,
        port,
        Optional.empty(),
        false);
  }

  private static Configuration configuration(IpAddress guest4, IpAddress guest6, MacAddress mac) {
    var asked = new RequestedConfiguration.Builder();
    asked.mtu = MTU;
    asked.ourMac = mac;
    RequestedConfiguration request = asked.build();
    var ipv4 =
        new Ipv4Settings(
            guest4,
            PREFIX,
            Optional.empty(),
            Optional.empty(),
            List.of(),
            Translation.NONE,
            Outbound.UNBOUND);
    var ipv6 =
        new Ipv6Settings(
            Optional.of(guest6),
            Optional.empty(),
            Play.LINK_LOCAL,
            Optional.empty(),
            List.of(),
            Translation.NONE,
            Outbound.UNBOUND);
    return new Configuration(
        request, Optional.of(ipv4), Optional.of(ipv6), List.of(), request.services(), List.of());
  }

  /** Takes what is at the other end of a descriptor for its guest; the descriptor is its own. */
  void attach(int fd) {
    link.attach(fd);
  }

  /** One turn of its loop. */
  void turn() {
    loop.turn(0);
  }

  /** How many connections its flows are; flows of ping stay for a minute. */
  int openConnections() {
    return stack.flows().size() - stack.ping().flowCount();
  }

  /** How many frames have come from its guest. */
  long framesFromGuest() {
    return counters.value(Counter.FRAMES_FROM_GUEST);
  }

  /** The peers' ends of its sockets. */
  OtherEnds ends() {
    return sockets.ends();
  }

  @Override
  public void close() {
    TcpMigration tcp = stack.tcp().migration();
    tcp.forget(tcp.pause());
    stack.ping().migration().forget();
    loop.turn(0);
    stack.close();
    link.close();
    loop.close();
    sockets.ends().close();
  }
}
