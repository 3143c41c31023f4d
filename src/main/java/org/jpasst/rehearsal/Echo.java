package org.jpasst.rehearsal;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import org.jpasst.guest.FrameLength;
import org.jpasst.linux.FileDescriptors;
import org.jpasst.net.Endpoint;
import org.jpasst.net.IpAddress;
import org.jpasst.wire.IcmpHeader;
import org.jpasst.wire.Icmpv6Header;
import org.jpasst.wire.IpFrame;
import org.jpasst.wire.IpProtocol;

/**
 * An echo request that a back-end's guest sends again and again, and the host that answers it. Of
 * the guest there is no more than this one frame, which is written to the back-end's link.
 */
final class Echo implements AutoCloseable {
  /** As ping(8) sends them. */
  private static final int MESSAGE = IcmpHeader.LENGTH + 56;

  private static final int IDENTIFIER_AND_SEQUENCE = 0x0001_0001;

  private final int link;
  private final OtherEnds ends;
  private final Endpoint guest;
  private final Endpoint host;
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
    this.guest = new Endpoint(guest, 0);
    this.host = new Endpoint(host, 0);
    reply = (byte) (guest.isIpv4() ? IcmpHeader.ECHO_REPLY : Icmpv6Header.ECHO_REPLY);
    frame = request(guest, host);
  }

  private static MemorySegment request(IpAddress guest, IpAddress host) {
    boolean ipv4 = guest.isIpv4();
    int length = IpFrame.headersLength(ipv4) + MESSAGE;
    MemorySegment s = Arena.ofAuto().allocate(FrameLength.SIZE + length);
    FrameLength.set(s, 0, length);
    var headers = new IpFrame();
    headers.begin(s, FrameLength.SIZE, ipv4);
    headers.from(Play.FIRST_MAC.bits(), guest.hi(), guest.lo());
    headers.to(Play.SECOND_MAC.bits(), host.hi(), host.lo());
    headers.finish(IpProtocol.icmp(ipv4), MESSAGE);
    long icmp = headers.transportAt();
    int type = ipv4 ? IcmpHeader.ECHO_REQUEST : Icmpv6Header.ECHO_REQUEST;
    IcmpHeader.write(s, icmp, type, 0, IDENTIFIER_AND_SEQUENCE);
    // The same for ICMP, whose pseudo header is none.
    Icmpv6Header.fillChecksum(s, icmp, MESSAGE, headers.pseudoHeader());
    return s;
  }

  /** The guest asks. */
  void ask() {
    ends.between(host, guest);
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
