package org.jpasst.proto.udp;

import java.util.Optional;
import org.jpasst.flow.FlowSide;
import org.jpasst.flow.FlowTable;
import org.jpasst.flow.FlowType;
import org.jpasst.forward.AddressTranslation;
import org.jpasst.linux.Errno;
import org.jpasst.linux.IpProtocol;
import org.jpasst.linux.Sockets;
import org.jpasst.log.Log;
import org.jpasst.log.LogLevel;
import org.jpasst.net.IpAddress;
import org.jpasst.proto.Environment;
import org.jpasst.proto.socket.DatagramFlows;
import org.jpasst.proto.socket.DatagramSockets;
import org.jpasst.proto.socket.FlowSocket;
import org.jpasst.proto.socket.WaitingSockets;
import org.jpasst.stats.Counter;
import org.jpasst.stats.Counters;

/**
 * All UDP flows: found by either side, opened, and closed when they have been silent for too long.
 * A flow's entry in the table and its socket come and go together.
 */
final class UdpFlows implements DatagramFlows.Protocol<UdpFlow> {
  /** Highest port tried where another peer is presented to the guest with the same address. */
  private static final int LAST_PORT = 65535;

  private static final int FIRST_DYNAMIC_PORT = 49152; // RFC 6335 section 6
  private static final int PORT_ATTEMPTS = 64;

  /**
   * Of the flows and descriptors there can be, strangers have a quarter: senders of datagrams to
   * forwarded ports that the guest hasn't answered. Anyone can pretend to be many of them.
   */
  private static final int STRANGERS_SHARE = 4;

  private final Sockets sockets;
  private final FlowTable table;
  private final AddressTranslation translation;
  private final DatagramSockets datagramSockets;
  private final UdpTimeouts timeouts;
  private final DatagramFlows<UdpFlow> flows;
  private final Counters counters;
  private final Log log;
  private final RefusedDestinations refused = new RefusedDestinations();
  private final StrangerFlows strangers;
  private Optional<UdpMappings> mappings = Optional.empty();
  private UdpGroups groups;
  private final FlowSide host = new FlowSide();
  private final FlowSide guest = new FlowSide();
  private int nextPort = FIRST_DYNAMIC_PORT;

  UdpFlows(
      Environment environment,
      DatagramSockets datagramSockets,
      WaitingSockets waiting,
      UdpTimeouts timeouts) {
    sockets = environment.sockets();
    table = environment.flows();
    translation = environment.translation();
    counters = environment.counters();
    log = environment.log();
    this.datagramSockets = datagramSockets;
    flows = new DatagramFlows<>(environment, Udp.FLOW_EVENTS, waiting, this);
    this.timeouts = timeouts;
    int share = environment.descriptors().share(STRANGERS_SHARE);
    strangers = new StrangerFlows(Math.min(share, FlowTable.LIMIT / STRANGERS_SHARE));
  }

  /** Has the ports that the guest sends from take datagrams of others. */
  void take(UdpMappings others) {
    mappings = Optional.of(others);
  }

  /** Tells these what groups the guest sends to. */
  void take(UdpGroups others) {
    groups = others;
  }

  /** The list of them. */
  DatagramFlows<UdpFlow> all() {
    return flows;
  }

  @Override
  public UdpFlow make(FlowSocket common) {
    return new UdpFlow(common, timeouts);
  }

  @Override
  public void ends(UdpFlow flow) {
    strangers.remove(flow);
    if (flow.mapping != null) {
      flow.mapping.leave(flow);
    }
  }

  /** Whether any of them, or of the groups, has a port of the host. */
  boolean hasOurPort(int port) {
    if (groups.havePort(port)) {
      return true;
    }
    for (int i = 0; i < flows.size(); i++) {
      if (flows.live(i).flow().host().ourPort() == port) {
        return true;
      }
    }
    return false;
  }

  /** Whether what comes to a port of a group has a socket of its own. */
  boolean hearsGroup(long hi, long lo, int port) {
    return groups.hear(hi, lo, port);
  }

  /** The flow that has this side, on the guest's link or on the host, or null. */
  UdpFlow find(FlowSide side) {
    return flows.find(FlowType.UDP, side);
  }

  /** Whether the guest may begin another one now; else its datagram is left out. */
  boolean admits() {
    return table.pace().admits();
  }

  /**
   * Opens a flow for a datagram of the guest.
   *
   * @param guestSide its guest side
   * @return null where it can't be opened; {@link DatagramFlows#lastErrno} tells why
   */
  UdpFlow openFromGuest(FlowSide guestSide, long now) {
    int known = refused.errno(guestSide.ourHi(), guestSide.ourLo(), now);
    if (known != RefusedDestinations.NONE) {
      return refused(known);
    }
    int fd = -Errno.EADDRINUSE;
    if (isForMany(guestSide.ourHi(), guestSide.ourLo())) {
      fd = openForMany(guestSide);
    }
    boolean connected = fd < 0;
    if (connected) {
      fd = openConnected(guestSide);
    }
    if (fd < 0 && !isOutOfMeans(fd)) {
      refused.add(guestSide.ourHi(), guestSide.ourLo(), fd, now);
    }
    if (fd < 0) {
      return refused(fd);
    }
    UdpFlow flow = add(guestSide, host, true, null, fd, connected, now);
    if (flow != null && IpAddress.isMulticast(guestSide.ourHi(), guestSide.ourLo())) {
      groups.sendsTo(guestSide.ourHi(), guestSide.ourLo(), guestSide.ourPort());
    }
    return flow;
  }

  private int openForMany(FlowSide guestSide) {
    int port = guestSide.endpointPort();
    groups.standAside(port);
    translation.outbound(guestSide, true, host);
    int fd = datagramSockets.openUnconnected(host, port);
    groups.reopen();
    return fd;
  }

  private boolean isForMany(long hi, long lo) {
    return !IpAddress.isUnicast(hi, lo) || translation.isBroadcast(hi, lo);
  }

  /**
   * The guest's source port is kept, unless another address of the guest's talks from the same port
   * to the same endpoint: then the host couldn't tell whose the answers are.
   */
  private int openConnected(FlowSide guestSide) {
    translation.outbound(guestSide, true, host);
    int fd = datagramSockets.openOutbound(IpProtocol.UDP, host, guestSide.endpointPort());
    if (fd >= 0 && table.lookup(FlowType.UDP, host) != FlowTable.NONE) {
      sockets.close(fd);
      translation.outbound(guestSide, true, host);
      fd = datagramSockets.openOutbound(IpProtocol.UDP, host, 0);
    }
    return fd;
  }

  /**
   * Opens a flow for a peer's datagram to a listener.
   *
   * @param hostSide its host side
   * @param scope index of the interface it came by
   * @return null where it can't be opened; that is counted
   */
  UdpFlow openFromHost(FlowSide hostSide, UdpListener listener, int scope, long now) {
    IpAddress target = listener.target();
    if (!translation.inbound(hostSide, target.hi(), target.lo(), listener.targetPort(), guest)
        || !isPresentable(hostSide, listener)) {
      counters.increment(Counter.DROP_UDP_UNREACHABLE);
      return null;
    }
    int fd = datagramSockets.openInbound(hostSide, listener.rule().interfaceName(), scope);
    return fd < 0 ? refused(fd) : add(hostSide, guest, false, listener, fd, true, now);
  }

  /**
   * Who has the address of somebody whom the guest sends to is shown at the same address, and to
   * the same station.
   */
  private boolean isPresentable(FlowSide hostSide, UdpListener listener) {
    if (listener.mapping != null) {
      listener.mapping.present(hostSide, guest);
    }
    return hasDistinctPort(guest);
  }

  /**
   * Peers that the guest can't be shown as they are all get our address; two that come from the
   * same port would be one to the guest, so the second gets another port.
   */
  private boolean hasDistinctPort(FlowSide side) {
    for (int attempt = 0; attempt < PORT_ATTEMPTS; attempt++) {
      if (table.lookup(FlowType.UDP, side) == FlowTable.NONE) {
        return true;
      }
      nextPort = nextPort == LAST_PORT ? FIRST_DYNAMIC_PORT : nextPort + 1;
      side.setOur(side.ourHi(), side.ourLo(), nextPort);
    }
    return false;
  }

  private UdpFlow refused(int errno) {
    failed(errno);
    return flows.refused(errno);
  }

  @Override
  public void failed(int errno) {
    boolean outOfMeans = isOutOfMeans(errno);
    counters.increment(outOfMeans ? Counter.DROP_NO_SOCKET : Counter.DROP_UDP_UNREACHABLE);
    // Of descriptors, their reserve has told.
    boolean told = errno == -Errno.EMFILE || errno == -Errno.ENFILE;
    if (outOfMeans && !told && log.allows(LogLevel.WARNING, "udp.no_socket")) {
      log.limited(
          LogLevel.WARNING, "udp.no_socket", "cannot open a UDP socket: " + Errno.name(errno));
    }
  }

  private static boolean isOutOfMeans(int errno) {
    return errno == -Errno.EMFILE
        || errno == -Errno.ENFILE
        || errno == -Errno.ENOBUFS
        || errno == -Errno.ENOMEM;
  }

  /**
   * Enters a flow.
   *
   * @param fd its socket, which becomes the flow's, also where this fails
   * @return null where it can't be entered
   */
  UdpFlow add(
      FlowSide initiating,
      FlowSide target,
      boolean fromGuest,
      UdpListener listener,
      int fd,
      boolean connected,
      long now) {
    UdpFlow flow = flows.add(FlowType.UDP, initiating, target, fd, now);
    if (flow == null) {
      return null;
    }
    table.insertTarget(flow.flow().index());
    flow.begin(listener, connected, now);
    if (!fromGuest) {
      addStranger(flow);
    } else if (connected && mappings.isPresent()) {
      mappings.get().join(flow);
    }
    if (log.isDebug()) {
      log.debug("opened " + flow.flow() + (fromGuest ? " from the guest" : " to the guest"));
    }
    return flow;
  }

  private void addStranger(UdpFlow flow) {
    UdpFlow oldest = strangers.add(flow);
    if (oldest != null) {
      counters.increment(Counter.UDP_STRANGERS_CLOSED);
      if (log.allows(LogLevel.WARNING, "udp.strangers")) {
        log.limited(
            LogLevel.WARNING,
            "udp.strangers",
            "too many senders of UDP datagrams that the guest doesn't answer: the oldest make"
                + " room");
      }
      flows.close(oldest);
    }
  }

  /** The guest has sent something: who answers a stranger knows it. */
  void sawFromGuest(UdpFlow flow) {
    if (flow.isStranger) {
      strangers.remove(flow);
    }
  }
}
