package org.jpasst.proto;

import java.lang.foreign.MemorySegment;
import org.jpasst.flow.FlowSide;
import org.jpasst.flow.Pif;
import org.jpasst.guest.Frame;
import org.jpasst.guest.FramePieces;
import org.jpasst.net.IpAddress;
import org.jpasst.wire.EthernetHeader;
import org.jpasst.wire.IcmpHeader;
import org.jpasst.wire.Icmpv6Header;
import org.jpasst.wire.InternetChecksum;
import org.jpasst.wire.Ipv4Header;
import org.jpasst.wire.Ipv6Extensions;
import org.jpasst.wire.Ipv6FragmentHeader;
import org.jpasst.wire.Ipv6Header;
import org.jpasst.wire.UdpHeader;

/**
 * An IP packet of the guest: where it lies, and what its header says. One object shows one packet
 * after the other.
 *
 * <p>The guest may be writing to the memory meanwhile: what was read from the headers and checked
 * is kept here, and not read again. Numbers are unsigned and in the machine's byte order, addresses
 * as in {@link IpAddress}.
 */
public final class Packet {
  private Frame frame = new Frame(new FramePieces(0));
  private boolean ipv4;
  private long at;
  private int length;
  private int protocol;
  private int hopLimit;
  private int trafficClass;
  private long sourceHi;
  private long sourceLo;
  private long destinationHi;
  private long destinationLo;
  private int sourcePort;
  private int destinationPort;
  private boolean fragmented;

  /**
   * Shows what a frame of type IPv4 carries.
   *
   * @return false where that isn't a whole packet, see {@link Ipv4Header#valid}
   */
  public boolean readIpv4(Frame frame) {
    MemorySegment s = frame.memory();
    long ip = frame.at() + EthernetHeader.LENGTH;
    int available = frame.length() - EthernetHeader.LENGTH;
    if (available < Ipv4Header.LENGTH || Ipv4Header.version(s, ip) != 4) {
      return false;
    }
    int header = Ipv4Header.headerLength(s, ip);
    int total = Ipv4Header.totalLength(s, ip);
    if (!Ipv4Header.fit(header, total, available)) {
      return false;
    }
    this.frame = frame;
    fragmented = false;
    ipv4 = true;
    at = ip + header;
    length = total - header;
    protocol = Ipv4Header.protocol(s, ip);
    hopLimit = Ipv4Header.ttl(s, ip);
    trafficClass = Ipv4Header.tos(s, ip);
    sourceHi = 0;
    sourceLo = IpAddress.mapped(Ipv4Header.source(s, ip));
    destinationHi = 0;
    destinationLo = IpAddress.mapped(Ipv4Header.destination(s, ip));
    return true;
  }

  /**
   * Shows what a frame of type IPv6 carries. What follows its header may be an extension header,
   * see {@link #skipExtensions}.
   *
   * @return false where that isn't a whole packet, see {@link Ipv6Header#valid}
   */
  public boolean readIpv6(Frame frame) {
    MemorySegment s = frame.memory();
    long ip = frame.at() + EthernetHeader.LENGTH;
    int available = frame.length() - EthernetHeader.LENGTH - Ipv6Header.LENGTH;
    if (available < 0 || Ipv6Header.version(s, ip) != 6) {
      return false;
    }
    int payload = Ipv6Header.payloadLength(s, ip);
    if (payload > available) {
      return false;
    }
    this.frame = frame;
    fragmented = false;
    ipv4 = false;
    at = ip + Ipv6Header.LENGTH;
    length = payload;
    protocol = Ipv6Header.nextHeader(s, ip);
    hopLimit = Ipv6Header.hopLimit(s, ip);
    trafficClass = Ipv6Header.trafficClass(s, ip);
    sourceHi = Ipv6Header.sourceHi(s, ip);
    sourceLo = Ipv6Header.sourceLo(s, ip);
    destinationHi = Ipv6Header.destinationHi(s, ip);
    destinationLo = Ipv6Header.destinationLo(s, ip);
    return true;
  }

  /**
   * Goes from IPv6's header to that of the upper-layer protocol, or to the fragment header of what
   * is a fragment. One that stands for the whole packet is skipped (RFC 6946 section 4).
   *
   * @return 0, or why there is none: one of the codes of {@link Ipv6Extensions}
   */
  public int skipExtensions() {
    int code = skipToUpperLayer();
    if (code < 0 || protocol != Ipv6FragmentHeader.NUMBER) {
      return code;
    }
    if (length < Ipv6FragmentHeader.LENGTH) {
      return Ipv6Extensions.MALFORMED;
    }
    if (!Ipv6FragmentHeader.isAtomic(frame.memory(), at)) {
      return 0;
    }
    protocol = Ipv6FragmentHeader.nextHeader(frame.memory(), at);
    at += Ipv6FragmentHeader.LENGTH;
    length -= Ipv6FragmentHeader.LENGTH;
    fragmented = true;
    boolean first = protocol == Ipv6Extensions.HOP_BY_HOP; // which it isn't any more
    code = first ? Ipv6Extensions.MALFORMED : skipToUpperLayer();
    return protocol == Ipv6FragmentHeader.NUMBER ? Ipv6Extensions.MALFORMED : code;
  }

  private int skipToUpperLayer() {
    int upper = Ipv6Extensions.upperLayer(frame.memory(), at, protocol, length);
    if (upper < 0) {
      return upper;
    }
    int skipped = Ipv6Extensions.offset(upper);
    at += skipped;
    length -= skipped;
    protocol = Ipv6Extensions.protocol(upper);
    return 0;
  }

  /** Says that it was put together of fragments. */
  public void setFragmented() {
    fragmented = true;
  }

  /** Whether it came with a fragment header, or in fragments. */
  public boolean isFragmented() {
    return fragmented;
  }

  /**
   * Reads UDP's header. From then on the datagram's length is the packet's.
   *
   * @return false where that isn't a whole datagram, see {@link UdpHeader#valid}
   */
  public boolean readUdp() {
    if (length < UdpHeader.LENGTH) {
      return false;
    }
    MemorySegment s = frame.memory();
    int datagram = UdpHeader.length(s, at);
    if (datagram < UdpHeader.LENGTH || datagram > length) {
      return false;
    }
    length = datagram;
    sourcePort = UdpHeader.sourcePort(s, at);
    destinationPort = UdpHeader.destinationPort(s, at);
    return true;
  }

  /** The frame it came in. */
  public Frame frame() {
    return frame;
  }

  /** Holds the headers, and of the payload what is in the frame's head. */
  public MemorySegment memory() {
    return frame.memory();
  }

  /** Whether it is IPv4 or IPv6. */
  public boolean isIpv4() {
    return ipv4;
  }

  /** Where the header of the transport protocol is, or should be. */
  public long at() {
    return at;
  }

  /** Bytes from there to the end of the packet, without padding of the frame's. */
  public int length() {
    return length;
  }

  /** How many of these are in the frame's head. */
  public int lengthInHead() {
    return frame.inHead(at, length);
  }

  /** The transport protocol's number. */
  public int protocol() {
    return protocol;
  }

  /** Time to live, or hop limit. */
  public int hopLimit() {
    return hopLimit;
  }

  /** Type of service, or traffic class: DSCP and ECN. */
  public int trafficClass() {
    return trafficClass;
  }

  /** First half of the source address. */
  public long sourceHi() {
    return sourceHi;
  }

  /** Second half of the source address. */
  public long sourceLo() {
    return sourceLo;
  }

  /** First half of the destination address. */
  public long destinationHi() {
    return destinationHi;
  }

  /** Second half of the destination address. */
  public long destinationLo() {
    return destinationLo;
  }

  /** The source port that {@link #readUdp} has read. */
  public int sourcePort() {
    return sourcePort;
  }

  /** The destination port that {@link #readUdp} has read. */
  public int destinationPort() {
    return destinationPort;
  }

  /** The Ethernet address that it came from. */
  public long sourceMac() {
    return EthernetHeader.source(frame.memory(), frame.at());
  }

  /** Whether its sender has no address yet. */
  public boolean isFromUnspecified() {
    return IpAddress.isUnspecified(sourceHi, sourceLo);
  }

  /** The sum of the pseudo header, see {@link InternetChecksum}. */
  public long pseudoHeader() {
    return ipv4
        ? InternetChecksum.pseudoHeader4((int) sourceLo, (int) destinationLo, protocol, length)
        : InternetChecksum.pseudoHeader6(
            sourceHi, sourceLo, destinationHi, destinationLo, protocol, length);
  }

  /**
   * Whether the checksum of a message of ICMP or ICMPv6 is right; over IPv6 it has addresses in.
   */
  public boolean icmpChecksumVerifies() {
    return ipv4
        ? IcmpHeader.checksumVerifies(frame.memory(), at, length)
        : Icmpv6Header.checksumVerifies(frame.memory(), at, length, pseudoHeader());
  }

  /**
   * Tells the guest's side of the flow that it belongs to.
   *
   * @param sourcePort port or identifier of the guest's
   * @param destinationPort port or identifier that it is sent to
   */
  public void fill(FlowSide side, int sourcePort, int destinationPort) {
    side.set(
        Pif.GUEST, sourceHi, sourceLo, sourcePort, destinationHi, destinationLo, destinationPort);
  }
}
