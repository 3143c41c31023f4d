package org.jpasst.bench;

import java.util.Optional;
import org.jpasst.lab.BackEnd;
import org.jpasst.lab.Lab;
import org.jpasst.lab.TapGuest;
import org.jpasst.lab.VhostUserTraffic;

/**
 * A guest that the kernel plays on a TAP device, attached to a back-end.
 *
 * @param vhostUser whether by vhost-user
 * @param ipv6 whether traffic is of IPv6
 */
record BackEndBed(Lab lab, BackEnd process, TapGuest tap, boolean vhostUser, boolean ipv6)
    implements TestBed {
  @Override
  public String addressForGuest(Peer peer) {
    return peer == Peer.LOCAL
        ? ipv6 ? Lab.GATEWAY6 : Lab.GATEWAY4
        : ipv6 ? Lab.REMOTE6 : Lab.REMOTE4;
  }

  @Override
  public String addressOfGuest(Peer peer) {
    return peer == Peer.LOCAL ? ipv6 ? "::1" : "127.0.0.1" : ipv6 ? Lab.HOST6 : Lab.HOST4;
  }

  @Override
  public void mtu(int mtu) {
    lab.guest().ip("link set " + tap.device() + " mtu " + mtu);
  }

  @Override
  public Optional<BackEndProcess> backEnd() {
    return Optional.of(new BackEndProcess(process.process().pid()));
  }

  @Override
  public long retransmissions() {
    return tap.retransmittedSegments();
  }

  @Override
  public long interfaceDrops() {
    long refused = vhostUserTraffic().map(VhostUserTraffic::refused).orElse(0L);
    return tap.droppedFrames() + refused + lab.framesDroppedOnPath();
  }

  @Override
  public Optional<VhostUserTraffic> vhostUserTraffic() {
    return vhostUser ? Optional.of(tap.vhostUserTraffic()) : Optional.empty();
  }

  @Override
  public void close() {
    try (lab;
        process;
        tap) {
      // Closed in the opposite order: the guest's link, the back-end, the namespaces.
    }
  }
}
