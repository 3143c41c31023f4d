package org.jpasst.proto.udp;

import org.jpasst.proto.socket.DatagramFlow;
import org.jpasst.proto.socket.FlowSocket;

/** What UDP knows of a flow beyond its two sides. Used again for later flows of the same index. */
final class UdpFlow implements DatagramFlow {
  private static final int EMPTY = -1;
  private static final int DNS = 53;

  private final FlowSocket common;
  private final UdpTimeouts timeouts;
  private final DnsExchange dns = new DnsExchange();
  private UdpListener listener;

  /** Whether the socket takes datagrams of the flow's endpoint only. */
  boolean connected;

  /**
   * Whether all that was queued before the socket was connected has been read: until then it may
   * hold datagrams of others.
   */
  boolean settled;

  /** Longest packet that gets through behind the guest, as it said itself. */
  private int pathMtu;

  /** Whether the kernel cuts up what is sent in one piece, see {@link UdpSender}. */
  boolean cutByKernel;

  /** First and last datagram of the present batch, see {@link UdpFromGuest}. */
  int batchFirst = EMPTY;

  int batchLast = EMPTY;

  /** What takes datagrams of others for the flow's port, or null; see {@link UdpMapping}. */
  UdpMapping mapping;

  UdpFlow nextOfMapping;
  UdpFlow previousOfMapping;

  /** Whether it is one of {@link StrangerFlows}, and its place there. */
  boolean isStranger;

  UdpFlow nextStranger;
  UdpFlow previousStranger;

  private long lastActive;
  private long fromGuestCount;
  private long toGuestCount;
  private boolean answeredByAnyone;

  UdpFlow(FlowSocket common, UdpTimeouts timeouts) {
    this.common = common;
    this.timeouts = timeouts;
  }

  /**
   * Begins a new flow.
   *
   * @param openedBy the listener that its first datagram came by; null where the guest opened it
   */
  void begin(UdpListener openedBy, boolean isConnected, long now) {
    listener = openedBy;
    connected = isConnected;
    settled = false;
    cutByKernel = true;
    pathMtu = Integer.MAX_VALUE;
    lastActive = now;
    fromGuestCount = 0;
    toGuestCount = 0;
    answeredByAnyone = false;
    dns.begin(flow().fromGuest() && flow().guest().ourPort() == DNS);
  }

  @Override
  public FlowSocket common() {
    return common;
  }

  /** Is shown what is sent both ways, to tell whether it is DNS. */
  DnsExchange dns() {
    return dns;
  }

  /** Longest packet that gets through to the guest's endpoint, as far as is known. */
  int pathMtu() {
    return pathMtu;
  }

  /** No longer packet gets through than of so many bytes. */
  void narrowPath(int mtu) {
    pathMtu = mtu;
  }

  /** The listener that opened the flow, or null. */
  UdpListener listener() {
    return listener;
  }

  /** The guest has sent a datagram, or several together, with so many bytes of payload. */
  void sawFromGuest(int bytes, long now) {
    flow().addFromGuest(bytes);
    fromGuestCount++;
    lastActive = now;
  }

  /** The guest was sent a datagram, or several together, with so many bytes of payload. */
  void sawToGuest(int bytes, long now) {
    flow().addToGuest(bytes);
    toGuestCount++;
    lastActive = now;
  }

  /** The guest was sent a datagram that doesn't prolong the flow's life. */
  void sawAnswerOfAnyone(int bytes) {
    flow().addToGuest(bytes);
    answeredByAnyone = true;
  }

  /** Whether both sides have sent something. */
  boolean isAnswered() {
    return fromGuestCount > 0 && (toGuestCount > 0 || answeredByAnyone);
  }

  /** A datagram has come that the guest is yet to be sent. */
  void sawArrival(long now) {
    lastActive = now;
  }

  /** Goes on with what another host knew of it. */
  void resume(long lastActivity, long fromGuest, long toGuest) {
    lastActive = lastActivity;
    fromGuestCount = fromGuest;
    toGuestCount = toGuest;
    // What was asked there, and what of it was answered, isn't known.
    dns.sawSession();
  }

  /** When something has happened last. */
  long lastActive() {
    return lastActive;
  }

  /** How many datagrams the guest has sent. */
  long fromGuestCount() {
    return fromGuestCount;
  }

  /** How many datagrams the guest was sent. */
  long toGuestCount() {
    return toGuestCount;
  }

  @Override
  public boolean isStale(long now) {
    return now - lastActive > timeout();
  }

  private long timeout() {
    if (dns.isOver()) {
      return timeouts.answeredNanos();
    }
    boolean stream = fromGuestCount > 0 && toGuestCount > 0 && fromGuestCount + toGuestCount > 2;
    return stream ? timeouts.streamNanos() : timeouts.nanos();
  }
}
