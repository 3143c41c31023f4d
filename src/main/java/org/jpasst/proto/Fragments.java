package org.jpasst.proto;

import java.lang.foreign.MemorySegment;
import org.jpasst.flow.FlowSide;
import org.jpasst.forward.GuestAddresses;
import org.jpasst.guest.FrameSink;
import org.jpasst.wire.InternetChecksum;
import org.jpasst.wire.IpFrame;
import org.jpasst.wire.Ipv6Header;
import org.jpasst.wire.PathMtu;

/**
 * Cuts up datagrams for the guest that are longer than its link takes (RFC 791 section 3.2, RFC
 * 8200 section 4.5). Where the link has room for some fragments only, the others follow when it has
 * more: what is asked for again goes on where it stopped.
 */
public final class Fragments {
  private static final int UNIT = 8;

  private final GuestFrame frame;
  private int identification;

  /** The datagram that the guest has got in part, and how much of it. */
  private MemorySegment payload = MemorySegment.NULL;

  private long payloadAt;
  private int payloadLength;
  private int done;
  private int ttl = Ipv6Header.HOP_LIMIT;
  private int trafficClass;

  /** Fragments of a link. */
  public Fragments(FrameSink sink, GuestAddresses guest) {
    frame = new GuestFrame(sink, guest);
  }

  /** Whether a packet with so many bytes from its transport header on has to be cut up. */
  public static boolean areNeeded(boolean ipv4, int length, int mtu) {
    return IpFrame.ipLength(ipv4) + length > Math.max(mtu, PathMtu.minimum(ipv4));
  }

  /**
   * The sum of the pseudo header (RFC 8200 section 8.1) of a whole datagram for the guest.
   *
   * @param length from its transport header on
   */
  public static long pseudoHeader6(FlowSide side, int protocol, int length) {
    return InternetChecksum.pseudoHeader6(
        side.ourHi(), side.ourLo(), side.endpointHi(), side.endpointLo(), protocol, length);
  }

  /** Sets TTL and type of service of what is written from now on, see {@link IpFrame#hops}. */
  public void hops(int newTtl, int newTrafficClass) {
    ttl = newTtl;
    trafficClass = newTrafficClass;
  }

  /** What there was of a datagram doesn't follow any more. */
  public void abandon() {
    done = 0;
  }

  /**
   * Writes and publishes a datagram's fragments.
   *
   * @param side the guest's endpoint, and as ours the sender
   * @param header from its first byte on holds the transport header, with its checksum
   * @param headerLength bytes of that, at most 8
   * @param mtu bytes of the longest packet; what each link takes, if it is less than that
   * @return false where the link has no room for the rest of it
   */
  public boolean write(
      FlowSide side,
      long mac,
      int protocol,
      MemorySegment header,
      int headerLength,
      MemorySegment bytes,
      long at,
      int length,
      int mtu) {
    boolean ipv4 = side.isIpv4();
    begin(bytes, at, length);
    int most = Math.max(mtu, PathMtu.minimum(ipv4)) - IpFrame.fragmentIpLength(ipv4);
    most -= most % UNIT;
    int total = headerLength + length;
    while (done < total) {
      int size = Math.min(most, total - done);
      int head = done == 0 ? headerLength : 0;
      if (!frame.lendFragment(side, mac, head, size - head)) {
        return false;
      }
      frame.hops(ttl, trafficClass);
      frame.fragment(identification, done, done + size < total);
      MemorySegment.copy(header, 0, frame.memory(), frame.transportAt(), head);
      frame.fill(bytes, at + done + head - headerLength, size - head);
      frame.finish(protocol, size);
      frame.publish();
      done += size;
    }
    done = 0;
    return true;
  }

  private void begin(MemorySegment bytes, long at, int length) {
    boolean same = at == payloadAt && length == payloadLength && bytes.equals(payload);
    if (done == 0 || !same) {
      done = 0;
      payload = bytes;
      payloadAt = at;
      payloadLength = length;
      identification++;
    }
  }
}
