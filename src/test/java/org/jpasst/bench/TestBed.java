package org.jpasst.bench;

import java.util.Optional;
import org.jpasst.lab.Lab;
import org.jpasst.lab.NetworkNamespace;
import org.jpasst.lab.VhostUserTraffic;

/**
 * One candidate in namespaces of its own, ready for traffic. Not safe for use by several threads.
 */
interface TestBed extends AutoCloseable {
  /** The namespaces. */
  Lab lab();

  /** Where the guest's programs run. */
  default NetworkNamespace guest() {
    return lab().guest();
  }

  /** Where the peer's programs run. */
  default NetworkNamespace at(Peer peer) {
    return peer == Peer.LOCAL ? lab().host() : lab().remote();
  }

  /** The peer's address, as the guest reaches it. */
  String addressForGuest(Peer peer);

  /** The guest's address, as the peer reaches it, on one of the ports of {@link Ports}. */
  String addressOfGuest(Peer peer);

  /** Sets the MTU of the guest's interface. */
  void mtu(int mtu);

  /** The back-end's process, if there is one. */
  Optional<BackEndProcess> backEnd();

  /** What has crossed between guest and back-end since they are joined, if by vhost-user. */
  default Optional<VhostUserTraffic> vhostUserTraffic() {
    return Optional.empty();
  }

  /** TCP segments that the guest has sent again since it is there. */
  long retransmissions();

  /**
   * Frames that the guest's interface has dropped, or a TAP device between host and remote: TCP's
   * are the harness' fault.
   */
  long interfaceDrops();

  @Override
  void close();
}
