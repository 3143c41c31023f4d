package org.jpasst.proto;

import java.lang.foreign.MemorySegment;
import org.jpasst.flow.FlowSide;
import org.jpasst.forward.GuestAddresses;
import org.jpasst.guest.FramePieces;
import org.jpasst.guest.FrameSink;
import org.jpasst.guest.LentFrame;
import org.jpasst.guest.Offload;
import org.jpasst.net.IpAddress;
import org.jpasst.wire.EthernetHeader;
import org.jpasst.wire.IpFrame;

/**
 * A frame for the guest that belongs to one of its flows: borrowed from the link, headed by {@link
 * IpFrame}, published. Whoever fills it writes no more than the headers of its own protocol.
 *
 * <p>An object is used for one frame after the other: it is lent, what follows the IP header is
 * written, {@link #finish} heads it, the checksum is made, and it is published.
 */
public final class GuestFrame {
  private final FrameSink sink;
  private final GuestAddresses guest;
  private final IpFrame ip = new IpFrame();
  private final Offload offload = new Offload();
  private LentFrame lent = LentFrame.NONE;
  private int length;

  /** Frames of a link. */
  public GuestFrame(FrameSink sink, GuestAddresses guest) {
    this.sink = sink;
    this.guest = guest;
  }

  /**
   * Borrows a frame for data.
   *
   * @param side the guest's endpoint, and as ours the packet's source
   * @param mac Ethernet address of the source
   * @param length greatest one from the transport header on
   * @return false where the link has no room
   */
  public boolean lend(FlowSide side, long mac, int length) {
    return begin(side, mac, sink.lend(IpFrame.headersLength(side.isIpv4()) + length));
  }

  /**
   * Borrows a frame for data in two parts: the payload goes to {@link #fill pieces}.
   *
   * @param header bytes of the transport header
   * @param payload greatest length of what follows it
   * @return false where the link has no room
   */
  public boolean lend(FlowSide side, long mac, int header, int payload) {
    return begin(side, mac, sink.lend(IpFrame.headersLength(side.isIpv4()) + header, payload));
  }

  /** The same as {@link #lend(FlowSide, long, int)}, for what carries no data of the flow. */
  public boolean lendControl(FlowSide side, long mac, int length) {
    return begin(side, mac, sink.lendControl(IpFrame.headersLength(side.isIpv4()) + length));
  }

  /**
   * Begins a frame that is lent already.
   *
   * @param frame may be {@link LentFrame#NONE}
   * @return whether it is one
   */
  public boolean begin(FlowSide side, long mac, LentFrame frame) {
    lent = frame;
    if (frame.isNone()) {
      return false;
    }
    ip.begin(frame.memory(), frame.at(), side.isIpv4());
    address(side, mac);
    return true;
  }

  private void address(FlowSide side, long mac) {
    long hi = side.endpointHi();
    long lo = side.endpointLo();
    ip.from(mac, side.ourHi(), side.ourLo());
    boolean many = IpAddress.isMulticast(hi, lo);
    ip.to(many ? EthernetHeader.multicast(hi, lo) : guest.stationOf(side), hi, lo);
  }

  /** The same as {@link #lend(FlowSide, long, int, int)}, for a fragment. */
  public boolean lendFragment(FlowSide side, long mac, int header, int payload) {
    int headers = EthernetHeader.LENGTH + IpFrame.fragmentIpLength(side.isIpv4()) + header;
    return begin(side, mac, sink.lend(headers, payload));
  }

  /** Makes it a fragment, see {@link IpFrame#fragment}. */
  public void fragment(int identification, int offset, boolean more) {
    ip.fragment(identification, offset, more);
  }

  /** Sets TTL and type of service, see {@link IpFrame#hops}. */
  public void hops(int ttl, int trafficClass) {
    ip.hops(ttl, trafficClass);
  }

  /** Sets the flow label, see {@link IpFrame#flowLabel}. */
  public void flowLabel(int label) {
    ip.flowLabel(label);
  }

  /** Holds the frame, but for a payload in pieces. */
  public MemorySegment memory() {
    return ip.memory();
  }

  /** Offset of the transport header. */
  public long transportAt() {
    return ip.transportAt();
  }

  /** Fills the payload of a frame that was lent in two parts. */
  public void fill(MemorySegment source, long at, int length) {
    lent.pieces().fill(lent.firstPiece(), source, at, length);
  }

  /** The sum of the first so many bytes of such a payload, see {@link FramePieces#sum}. */
  public long payloadSum(int length) {
    return lent.pieces().sum(lent.firstPiece(), length);
  }

  /**
   * Writes Ethernet's and IP's header.
   *
   * @param protocol see {@link org.jpasst.wire.IpProtocol}
   * @param length bytes from the transport header on
   */
  public void finish(int protocol, int length) {
    this.length = ip.finish(protocol, length);
  }

  /** The sum of a finished frame's pseudo header, see {@link IpFrame#pseudoHeader}. */
  public long pseudoHeader() {
    return ip.pseudoHeader();
  }

  /** Hands over a finished frame, with its checksum. */
  public void publish() {
    sink.publish(lent, length);
  }

  /**
   * Hands over a finished frame whose checksum field holds the sum of the pseudo header, see {@link
   * Offload}.
   *
   * @param checksumAt where in the transport header the checksum is
   * @param segmentation one of {@link org.jpasst.guest.Segmentation}
   * @param segmentSize bytes of payload of each packet but the last, where there are several
   */
  public void publish(int checksumAt, int segmentation, int segmentSize) {
    int transport = IpFrame.headersLength(ip.isIpv4());
    sink.publish(lent, length, offload.set(transport, checksumAt, segmentation, segmentSize));
  }
}
