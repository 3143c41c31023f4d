package org.jpasst.proto.dhcp6;

import java.lang.foreign.MemorySegment;
import org.jpasst.net.IpAddress;
import org.jpasst.wire.NetworkOrder;

/**
 * The identity associations of a client's message (RFC 8415 sections 21.4, 21.5 and 21.21), in
 * their order, and which of them gets the one address there is. One instance is filled again and
 * again.
 */
final class Associations {
  /** Answer of {@link #granted}: none. */
  static final int NONE = -1;

  /** Most that are answered; a client has one or two of each kind. */
  static final int MOST = 32;

  /** Most addresses of the one that is granted which an answer revokes. */
  static final int MAX_REVOKED = 4;

  private final IpAddress assigned;
  private final int[] kinds = new int[MOST];
  private final long[] ats = new long[MOST];
  private final boolean[] empty = new boolean[MOST];
  private final boolean[] holding = new boolean[MOST];
  private final boolean[] holdingOther = new boolean[MOST];
  private final int[] sizes = new int[MOST];
  private int count;

  Associations(IpAddress assigned) {
    this.assigned = assigned;
  }

  void clear() {
    count = 0;
  }

  /** Takes one, unless it is too short or there are too many. */
  void take(MemorySegment s, int code, long at, int size) {
    if (count < MOST && size >= fixed(code)) {
      kinds[count] = code;
      ats[count] = at;
      sizes[count] = size;
      empty[count] = true;
      holding[count] = false;
      holdingOther[count] = false;
      int index = count++;
      long i = at + fixed(code);
      while (i >= 0) {
        i = look(index, s, i, at + size);
      }
    }
  }

  /** Looks at one option in an association; the next one's offset, or less than 0. */
  private long look(int index, MemorySegment s, long at, long end) {
    if (end - at < Dhcpv6Option.HEADER) {
      return NONE;
    }
    long content = at + Dhcpv6Option.HEADER;
    int size = NetworkOrder.get16(s, at + 2);
    if (size > end - content) {
      return NONE;
    }
    int code = NetworkOrder.get16(s, at);
    if (isAddress(code, size)) {
      empty[index] = false;
      boolean ours = isAssigned(s, content);
      holding[index] |= ours;
      holdingOther[index] |= !ours;
    } else if (code == Dhcpv6Option.IA_PREFIX) {
      empty[index] = false;
    }
    return content + size;
  }

  private static boolean isAddress(int code, int size) {
    return code == Dhcpv6Option.IA_ADDRESS && size >= Dhcpv6Option.IA_ADDRESS_FIXED;
  }

  private boolean isAssigned(MemorySegment s, long at) {
    return NetworkOrder.get64(s, at) == assigned.hi()
        && NetworkOrder.get64(s, at + 8) == assigned.lo();
  }

  private static int fixed(int code) {
    return code == Dhcpv6Option.IA_TA ? Dhcpv6Option.IA_TA_FIXED : Dhcpv6Option.IA_NA_FIXED;
  }

  int count() {
    return count;
  }

  /** The option's code: IA_NA, IA_TA or IA_PD. */
  int kind(int index) {
    return kinds[index];
  }

  /** Offset of the identifier, behind which are T1 and T2, but for IA_TA. */
  long at(int index) {
    return ats[index];
  }

  /** Whether it holds neither address nor prefix. */
  boolean isEmpty(int index) {
    return empty[index];
  }

  /** Whether it holds the assigned address. */
  boolean holdsAssigned(int index) {
    return holding[index];
  }

  /** Whether it holds another address. */
  boolean holdsOther(int index) {
    return holdingOther[index];
  }

  /** Whether any holds an address, or one that isn't the assigned one. */
  boolean anyHolds(boolean other) {
    for (int i = 0; i < count; i++) {
      if (holdingOther[i] || !other && holding[i]) {
        return true;
      }
    }
    return false;
  }

  /**
   * Which IA_NA gets the address: the one that holds it, else the first.
   *
   * @param only whether one that holds another address gets none
   */
  int granted(boolean only) {
    int found = NONE;
    for (int i = 0; i < count; i++) {
      if (kinds[i] == Dhcpv6Option.IA_NA && !(only && holdingOther[i])) {
        if (holding[i]) {
          return i;
        }
        found = found == NONE ? i : found;
      }
    }
    return found;
  }

  /**
   * The next address in an association that isn't the assigned one.
   *
   * @param after the offset of the one before, or {@link #NONE}
   * @return its offset, or {@link #NONE}
   */
  long nextOther(int index, MemorySegment s, long after) {
    long end = ats[index] + sizes[index];
    long at =
        after == NONE ? ats[index] + fixed(kinds[index]) : after + NetworkOrder.get16(s, after - 2);
    while (end - at >= Dhcpv6Option.HEADER) {
      long content = at + Dhcpv6Option.HEADER;
      int size = NetworkOrder.get16(s, at + 2);
      if (size > end - content) {
        return NONE;
      }
      if (isAddress(NetworkOrder.get16(s, at), size) && !isAssigned(s, content)) {
        return content;
      }
      at = content + size;
    }
    return NONE;
  }
}
