package org.jpasst.proto.groups;

import java.util.concurrent.TimeUnit;
import org.jpasst.net.IpAddress;

/**
 * Which groups the guest is in. A membership ends when the guest hasn't confirmed it for a time,
 * which is short once it has said that it leaves: another node behind the guest may still be in the
 * group, and answers the query.
 */
final class GroupMembership {
  /**
   * Groups there can be, of both families: three times what one socket of a Linux guest may join
   * (net.ipv4.igmp_max_memberships, 20). What a host's interface filters is bounded, too.
   */
  static final int MOST = 64;

  /** Robustness Variable, RFC 3376 section 8.1 and RFC 3810 section 9.1. */
  static final int ROBUSTNESS = 2;

  /** Query Interval in seconds, RFC 3376 section 8.2 and RFC 3810 section 9.2. */
  static final int QUERY_INTERVAL = 125;

  /** Query Response Interval in seconds, RFC 3376 section 8.3 and RFC 3810 section 9.3. */
  static final int RESPONSE_INTERVAL = 10;

  /** Last Member Query Interval in seconds, RFC 3376 section 8.8 and RFC 3810 section 9.8. */
  static final int LAST_MEMBER_INTERVAL = 1;

  /** Group Membership Interval, RFC 3376 section 8.4 and RFC 3810 section 9.4. */
  static final long LIFE =
      TimeUnit.SECONDS.toNanos(ROBUSTNESS * QUERY_INTERVAL + RESPONSE_INTERVAL);

  /** Last Member Query Time, RFC 3376 section 8.10 and RFC 3810 section 9.10. */
  static final long LAST_MEMBER_TIME = TimeUnit.SECONDS.toNanos(ROBUSTNESS * LAST_MEMBER_INTERVAL);

  /** Has a group asked for. */
  @FunctionalInterface
  interface Query {
    /** Asks whether anybody is in the group. */
    void of(long hi, long lo);
  }

  private final GroupListener listener;
  private final long[] his = new long[MOST];
  private final long[] los = new long[MOST];
  private final long[] ends = new long[MOST];
  private final boolean[] leaving = new boolean[MOST];
  private int count;

  GroupMembership(GroupListener listener) {
    this.listener = listener;
  }

  /** Whether the guest is in any group of a family. */
  boolean isAny(boolean ipv4) {
    for (int i = 0; i < count; i++) {
      if (IpAddress.isIpv4(his[i], los[i]) == ipv4) {
        return true;
      }
    }
    return false;
  }

  /** How many groups the guest is in. */
  int count() {
    return count;
  }

  private int find(long hi, long lo) {
    int i = count - 1;
    while (i >= 0 && (los[i] != lo || his[i] != hi)) {
      i--;
    }
    return i;
  }

  /**
   * The guest is in a group.
   *
   * @return false where it would be one too many
   */
  boolean join(long hi, long lo, long now) {
    int i = find(hi, lo);
    boolean isNew = i < 0;
    if (isNew) {
      if (count == MOST) {
        return false;
      }
      i = count++;
      his[i] = hi;
      los[i] = lo;
    }
    ends[i] = now + LIFE;
    leaving[i] = false;
    if (isNew) {
      listener.joined(hi, lo);
    }
    return true;
  }

  /** The guest, or a node behind it, leaves a group, all or in part: others may be in it. */
  void leave(long hi, long lo, long now, Query query) {
    int i = find(hi, lo);
    if (i >= 0 && !leaving[i]) {
      leaving[i] = true;
      ends[i] = now + LAST_MEMBER_TIME;
      query.of(hi, lo);
    }
  }

  /** Ends what wasn't confirmed; asks again where somebody has left. To be called once a second. */
  void onTick(long now, Query query) {
    for (int i = count - 1; i >= 0; i--) {
      if (now - ends[i] >= 0) {
        long hi = his[i];
        long lo = los[i];
        remove(i);
        listener.left(hi, lo);
      } else if (leaving[i]) {
        query.of(his[i], los[i]);
      }
    }
  }

  private void remove(int i) {
    int last = --count;
    his[i] = his[last];
    los[i] = los[last];
    ends[i] = ends[last];
    leaving[i] = leaving[last];
  }
}
