package org.jpasst.bridge;

import java.lang.foreign.MemorySegment;
import org.jpasst.guest.Frame;
import org.jpasst.guest.FrameSink;
import org.jpasst.guest.Segmentation;
import org.jpasst.wire.EthernetHeader;
import org.jpasst.wire.InternetChecksum;
import org.jpasst.wire.Ipv4Header;
import org.jpasst.wire.Ipv6Header;
import org.jpasst.wire.NetworkOrder;
import org.jpasst.wire.TcpHeader;
import org.jpasst.wire.UdpHeader;

/**
 * The packets that a frame stands for, one after the other, with all that its sender has left
 * undone (virtio 1.3 section 5.1.6.2): what a network card does, or the kernel for it.
 */
final class Packets {
  /** Of one frame; Linux sends no segments of less than 48 bytes (TCP_MIN_SND_MSS). */
  private static final int MOST = 2048;

  /**
   * Bytes of headers: each packet has them. IPv6's may be as long as the frame (RFC 8200 section
   * 4), of which a thousand times as much would be made.
   */
  private static final int MOST_HEADERS = Frame.HEAD;

  private static final int MAX_TAGS = 2;

  /** What only the last packet has (RFC 9293 section 3.1). */
  private static final int FIN_PSH = TcpHeader.FIN | TcpHeader.PSH;

  private MemorySegment source = MemorySegment.NULL;
  private long at;
  private int transport; // where the sum starts, from the frame's first byte
  private int checksum; // where it goes, from there
  private int headers; // bytes in front of the payload
  private int payload; // bytes of it
  private int size; // of each packet's payload but the last's
  private int network; // where the IP header is
  private boolean ipv4;
  private boolean tcp;
  private boolean several;
  private int sent; // bytes of the payload

  /** How many packets went before. */
  private int index;

  private boolean ended = true;

  /**
   * Begins with a frame in one piece, whose memory stays as it is until the last packet.
   *
   * @return false if what it says of itself makes no sense
   */
  boolean begin(Frame frame) {
    source = frame.memory();
    at = frame.at();
    transport = frame.checksumStart();
    checksum = frame.checksumOffset();
    several = frame.isSeveral();
    sent = 0;
    index = 0;
    boolean sensible =
        frame.isChecksumMissing() && (several ? isCuttable(frame) : isCompletable(frame.length()));
    ended = !sensible;
    return sensible;
  }

  private boolean isCompletable(int length) {
    headers = length;
    payload = 0;
    return length <= FrameSink.MAX_FRAME && transport + checksum + Short.BYTES <= length;
  }

  private boolean isCuttable(Frame frame) {
    int length = frame.length();
    tcp = frame.segmentation() != Segmentation.UDP;
    size = frame.segmentSize();
    if (size == 0 || !findNetwork(length) || transport + transportLeast() > length) {
      return false;
    }
    headers = transport + transportLength();
    payload = length - headers;
    return headers >= transport + transportLeast()
        && headers <= MOST_HEADERS
        && checksum == (tcp ? TcpHeader.CHECKSUM : UdpHeader.CHECKSUM)
        && payload > 0
        && payload / size < MOST
        && headers + Math.min(size, payload) <= FrameSink.MAX_FRAME;
  }

  private int transportLeast() {
    return tcp ? TcpHeader.LENGTH : UdpHeader.LENGTH;
  }

  private int transportLength() {
    return tcp ? TcpHeader.headerLength(source, at + transport) : UdpHeader.LENGTH;
  }

  /** Finds the IP header, behind tags; false if there is none that ends before the transport's. */
  private boolean findNetwork(int length) {
    network = EthernetHeader.LENGTH;
    int type = EthernetHeader.type(source, at);
    for (int i = 0; i < MAX_TAGS && isTag(type); i++) {
      network += EthernetHeader.TAG_LENGTH;
      if (network > length) {
        return false;
      }
      type = NetworkOrder.get16(source, at + network - Short.BYTES);
    }
    ipv4 = type == EthernetHeader.TYPE_IPV4;
    if (!ipv4 && type != EthernetHeader.TYPE_IPV6) {
      return false;
    }
    if (network + (ipv4 ? Ipv4Header.LENGTH : Ipv6Header.LENGTH) > length) {
      return false;
    }
    return ipv4
        ? transport == network + Ipv4Header.headerLength(source, at + network)
            && transport >= network + Ipv4Header.LENGTH
        : transport >= network + Ipv6Header.LENGTH;
  }

  private static boolean isTag(int type) {
    return type == EthernetHeader.TYPE_TAG || type == EthernetHeader.TYPE_SERVICE_TAG;
  }

  /** Whether there is another one. */
  boolean hasNext() {
    return !ended;
  }

  /** The length of the next one's frame. */
  int length() {
    return headers + Math.min(size, payload - sent);
  }

  /** Writes the next one, a whole frame. */
  void write(MemorySegment to, long toAt) {
    if (!several) {
      MemorySegment.copy(source, at, to, toAt, headers);
      complete(to, toAt, headers);
      ended = true;
      return;
    }
    int part = Math.min(size, payload - sent);
    boolean last = sent + part == payload;
    MemorySegment.copy(source, at, to, toAt, headers);
    MemorySegment.copy(source, at + headers + sent, to, toAt + headers, part);
    writeNetwork(to, toAt + network, headers - network + part);
    writeTransport(to, toAt + transport, part, last);
    complete(to, toAt, headers + part);
    sent += part;
    index++;
    ended = last;
  }

  private void writeNetwork(MemorySegment to, long ip, int length) {
    if (ipv4) {
      Ipv4Header.totalLength(to, ip, length);
      Ipv4Header.identification(to, ip, Ipv4Header.identification(to, ip) + index);
      Ipv4Header.fillChecksum(to, ip);
    } else {
      Ipv6Header.payloadLength(to, ip, length - Ipv6Header.LENGTH);
    }
  }

  private void writeTransport(MemorySegment to, long header, int part, boolean last) {
    if (tcp) {
      TcpHeader.sequence(to, header, TcpHeader.sequence(to, header) + sent);
      // That the congestion window was reduced is said once: RFC 3168 section 6.1.2.
      int dropped = (last ? 0 : FIN_PSH) | (index == 0 ? 0 : TcpHeader.CWR);
      TcpHeader.flags(to, header, TcpHeader.flags(to, header) & ~dropped);
    } else {
      UdpHeader.length(to, header, UdpHeader.LENGTH + part);
    }
    // The field has the pseudo header's sum, with the length of all the payload in it.
    long begun = NetworkOrder.get16(to, header + checksum);
    int whole = headers - transport + payload;
    int own = headers - transport + part;
    NetworkOrder.put16(
        to,
        header + checksum,
        InternetChecksum.fold(begun + InternetChecksum.complement(whole) + own));
  }

  /** Sums from where the sum starts to the end; the field has the pseudo header's part. */
  private void complete(MemorySegment to, long toAt, int length) {
    long from = toAt + transport;
    int sum = InternetChecksum.complement(InternetChecksum.sum(to, from, length - transport));
    boolean none = sum == 0 && checksum == UdpHeader.CHECKSUM;
    NetworkOrder.put16(to, from + checksum, none ? 0xffff : sum);
  }
}
