package org.jpasst.wire;

import java.lang.foreign.MemorySegment;
import org.jpasst.net.IpAddress;

/**
 * The Ethernet II header, without tags. Readable where at least {@link #LENGTH} bytes are there.
 *
 * <pre>
 *  0           6           12     14
 * +-----------+-----------+------+
 * |destination| source    | type |
 * +-----------+-----------+------+
 * </pre>
 */
public final class EthernetHeader {
  /** Bytes in the header. */
  public static final int LENGTH = 14;

  /** Least length of a frame for the guest, without check sequence; shorter ones are padded. */
  public static final int MINIMUM_FRAME = 60;

  /** Type: IPv4. */
  public static final int TYPE_IPV4 = 0x0800;

  /** Type: ARP. */
  public static final int TYPE_ARP = 0x0806;

  /** Type: RARP (RFC 903). */
  public static final int TYPE_RARP = 0x8035;

  /** Type: IPv6. */
  public static final int TYPE_IPV6 = 0x86dd;

  /** Type: a tag of IEEE 802.1Q follows, and the type behind that. */
  public static final int TYPE_TAG = 0x8100;

  /** Type: the same for a provider's tag (IEEE 802.1ad), behind which there may be another. */
  public static final int TYPE_SERVICE_TAG = 0x88a8;

  /** Bytes that a tag makes the header longer. */
  public static final int TAG_LENGTH = 4;

  /** In a tag: it tells a priority only (IEEE 802.1Q section 9.6). */
  public static final int NO_VLAN = 0;

  /** ff:ff:ff:ff:ff:ff. */
  public static final long BROADCAST = 0xffff_ffff_ffffL;

  private static final int GROUP = 1; // in the first byte of an address
  private static final int DESTINATION = 0;
  private static final int SOURCE = 6;
  private static final int TYPE = 12;

  private static final int VLAN_MASK = 0xfff;

  private EthernetHeader() {}

  /** The destination's 48 bits. */
  public static long destination(MemorySegment s, long at) {
    return NetworkOrder.get48(s, at + DESTINATION);
  }

  /** Whether it is for several: broadcast or multicast, IEEE 802.3 section 3.2.3. */
  public static boolean isToGroup(MemorySegment s, long at) {
    return (NetworkOrder.get8(s, at + DESTINATION) & GROUP) != 0;
  }

  /** The source's 48 bits. */
  public static long source(MemorySegment s, long at) {
    return NetworkOrder.get48(s, at + SOURCE);
  }

  /** The payload's type, or its length where below 1536 (IEEE 802.3). */
  public static int type(MemorySegment s, long at) {
    return NetworkOrder.get16(s, at + TYPE);
  }

  /**
   * Whether the header has a tag of a VLAN, whatever priority the tag tells. {@link #LENGTH} and
   * {@link #TAG_LENGTH} bytes have to be there.
   *
   * @param vlan the VLAN's identifier; {@link #NO_VLAN} for a tag that tells a priority only
   */
  public static boolean isTagged(MemorySegment s, long at, int vlan) {
    return type(s, at) == TYPE_TAG && (NetworkOrder.get16(s, at + LENGTH) & VLAN_MASK) == vlan;
  }

  /**
   * Puts a tag into a header, in front of which there is room for it: the addresses move there, and
   * the frame begins {@link #TAG_LENGTH} bytes earlier.
   *
   * @param at where the header begins without the tag
   * @param vlan the VLAN's identifier
   */
  public static void insertTag(MemorySegment s, long at, int vlan) {
    long tagged = at - TAG_LENGTH;
    MemorySegment.copy(s, at, s, tagged, TYPE);
    NetworkOrder.put16(s, tagged + TYPE, TYPE_TAG);
    NetworkOrder.put16(s, tagged + LENGTH, vlan);
  }

  /**
   * Takes the tag out of a header: the addresses move to where the frame begins without it, {@link
   * #TAG_LENGTH} bytes later.
   */
  public static void removeTag(MemorySegment s, long at) {
    MemorySegment.copy(s, at, s, at + TAG_LENGTH, TYPE);
  }

  /**
   * The Ethernet address an IPv6 multicast address maps to: 33:33 and the last four bytes (RFC 2464
   * section 7).
   *
   * @param lo the low half of the multicast address
   */
  public static long multicast6(long lo) {
    return 0x3333_0000_0000L | (lo & 0xffff_ffffL);
  }

  /**
   * The Ethernet address that a multicast address of either family maps to: for IPv4 01:00:5e and
   * the last 23 bits (RFC 1112 section 6.4).
   *
   * @param hi the high half of the address, IPv4 as mapped
   * @param lo the low half
   */
  public static long multicast(long hi, long lo) {
    return IpAddress.isIpv4(hi, lo) ? 0x0100_5e00_0000L | lo & 0x7f_ffff : multicast6(lo);
  }

  /** Writes the whole header. */
  public static void write(MemorySegment s, long at, long destination, long source, int type) {
    NetworkOrder.put48(s, at + DESTINATION, destination);
    NetworkOrder.put48(s, at + SOURCE, source);
    NetworkOrder.put16(s, at + TYPE, type);
  }
}
