package org.jpasst.proto.icmp;

import java.util.Arrays;
import org.jpasst.flow.Flow;
import org.jpasst.flow.FlowSide;
import org.jpasst.flow.FlowTable;
import org.jpasst.flow.FlowType;
import org.jpasst.forward.AddressTranslation;
import org.jpasst.linux.Errno;
import org.jpasst.linux.IpProtocol;
import org.jpasst.linux.Sockets;
import org.jpasst.log.Log;
import org.jpasst.log.LogLevel;
import org.jpasst.loop.EventLoop;
import org.jpasst.proto.Environment;
import org.jpasst.proto.socket.DatagramSockets;
import org.jpasst.proto.socket.WaitingSockets;
import org.jpasst.stats.Counter;
import org.jpasst.stats.Counters;

/** All ping flows, each with a ping socket (icmp(7)): found, opened, and closed with time. */
final class PingFlows {
  private static final String FORBIDDEN = "ping.forbidden";

  private final Environment environment;
  private final Sockets sockets;
  private final EventLoop loop;
  private final FlowTable table;
  private final AddressTranslation translation;
  private final DatagramSockets datagramSockets;
  private final WaitingSockets waiting;
  private final Counters counters;
  private final Log log;
  private final FlowSide host = new FlowSide();
  private PingFlow[] byIndex = new PingFlow[0];
  private PingFlow[] live = new PingFlow[16];
  private int liveCount;
  private int lastErrno;

  PingFlows(Environment environment, WaitingSockets waiting) {
    this.environment = environment;
    sockets = environment.sockets();
    loop = environment.loop();
    table = environment.flows();
    translation = environment.translation();
    counters = environment.counters();
    log = environment.log();
    datagramSockets =
        new DatagramSockets(
            sockets, environment.configuration(), environment.descriptors(), translation);
    this.waiting = waiting;
  }

  /** How many flows live. */
  int size() {
    return liveCount;
  }

  /** One of them, by a number below {@link #size}. */
  PingFlow live(int number) {
    return live[number];
  }

  /** The flow of an event, or null if it is gone. */
  PingFlow current(int index, int generation) {
    return table.isCurrent(index, generation) && isPing(table.flow(index)) ? byIndex[index] : null;
  }

  private static boolean isPing(Flow flow) {
    return flow.type() == FlowType.PING4 || flow.type() == FlowType.PING6;
  }

  /** The flow whose socket this index is of; only while it lives. */
  PingFlow at(int index) {
    return byIndex[index];
  }

  /** The flow that has this guest side, or null. */
  PingFlow find(FlowSide side) {
    int index = table.lookup(typeOf(side), side);
    return index == FlowTable.NONE ? null : byIndex[index];
  }

  private static FlowType typeOf(FlowSide side) {
    return side.isIpv4() ? FlowType.PING4 : FlowType.PING6;
  }

  /**
   * Opens a flow for an echo request.
   *
   * @param guestSide its guest side, with the identifier as both ports
   * @return null where it can't be opened; {@link #lastErrno} tells why
   */
  PingFlow open(FlowSide guestSide, long now) {
    translation.outbound(guestSide, false, host);
    int protocol = guestSide.isIpv4() ? IpProtocol.ICMP : IpProtocol.ICMPV6;
    int fd = datagramSockets.openOutbound(protocol, host, guestSide.endpointPort());
    return fd < 0 ? failed(fd) : add(guestSide, host, fd, now);
  }

  /**
   * Enters a flow.
   *
   * @param fd its socket, which becomes the flow's, also where this fails
   * @return null where it can't be entered
   */
  PingFlow add(FlowSide guestSide, FlowSide hostSide, int fd, long now) {
    int index = table.allocate(typeOf(guestSide), now);
    if (index == FlowTable.NONE) {
      sockets.close(fd);
      environment.refuseForFullTable();
      lastErrno = -Errno.ENOBUFS;
      return null;
    }
    Flow entry = table.flow(index);
    PingFlow flow = slot(index);
    int result = flow.socket().open(fd, index, entry.generation());
    if (result < 0) {
      table.free(index);
      return failed(result);
    }
    entry.initiating().set(guestSide);
    entry.target().set(hostSide);
    table.insertInitiating(index);
    flow.begin(entry);
    flow.position = liveCount;
    if (liveCount == live.length) {
      live = Arrays.copyOf(live, liveCount * 2);
    }
    live[liveCount++] = flow;
    if (log.isDebug()) {
      log.debug("opened " + entry);
    }
    return flow;
  }

  private PingFlow failed(int errno) {
    lastErrno = errno;
    counters.increment(Counter.DROP_NO_SOCKET);
    boolean forbidden = errno == -Errno.EACCES || errno == -Errno.EPERM;
    if (forbidden && log.allows(LogLevel.WARNING, FORBIDDEN)) {
      log.limited(
          LogLevel.WARNING,
          FORBIDDEN,
          "cannot open a ping socket, so the guest cannot ping: "
              + Errno.name(errno)
              + "; net.ipv4.ping_group_range has to include one of our groups"
              + " (sysctl -w net.ipv4.ping_group_range=\"0 2147483647\" allows all)");
    }
    return null;
  }

  /** Why the last flow couldn't be opened: a negated error number. */
  int lastErrno() {
    return lastErrno;
  }

  private PingFlow slot(int index) {
    if (index >= byIndex.length) {
      byIndex = Arrays.copyOf(byIndex, table.capacity());
    }
    if (byIndex[index] == null) {
      byIndex[index] = new PingFlow(sockets, loop);
    }
    return byIndex[index];
  }

  /** Closes the flows without a recent request. */
  void expire(long now) {
    for (int i = liveCount - 1; i >= 0; i--) {
      if (live[i].isStale(now)) {
        close(live[i]);
      }
    }
  }

  /** Closes a flow's socket and forgets the flow. */
  void close(PingFlow flow) {
    if (log.isDebug()) {
      log.debug("closed " + flow.flow());
    }
    waiting.close(flow.socket());
    table.free(flow.flow().index());
    PingFlow last = live[--liveCount];
    live[flow.position] = last;
    last.position = flow.position;
    live[liveCount] = null;
  }
}
