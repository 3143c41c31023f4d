package org.jpasst.proto.udp;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.jpasst.flow.Flow;
import org.jpasst.flow.FlowSide;
import org.jpasst.flow.FlowTable;
import org.jpasst.flow.FlowType;
import org.jpasst.flow.Pif;
import org.jpasst.flow.SideTuple;
import org.jpasst.forward.AddressTranslation;
import org.jpasst.linux.Errno;
import org.jpasst.linux.Sockets;
import org.jpasst.proto.socket.DatagramSockets;
import org.jpasst.proto.socket.KeptDatagram;
import org.jpasst.wire.IpProtocol;

/**
 * Hands over what another host needs to continue UDP's flows, and goes on with those of another
 * host. Belongs to the loop's thread.
 */
public final class UdpMigration {
  private final Sockets sockets;
  private final FlowTable table;
  private final DatagramSockets datagramSockets;
  private final UdpFlows flows;
  private final UdpListeners listeners;
  private final UdpToGuest toGuest;
  private final AddressTranslation translation;

  UdpMigration(
      Sockets sockets,
      FlowTable table,
      DatagramSockets datagramSockets,
      UdpFlows flows,
      UdpListeners listeners,
      UdpToGuest toGuest,
      AddressTranslation translation) {
    this.sockets = sockets;
    this.table = table;
    this.datagramSockets = datagramSockets;
    this.flows = flows;
    this.listeners = listeners;
    this.toGuest = toGuest;
    this.translation = translation;
  }

  /**
   * All flows, with what waits for the guest in their sockets and those of the forwarded ports. It
   * is kept here, too: if the guest goes on here after all, it gets it.
   *
   * @return the datagrams' memory stays valid until the guest takes frames again
   */
  public List<UdpSnapshot> save(long now) {
    toGuest.keepAll(now);
    Function<Flow, List<KeptDatagram>> kept = toGuest.kept().byFlow();
    List<UdpSnapshot> snapshots = new ArrayList<>();
    for (int i = 0; i < flows.all().size(); i++) {
      UdpFlow flow = flows.all().live(i);
      snapshots.add(snapshot(flow, kept.apply(flow.flow()), now));
    }
    return snapshots;
  }

  private static UdpSnapshot snapshot(UdpFlow flow, List<KeptDatagram> waiting, long now) {
    return new UdpSnapshot(
        flow.flow().fromGuest(),
        flow.connected,
        SideTuple.of(flow.flow().guest()),
        SideTuple.of(flow.flow().host()),
        TimeUnit.NANOSECONDS.toMillis(now - flow.lastActive()),
        flow.fromGuestCount(),
        flow.toGuestCount(),
        waiting);
  }

  /** Reads what waits in the sockets, as far as the guest's link has room for it. */
  public void takeIn(long now) {
    toGuest.readAll(now);
  }

  /**
   * Goes on with a flow of another host: from the same address and port where that is possible
   * here, from others otherwise. Its datagrams are copied.
   *
   * @return false if there can't be such a flow here
   */
  public boolean restore(UdpSnapshot snapshot, long now) {
    FlowSide guest = snapshot.guest().on(Pif.GUEST);
    FlowSide host = snapshot.host().on(Pif.HOST);
    if (isUsed(guest) || isUsed(host)) {
      return false;
    }
    UdpListener listener = snapshot.fromGuest() ? null : listeners.ofPort(host.ourPort());
    int fd = open(snapshot, host, listener);
    if (fd < 0) {
      return false;
    }
    if (isUsed(host)) {
      sockets.close(fd);
      return false;
    }
    FlowSide initiating = snapshot.fromGuest() ? guest : host;
    FlowSide target = snapshot.fromGuest() ? host : guest;
    boolean connected = snapshot.connected();
    UdpFlow flow =
        flows.add(initiating, target, snapshot.fromGuest(), listener, fd, connected, now);
    if (flow == null) {
      return false;
    }
    flow.resume(
        now - TimeUnit.MILLISECONDS.toNanos(snapshot.idleMillis()),
        snapshot.datagramsFromGuest(),
        snapshot.datagramsToGuest());
    if (snapshot.datagramsFromGuest() > 0) {
      flows.sawFromGuest(flow);
    }
    toGuest.kept().addAll(flow.flow(), snapshot.waiting());
    return true;
  }

  private boolean isUsed(FlowSide side) {
    return table.lookup(FlowType.UDP, side) != FlowTable.NONE;
  }

  private int open(UdpSnapshot snapshot, FlowSide host, UdpListener listener) {
    int port = host.ourPort();
    if (!snapshot.connected()) {
      return datagramSockets.openUnconnected(host, port);
    }
    Optional<String> tiedTo = listener == null ? Optional.empty() : listener.rule().interfaceName();
    int fd =
        snapshot.fromGuest()
            ? datagramSockets.openOutbound(IpProtocol.UDP, host, port)
            : datagramSockets.openInbound(host, tiedTo, translation.linkLocalScope());
    return fd == -Errno.EADDRNOTAVAIL
        ? datagramSockets.openOutboundFromAny(IpProtocol.UDP, host)
        : fd;
  }

  /** Closes the sockets of all flows: they go on elsewhere. */
  public void forget() {
    flows.all().forget();
  }
}
