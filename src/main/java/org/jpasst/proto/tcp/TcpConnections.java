package org.jpasst.proto.tcp;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import org.jpasst.flow.Flow;
import org.jpasst.flow.FlowSide;
import org.jpasst.flow.FlowTable;
import org.jpasst.flow.FlowType;
import org.jpasst.linux.EpollFlag;
import org.jpasst.linux.SocketAddress;
import org.jpasst.linux.Sockets;
import org.jpasst.loop.EventKeys;
import org.jpasst.loop.EventLoop;
import org.jpasst.net.MacLookup;

/**
 * All TCP connections: makes and ends them, owns their sockets, and keeps epoll's interest in line
 * with their state.
 */
final class TcpConnections {
  private static final int FLOW_LABEL_MASK = 0xf_ffff;

  private final Sockets sockets;
  private final FlowTable flows;
  private final EventLoop loop;
  private final EventKeys keys;
  private final TcpOutput output;
  private final BoundedPool<MemorySegment> pool;
  private final OutOfOrderPool outOfOrderPool;
  private final Acknowledgments acknowledgments;
  private final TcpTimers timers;
  private final OutboundSockets outbound;
  private final MacLookup macs;
  private final HalfOpenConnections halfOpen;

  private final SocketAddress address = new SocketAddress();

  private TcpConnection[] connections = new TcpConnection[0];
  private int attempts;

  TcpConnections(
      Sockets sockets,
      FlowTable flows,
      EventLoop loop,
      TcpOutput output,
      BoundedPool<MemorySegment> pool,
      OutOfOrderPool outOfOrderPool,
      Acknowledgments acknowledgments,
      TcpTimers timers,
      OutboundSockets outbound,
      MacLookup macs,
      HalfOpenConnections halfOpen) {
    this.sockets = sockets;
    this.flows = flows;
    this.loop = loop;
    keys = loop.keys(Tcp.EVENTS);
    this.output = output;
    this.pool = pool;
    this.outOfOrderPool = outOfOrderPool;
    this.acknowledgments = acknowledgments;
    this.timers = timers;
    this.outbound = outbound;
    this.macs = macs;
    this.halfOpen = halfOpen;
  }

  /** The connection of a flow of type TCP. */
  TcpConnection at(int index) {
    return connections[index];
  }

  /** One more than the highest index. */
  int capacity() {
    return connections.length;
  }

  /** Whether there is a live TCP connection at an index. */
  boolean isLive(int index) {
    return index < connections.length
        && connections[index] != null
        && connections[index].phase != TcpConnection.Phase.CLOSED;
  }

  /** How many the guest has opened without acknowledging yet that they are open. */
  int attempts() {
    return attempts;
  }

  /** The guest's handshake has begun, for which the connection counts as an attempt of its. */
  void beginAttempt(TcpConnection c) {
    c.attempt = true;
    attempts++;
  }

  /** The handshake is over, in whatever way. */
  void endAttempt(TcpConnection c) {
    if (c.attempt) {
      c.attempt = false;
      attempts--;
    }
    halfOpen.remove(c);
  }

  /** Makes the connection for a flow just allocated; the socket becomes its own. */
  TcpConnection open(Flow flow, int fd, TcpConnection.Phase phase) {
    int index = flow.index();
    if (index >= connections.length) {
      connections = Arrays.copyOf(connections, flows.capacity());
    }
    if (connections[index] == null) {
      connections[index] = new TcpConnection(flow);
    }
    TcpConnection c = connections[index];
    c.fd = fd;
    c.phase = phase;
    c.liveness.onTraffic();
    return c;
  }

  /**
   * Sets whom the guest sees at the other end.
   *
   * @param secret the flow's, see {@link FlowTable#secretOf}
   */
  void presentPeer(TcpConnection c, int secret) {
    FlowSide guest = c.flow.guest();
    c.peerMac = macs.macOf(guest.ourHi(), guest.ourLo());
    c.flowLabel = guest.isIpv4() ? 0 : secret & FLOW_LABEL_MASK;
  }

  /**
   * Starts watching the socket.
   *
   * @return 0, or the negated error number
   */
  int watch(TcpConnection c) {
    c.interest.change(interest(c));
    return loop.add(c.fd, c.interest.events(), key(c));
  }

  /** Tells epoll, if what there is to wait for has changed. */
  void updateInterest(TcpConnection c) {
    if (c.phase == TcpConnection.Phase.CLOSED) {
      return;
    }
    if (c.interest.change(interest(c))) {
      loop.modify(c.fd, c.interest.events(), key(c));
    }
  }

  /**
   * What to wait for, from the connection's state alone. Edge-triggered: bytes that were looked at
   * stay in the queue, and must not be reported for ever.
   */
  static int interest(TcpConnection c) {
    return switch (c.phase) {
      case CLOSED, PAUSED -> 0;
      case CONNECTING -> EpollFlag.OUT | EpollFlag.ET;
      case SYN_ACK_SENT, SYN_SENT -> EpollFlag.PRI | EpollFlag.RDHUP | EpollFlag.ET;
      case ESTABLISHED -> {
        boolean input = !c.stream.hasEnded() && c.interest.isInputWorthwhile();
        boolean output = c.window.wantsRoom() && !c.receive.isShutdown();
        yield EpollFlag.ET
            | (input ? EpollFlag.IN | EpollFlag.PRI | EpollFlag.RDHUP : 0)
            | (output ? EpollFlag.OUT : 0);
      }
    };
  }

  /** Both ends are done with it: closes the socket; what is in its send queue is still sent. */
  void close(TcpConnection c) {
    sockets.close(c.fd);
    forget(c);
  }

  /** Resets both the guest's connection and the peer's. */
  void abort(TcpConnection c) {
    output.reset(c);
    abortPeer(c);
  }

  /** Resets the peer's connection; the guest knows already. */
  void abortPeer(TcpConnection c) {
    outbound.reset(c.fd);
    forget(c);
  }

  private void forget(TcpConnection c) {
    timers.cancel(c);
    endAttempt(c);
    c.held.release(pool);
    outOfOrderPool.forget(c);
    acknowledgments.forget(c);
    c.reset();
    flows.free(c.flow.index());
  }

  private long key(TcpConnection c) {
    return keys.of(c.flow.generation(), c.flow.index());
  }

  /** Fills in our own address and port on the host: of what the guest opened, the kernel chose. */
  void learnOurSide(TcpConnection c) {
    if (sockets.getsockname(c.fd, address) >= 0) {
      c.flow.host().setOur(address.hi(), address.lo(), address.port());
    }
  }

  /** Whether an event belongs to a connection that is still there. */
  boolean isCurrent(int index, int generation) {
    return flows.isCurrent(index, generation)
        && flows.flow(index).type() == FlowType.TCP
        && isLive(index);
  }
}
