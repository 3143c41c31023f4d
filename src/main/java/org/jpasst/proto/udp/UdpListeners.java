package org.jpasst.proto.udp;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.jpasst.config.ForwardRule;
import org.jpasst.flow.FlowSide;
import org.jpasst.flow.Pif;
import org.jpasst.linux.ControlBuffer;
import org.jpasst.linux.Errno;
import org.jpasst.linux.Message;
import org.jpasst.linux.PacketInfo;
import org.jpasst.linux.SocketAddress;
import org.jpasst.linux.Sockets;
import org.jpasst.loop.EventLoop;
import org.jpasst.net.IpAddress;
import org.jpasst.proto.socket.ListeningSockets;
import org.jpasst.proto.socket.RuleSockets;
import org.jpasst.proto.socket.WaitingSockets;
import org.jpasst.stats.Counter;
import org.jpasst.stats.Counters;

/** The sockets of the UDP forwarding rules, and which flow a datagram that comes by them is of. */
final class UdpListeners {
  private final Sockets sockets;
  private final EventLoop loop;
  private final ListeningSockets listeningSockets;
  private final UdpFlows flows;
  private final WaitingSockets waiting;
  private final Counters counters;
  private final List<UdpListener> listeners = new ArrayList<>();
  private final FlowSide side = new FlowSide();

  UdpListeners(
      Sockets sockets,
      EventLoop loop,
      ListeningSockets listeningSockets,
      UdpFlows flows,
      WaitingSockets waiting,
      Counters counters) {
    this.sockets = sockets;
    this.loop = loop;
    this.listeningSockets = listeningSockets;
    this.flows = flows;
    this.waiting = waiting;
    this.counters = counters;
  }

  /** Listens for a rule; one line that tells what failed, where it couldn't be satisfied. */
  Optional<String> open(ForwardRule rule) {
    RuleSockets opened = listeningSockets.openAll(rule);
    int[] descriptors = opened.descriptors();
    for (int i = 0; i < descriptors.length && opened.failure().isEmpty(); i++) {
      if (descriptors[i] >= 0) {
        int result = watch(new UdpListener(sockets, loop, rule, rule.first() + i), descriptors[i]);
        if (result < 0) {
          Arrays.stream(descriptors, i + 1, descriptors.length)
              .filter(fd -> fd >= 0)
              .forEach(sockets::close);
          close(rule);
          return Optional.of("cannot watch UDP port: " + Errno.name(result));
        }
      }
    }
    return opened.failure();
  }

  private int watch(UdpListener listener, int fd) {
    int index = 0;
    while (index < listeners.size() && listeners.get(index).socket().isOpen()) {
      index++;
    }
    int result = listener.socket().open(fd, index, 0);
    if (result == 0 && index == listeners.size()) {
      listeners.add(listener);
    } else if (result == 0) {
      listeners.set(index, listener);
    }
    return result;
  }

  /** Stops listening for a rule; its flows live on. */
  void close(ForwardRule rule) {
    for (UdpListener listener : listeners) {
      if (listener.socket().isOpen() && listener.rule().equals(rule)) {
        waiting.close(listener.socket());
      }
    }
  }

  /** Stops listening at one port, which has failed. */
  void close(UdpListener listener) {
    waiting.close(listener.socket());
  }

  /** How many indices listeners have, open or not. */
  int size() {
    return listeners.size();
  }

  /** The listener of a port, or null if there is none. */
  UdpListener ofPort(int port) {
    for (UdpListener listener : listeners) {
      if (listener.socket().isOpen() && listener.port() == port) {
        return listener;
      }
    }
    return null;
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
    if (side.endpointPort() == 0
        || !IpAddress.isUnicast(side.endpointHi(), side.endpointLo())
        || !listener.socket().isOpen()) {
      counters.increment(Counter.DROP_UDP_STRAY);
      return null;
    }
    return flows.openFromHost(side, listener, interfaceIndex, now);
  }
}
