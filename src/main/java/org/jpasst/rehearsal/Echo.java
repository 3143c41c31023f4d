package org.jpasst.rehearsal;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import org.jpasst.linux.FileDescriptors;
import org.jpasst.net.Endpoint;
import org.jpasst.net.IpAddress;
import org.jpasst.wire.EthernetHeader;
import org.jpasst.wire.IcmpHeader;
import org.jpasst.wire.Icmpv6Header;
import org.jpasst.wire.IpProtocol;
import org.jpasst.wire.Ipv4Header;
import org.jpasst.wire.Ipv6Header;
import org.jpasst.wire.NetworkOrder;

/**
 * An echo request that a back-end's guest sends again and again, and the host that answers it. Of
 * the guest there is no more than this one frame, which is written to the back-end's link.
 */
final class Echo implements AutoCloseable {
  /** Before each frame on a link by stream socket. */
  private static final int FRAME_LENGTH = Integer.BYTES;

  /** As ping(8) sends them. */
  private static final int MESSAGE = IcmpHeader.LENGTH + 56;

  private static final int IDENTIFIER_AND_SEQUENCE = 0x0001_0001;
  private static final int IP_AT = FRAME_LENGTH + EthernetHeader.LENGTH;

  private final int link;
  private final OtherEnds ends;
  private final IpAddress guest;
  private final IpAddress host;
  private final byte reply;
  private final MemorySegment frame;
  private int answering = RehearsedSockets.NOBODY;

  /**
   * Makes it, with nothing sent.
   *
   * @param link the guest's end of it, which stays the caller's
   * @param ends the other ends of the back-end's sockets
   * @param guest who asks
   * @param host who answers, of the same family
   */
  Echo(int link, OtherEnds ends, IpAddress guest, IpAddress host) {
    this.link = link;
    this.ends = ends;
    this.guest = guest;
    this.host = host;
    reply = (byte) (guest.isIpv4() ? IcmpHeader.ECHO_REPLY : Icmpv6Header.ECHO_REPLY);
    frame = guest.isIpv4() ? request4() : request6();
  }

  private MemorySegment request4() {
    MemorySegment s = request(Ipv4Header.LENGTH, EthernetHeader.TYPE_IPV4);
    int total = Ipv4Header.LENGTH + MESSAGE;
    Ipv4Header.write(s, IP_AT, total, IpProtocol.ICMP, (int) guest.lo(), (int) host.lo());
    long icmp = IP_AT + Ipv4Header.LENGTH;
    IcmpHeader.write(s, icmp, IcmpHeader.ECHO_REQUEST, 0, IDENTIFIER_AND_SEQUENCE);
    IcmpHeader.fillChecksum(s, icmp, MESSAGE);
    return s;
  }

  private MemorySegment request6() {
    MemorySegment s = request(Ipv6Header.LENGTH, EthernetHeader.TYPE_IPV6);
    Ipv6Header.write(
        s, IP_AT, 0, MESSAGE, IpProtocol.ICMPV6, guest.hi(), guest.lo(), host.hi(), host.lo());
    long icmp = IP_AT + Ipv6Header.LENGTH;
    IcmpHeader.write(s, icmp, Icmpv6Header.ECHO_REQUEST, 0, IDENTIFIER_AND_SEQUENCE);
    long pseudoHeader = Ipv6Header.pseudoHeader(s, IP_AT, IpProtocol.ICMPV6, MESSAGE);
    Icmpv6Header.fillChecksum(s, icmp, MESSAGE, pseudoHeader);
    return s;
  }

  private static MemorySegment request(int ipHeader, int type) {
    MemorySegment s = Arena.ofAuto().allocate(IP_AT + ipHeader + MESSAGE);
    NetworkOrder.put32(s, 0, (int) s.byteSize() - FRAME_LENGTH);
    EthernetHeader.write(s, FRAME_LENGTH, Play.SECOND_MAC.bits(), Play.FIRST_MAC.bits(), type);
    return s;
  }

  /** The guest asks. */
  void ask() {
    ends.between(new Endpoint(host, 0), new Endpoint(guest, 0));
    FileDescriptors.write(link, frame, 0, frame.byteSize());
  }

  /** The host answers, if the request has come to it. */
  boolean answer() {
    if (answering == RehearsedSockets.NOBODY && ends.hasConnected()) {
      answering = ends.takeConnected();
    }
    MemorySegment message = ends.scratch();
    int length = FileDescriptors.read(answering, message, 0, message.byteSize());
    if (length <= 0) {
      return false;
    }
    message.set(JAVA_BYTE, 0, reply);
    return FileDescriptors.write(answering, message, 0, length) == length;
  }

  @Override
  public void close() {
    FileDescriptors.close(answering);
  }
}
