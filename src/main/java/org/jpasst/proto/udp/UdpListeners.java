package org.jpasst.proto.udp;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jpasst.config.ForwardRule;
import org.jpasst.flow.FlowSide;
import org.jpasst.flow.Pif;
import org.jpasst.linux.ControlBuffer;
import org.jpasst.linux.Message;
import org.jpasst.linux.PacketInfo;
import org.jpasst.linux.SocketAddress;
import org.jpasst.linux.Sockets;
import org.jpasst.loop.EventLoop;
import org.jpasst.net.IpAddress;
import org.jpasst.proto.listen.NumberedListeners;
import org.jpasst.proto.listen.PortListeners;
import org.jpasst.proto.socket.WaitingSockets;
import org.jpasst.stats.Counter;
import org.jpasst.stats.Counters;

/** The sockets of the UDP forwarding rules, and which flow a datagram that comes by them is of. */
final class UdpListeners implements PortListeners {
  private final Sockets sockets;
  private final EventLoop loop;
  private final UdpFlows flows;
  private final WaitingSockets waiting;
  private final Counters counters;
  private final NumberedListeners<UdpListener> listeners = new NumberedListeners<>();
  private int mappings;
  private final FlowSide side = new FlowSide();

  UdpListeners(
      Sockets sockets, EventLoop loop, UdpFlows flows, WaitingSockets waiting, Counters counters) {
    this.sockets = sockets;
    this.loop = loop;
    this.flows = flows;
    this.waiting = waiting;
    this.counters = counters;
  }

  @Override
  public int add(int fd, ForwardRule rule, int port) {
    var listener = new UdpListener(sockets, loop, rule, port);
    int result = add(fd, listener);
    if (result >= 0) {
      closeMappings(port);
    }
    return result;
  }

  /** What is forwarded goes where the rule says, not to whom the guest's flows have the port. */
  private void closeMappings(int port) {
    if (mappings == 0) {
      return;
    }
    for (UdpListener each : listeners) {
      if (each.mapping != null && each.port() == port) {
        close(each);
      }
    }
  }

  /**
   * Takes over a socket for datagrams of others to a port that the guest sends from.
   *
   * @return its number, or the negated error number; then it is closed
   */
  int add(int fd, ForwardRule rule, UdpMapping mapping) {
    var listener = new UdpListener(sockets, loop, rule, rule.first());
    listener.mapping = mapping;
    int number = add(fd, listener);
    mappings += number < 0 ? 0 : 1;
    return number;
  }

  /**
   * Takes over a socket for what comes to a group.
   *
   * @return its number, or the negated error number; then it is closed
   */
  int addOfGroup(int fd, ForwardRule rule) {
    var listener = new UdpListener(sockets, loop, rule, rule.first());
    listener.ofGroup = true;
    return add(fd, listener);
  }

  private int add(int fd, UdpListener listener) {
    int index = listeners.next();
    int result = listener.socket().open(fd, index, 0);
    if (result < 0) {
      return result;
    }
    listeners.add(listener);
    return index;
  }

  @Override
  public void update(int number, ForwardRule rule) {
    listeners.get(number).forwardBy(rule);
  }

  @Override
  public void remove(int number) {
    UdpListener listener = listeners.get(number);
    close(listener);
    mappings -= listener.mapping == null ? 0 : 1;
    listeners.free(number);
  }

  @Override
  public boolean hasFlowsAt(int port) {
    return flows.hasOurPort(port);
  }

  /** Stops listening at one port, which has failed; its number stays taken. */
  void close(UdpListener listener) {
    if (listener.socket().isOpen()) {
      waiting.close(listener.socket());
    }
  }

  /** How many indices listeners have, open or not. */
  int size() {
    return listeners.size();
  }

  /** The listener of a rule at a port, or null if there is none. */
  UdpListener ofPort(int port) {
    for (UdpListener listener : listeners) {
      if (listener.isOfRule() && listener.socket().isOpen() && listener.port() == port) {
        return listener;
      }
    }
    return null;
  }

  /** The first open ports of rules that take datagrams of a family to whatever address. */
  List<UdpListener> forwarded(boolean ipv4, int most) {
    List<UdpListener> forwarded = new ArrayList<>();
    for (UdpListener each : listeners) {
      Optional<IpAddress> bind = each.rule().bind();
      if (forwarded.size() < most
          && each.isOfRule()
          && each.socket().isOpen()
          && (bind.isEmpty() || bind.get().isUnspecified() && bind.get().isIpv4() == ipv4)) {
        forwarded.add(each);
      }
    }
    return forwarded;
  }

  /** The listener of an index that an event or a socket carries. */
  UdpListener at(int index) {
    return listeners.get(index);
  }

  /**
   * The flow of a datagram that came by a listener's socket; opened if there is none.
   *
   * @param message as received, with the peer's name and the destination (IP_PKTINFO)
   * @return null where there can be none; that is counted
   */
  UdpFlow flowOf(UdpListener listener, Message message, long now) {
    ControlBuffer control = message.control();
    long at = PacketInfo.find6(control);
    if (at != ControlBuffer.NONE) {
      return flowOf(
          listener,
          message.name(),
          PacketInfo.destinationHi6(control.memory(), at),
          PacketInfo.destinationLo6(control.memory(), at),
          PacketInfo.interface6(control.memory(), at),
          now);
    }
    at = PacketInfo.find4(control);
    if (at != ControlBuffer.NONE) {
      return flowOf(
          listener,
          message.name(),
          0,
          PacketInfo.destination4(control.memory(), at),
          PacketInfo.interface4(control.memory(), at),
          now);
    }
    counters.increment(Counter.DROP_UDP_STRAY);
    return null;
  }

  /**
   * The flow of a datagram to a listener's port.
   *
   * @param peer its sender
   * @param hi first half of the destination
   * @param lo second half
   * @param interfaceIndex the interface it came by
   */
  UdpFlow flowOf(
      UdpListener listener, SocketAddress peer, long hi, long lo, int interfaceIndex, long now) {
    side.set(Pif.HOST, peer.hi(), peer.lo(), peer.port(), hi, lo, listener.port());
    UdpFlow flow = flows.find(side);
    if (flow != null) {
      return flow;
    }
    if (IpAddress.isMulticast(hi, lo) && flows.hearsGroup(hi, lo, listener.port())) {
      return null; // it comes by that socket
    }
    if (side.endpointPort() == 0
        || !IpAddress.isUnicast(side.endpointHi(), side.endpointLo())
        || !listener.socket().isOpen()
        || listener.mapping != null && !listener.mapping.takes(side)) {
      counters.increment(Counter.DROP_UDP_STRAY);
      return null;
    }
    return flows.openFromHost(side, listener, interfaceIndex, now);
  }
}
