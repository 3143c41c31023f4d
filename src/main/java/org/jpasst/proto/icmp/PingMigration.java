package org.jpasst.proto.icmp;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.jpasst.flow.Flow;
import org.jpasst.flow.FlowSide;
import org.jpasst.flow.Pif;
import org.jpasst.flow.SideTuple;
import org.jpasst.linux.Errno;
import org.jpasst.proto.socket.DatagramSockets;
import org.jpasst.proto.socket.KeptDatagram;
import org.jpasst.wire.IpProtocol;

/**
 * Hands over what another host needs to continue the guest's echo requests, and goes on with those
 * of another host. Belongs to the loop's thread.
 */
public final class PingMigration {
  private final DatagramSockets datagramSockets;
  private final PingFlows flows;
  private final Ping ping;

  PingMigration(DatagramSockets datagramSockets, PingFlows flows, Ping ping) {
    this.datagramSockets = datagramSockets;
    this.flows = flows;
    this.ping = ping;
  }

  /**
   * All flows, with the replies that wait in their sockets. They are kept here, too: if the guest
   * goes on here after all, it gets them.
   *
   * @return the replies' memory stays valid until the guest takes frames again
   */
  public List<PingSnapshot> save(long now) {
    ping.keepAll();
    Function<Flow, List<KeptDatagram>> kept = ping.kept().byFlow();
    List<PingSnapshot> snapshots = new ArrayList<>();
    for (int i = 0; i < flows.all().size(); i++) {
      PingFlow flow = flows.all().live(i);
      snapshots.add(
          new PingSnapshot(
              SideTuple.of(flow.flow().guest()),
              SideTuple.of(flow.flow().host()),
              TimeUnit.NANOSECONDS.toMillis(now - flow.lastRequest()),
              flow.lastSequence,
              kept.apply(flow.flow())));
    }
    return snapshots;
  }

  /** Reads what waits in the sockets, as far as the guest's link has room for it. */
  public void takeIn() {
    ping.readAll();
  }

  /**
   * Goes on with a flow of another host, with the same identifier towards the network where that is
   * possible here. Its replies are copied.
   *
   * @return false if there can't be such a flow here
   */
  public boolean restore(PingSnapshot snapshot, long now) {
    FlowSide guest = snapshot.guest().on(Pif.GUEST);
    FlowSide host = snapshot.host().on(Pif.HOST);
    if (flows.find(guest) != null) {
      return false;
    }
    int fd = open(host);
    PingFlow flow = fd < 0 ? null : flows.add(guest, host, fd, now);
    if (flow == null) {
      return false;
    }
    flow.sawRequest(
        snapshot.lastSequence(), now - TimeUnit.MILLISECONDS.toNanos(snapshot.idleMillis()));
    ping.kept().addAll(flow.flow(), snapshot.waiting());
    return true;
  }

  private int open(FlowSide host) {
    int protocol = IpProtocol.icmp(host.isIpv4());
    int fd = datagramSockets.openOutbound(protocol, host, host.ourPort());
    return fd == -Errno.EADDRNOTAVAIL ? datagramSockets.openOutboundFromAny(protocol, host) : fd;
  }

  /** Closes the sockets of all flows: they go on elsewhere. */
  public void forget() {
    flows.all().forget();
  }
}
