package org.jpasst.proto.udp;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jpasst.config.ForwardRule;
import org.jpasst.flow.FlowSide;
import org.jpasst.linux.Errno;
import org.jpasst.log.Log;
import org.jpasst.log.LogLevel;
import org.jpasst.net.IpAddress;
import org.jpasst.proto.Packet;
import org.jpasst.proto.groups.GroupListener;
import org.jpasst.proto.socket.DatagramSockets;
import org.jpasst.stats.Counter;
import org.jpasst.stats.Counters;
import org.jpasst.wire.UdpHeader;

/**
 * The sockets by which the host hears the groups that the guest is in, one for each group and port.
 * Who joins doesn't tell the ports, and a socket has one: they are those that the group is known
 * for, those that the guest sends to, and the first that are forwarded.
 *
 * <p>A socket is bound to the group's address, so that it takes nothing that is for others, and
 * shares the port with programs of the host that allow that, as all do that are for groups.
 */
final class UdpGroups implements GroupListener {
  /** Sockets there can be: as many as groups, most of which have one port. */
  static final int MOST = 64;

  /** Ports that one group can have. */
  static final int MOST_OF_GROUP = 8;

  /** Of them, ports that nothing but a forwarding rule speaks for. */
  static final int MOST_FORWARDED = 4;

  private final DatagramSockets datagramSockets;
  private final UdpFlows flows;
  private final UdpListeners listeners;
  private final Counters counters;
  private final Log log;
  private final Set<IpAddress> joined = new HashSet<>();
  private final List<GroupSocket> sockets = new ArrayList<>();
  private final List<GroupSocket> aside = new ArrayList<>();
  private final OwnDatagrams own = new OwnDatagrams();

  /**
   * One of the sockets.
   *
   * @param number its listener's
   */
  private record GroupSocket(IpAddress group, int port, int targetPort, int number) {}

  UdpGroups(
      DatagramSockets datagramSockets,
      UdpFlows flows,
      UdpListeners listeners,
      Counters counters,
      Log log) {
    this.datagramSockets = datagramSockets;
    this.flows = flows;
    this.listeners = listeners;
    this.counters = counters;
    this.log = log;
  }

  @Override
  public void joined(long hi, long lo) {
    var group = new IpAddress(hi, lo);
    joined.add(group);
    portsOf(group).forEach(port -> open(group, port, port));
    listeners
        .forwarded(group.isIpv4(), MOST_FORWARDED)
        .forEach(each -> open(group, each.port(), each.targetPort()));
  }

  private Set<Integer> portsOf(IpAddress group) {
    Set<Integer> ports = new LinkedHashSet<>(GroupPorts.of(group));
    for (int i = 0; i < flows.all().size(); i++) {
      FlowSide guest = flows.all().live(i).flow().guest();
      if (guest.ourLo() == group.lo() && guest.ourHi() == group.hi()) {
        ports.add(guest.ourPort());
      }
    }
    return ports;
  }

  @Override
  public void left(long hi, long lo) {
    var group = new IpAddress(hi, lo);
    joined.remove(group);
    close(sockets.stream().filter(each -> each.group().equals(group)).toList());
  }

  /** The guest begins to send to a port of a group. */
  void sendsTo(long hi, long lo, int port) {
    var group = new IpAddress(hi, lo);
    if (joined.contains(group)) {
      open(group, port, port);
    }
  }

  private void open(IpAddress group, int port, int targetPort) {
    long ofGroup = sockets.stream().filter(each -> each.group().equals(group)).count();
    if (hear(group.hi(), group.lo(), port) || ofGroup == MOST_OF_GROUP) {
      return;
    }
    int number = -Errno.ENOBUFS;
    if (sockets.size() < MOST) {
      int fd = datagramSockets.openForGroup(group, port);
      number = fd < 0 ? fd : listeners.addOfGroup(fd, rule(group, port, targetPort));
    }
    if (number >= 0) {
      sockets.add(new GroupSocket(group, port, targetPort, number));
      return;
    }
    counters.increment(Counter.DROP_GROUP_SOCKET);
    if (log.allows(LogLevel.WARNING, "udp.group")) {
      log.limited(
          LogLevel.WARNING,
          "udp.group",
          "the guest isn't heard in group " + group + ", port " + port + ": " + Errno.name(number));
    }
  }

  /** Whether there is a socket for what comes to a port of a group. */
  boolean hear(long hi, long lo, int port) {
    for (int i = 0; i < sockets.size(); i++) {
      GroupSocket each = sockets.get(i);
      if (each.port() == port && each.group().lo() == lo && each.group().hi() == hi) {
        return true;
      }
    }
    return false;
  }

  /** Whether any group has a socket at a port. */
  boolean havePort(int port) {
    return sockets.stream().anyMatch(each -> each.port() == port);
  }

  private static ForwardRule rule(IpAddress group, int port, int targetPort) {
    return new ForwardRule(
        ForwardRule.Protocol.UDP,
        Optional.of(group),
        Optional.empty(),
        port,
        port,
        targetPort,
        Optional.of(group),
        false);
  }

  /**
   * Closes all sockets at a port, so that a flow's socket finds out whether another program has it.
   * Nothing else is to be done before {@link #reopen}.
   */
  void standAside(int port) {
    for (GroupSocket each : sockets) {
      if (each.port() == port) {
        aside.add(each);
      }
    }
    close(aside);
  }

  /** Opens again what {@link #standAside} has closed. */
  void reopen() {
    for (GroupSocket each : aside) {
      open(each.group(), each.port(), each.targetPort());
    }
    aside.clear();
  }

  private void close(List<GroupSocket> some) {
    some.forEach(each -> listeners.remove(each.number()));
    sockets.removeAll(some);
  }

  /** The host's network has changed: the groups are joined where they are now. */
  void rejoin() {
    close(List.copyOf(sockets));
    List.copyOf(joined).forEach(group -> joined(group.hi(), group.lo()));
  }

  /**
   * The guest sends a packet to a group, which it may join before the packet goes out at the end of
   * the batch.
   */
  void sawFromGuest(UdpFlow flow, Packet packet, long now) {
    FlowSide guest = flow.flow().guest();
    int from = flow.flow().host().ourPort();
    int left = packet.lengthInHead() - UdpHeader.LENGTH;
    int segment = packet.frame().datagramSize();
    int size = segment == 0 ? left : segment;
    long at = packet.at() + UdpHeader.LENGTH;
    do {
      int length = Math.min(size, left);
      long mark =
          OwnDatagrams.mark(guest.ourLo(), from, guest.ourPort(), packet.memory(), at, length);
      own.add(mark, now);
      at += length;
      left -= length;
    } while (left > 0);
  }

  /** Whether a datagram that came to a group is one that the guest has sent itself. */
  boolean isOwn(UdpListener listener, int from, MemorySegment s, long at, int length, long now) {
    int to = listener.port();
    return own.take(OwnDatagrams.mark(listener.target().lo(), from, to, s, at, length), now);
  }
}
