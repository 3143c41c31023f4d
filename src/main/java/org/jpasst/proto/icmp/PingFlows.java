package org.jpasst.proto.icmp;

import org.jpasst.flow.FlowSide;
import org.jpasst.flow.FlowType;
import org.jpasst.forward.AddressTranslation;
import org.jpasst.linux.Errno;
import org.jpasst.log.Log;
import org.jpasst.log.LogLevel;
import org.jpasst.proto.Environment;
import org.jpasst.proto.socket.DatagramFlows;
import org.jpasst.proto.socket.DatagramSockets;
import org.jpasst.proto.socket.FlowSocket;
import org.jpasst.proto.socket.WaitingSockets;
import org.jpasst.stats.Counter;
import org.jpasst.stats.Counters;
import org.jpasst.wire.IpProtocol;

/** All ping flows, each with a ping socket (icmp(7)): found, opened, and closed with time. */
final class PingFlows implements DatagramFlows.Protocol<PingFlow> {
  private static final String FORBIDDEN = "ping.forbidden";

  private final AddressTranslation translation;
  private final DatagramSockets datagramSockets;
  private final Counters counters;
  private final Log log;
  private final DatagramFlows<PingFlow> flows;
  private final FlowSide host = new FlowSide();

  PingFlows(Environment environment, DatagramSockets datagramSockets, WaitingSockets waiting) {
    translation = environment.translation();
    counters = environment.counters();
    log = environment.log();
    this.datagramSockets = datagramSockets;
    flows = new DatagramFlows<>(environment, Ping.EVENTS, waiting, this);
  }

  /** The list of them. */
  DatagramFlows<PingFlow> all() {
    return flows;
  }

  @Override
  public PingFlow make(FlowSocket common) {
    return new PingFlow(common);
  }

  @Override
  public void ends(PingFlow flow) {
    // Nobody else knows of it.
  }

  /** The flow that has this guest side, or null. */
  PingFlow find(FlowSide side) {
    return flows.find(typeOf(side), side);
  }

  private static FlowType typeOf(FlowSide side) {
    return side.isIpv4() ? FlowType.PING4 : FlowType.PING6;
  }

  /**
   * Opens a flow for an echo request.
   *
   * @param guestSide its guest side, with the identifier as both ports
   * @return null where it can't be opened; {@link DatagramFlows#lastErrno} tells why
   */
  PingFlow open(FlowSide guestSide, long now) {
    translation.outbound(guestSide, false, host);
    int protocol = IpProtocol.icmp(guestSide.isIpv4());
    int fd = datagramSockets.openOutbound(protocol, host, guestSide.endpointPort());
    if (fd < 0) {
      failed(fd);
      return flows.refused(fd);
    }
    return add(guestSide, host, fd, now);
  }

  /**
   * Enters a flow.
   *
   * @param fd its socket, which becomes the flow's, also where this fails
   * @return null where it can't be entered
   */
  PingFlow add(FlowSide guestSide, FlowSide hostSide, int fd, long now) {
    PingFlow flow = flows.add(typeOf(guestSide), guestSide, hostSide, fd, now);
    if (flow != null) {
      flow.begin();
      if (log.isDebug()) {
        log.debug("opened " + flow.flow());
      }
    }
    return flow;
  }

  @Override
  public void failed(int errno) {
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
  }
}
