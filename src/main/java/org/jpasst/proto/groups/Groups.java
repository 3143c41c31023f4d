package org.jpasst.proto.groups;

import java.lang.foreign.MemorySegment;
import java.util.concurrent.TimeUnit;
import org.jpasst.forward.GuestAddresses;
import org.jpasst.guest.FrameSink;
import org.jpasst.loop.PeriodicTask;
import org.jpasst.net.IpAddress;
import org.jpasst.proto.Environment;
import org.jpasst.proto.Packet;
import org.jpasst.proto.PacketHandler;
import org.jpasst.stats.Counter;
import org.jpasst.stats.Counters;
import org.jpasst.wire.GroupRecord;
import org.jpasst.wire.IgmpHeader;
import org.jpasst.wire.MldHeader;

/**
 * Takes the guest's messages of IGMP and MLD, and asks for them as the link's querier: at the RFCs'
 * interval, as long as the guest is in any group. Of what a listener says about sources, only
 * whether it listens to any is of interest: it sorts out the rest itself.
 */
public final class Groups implements PacketHandler, PeriodicTask {
  private static final long INTERVAL = TimeUnit.SECONDS.toNanos(GroupMembership.QUERY_INTERVAL);

  /** Scopes of an IPv6 group that don't leave a node, RFC 4291 section 2.7. */
  private static final int INTERFACE_LOCAL = 1;

  private static final long SOLICITED_NODE = 0x1_ffL;

  private final GroupMembership membership;
  private final GroupQueries queries;
  private final GroupMembership.Query ofGroup;
  private final GuestAddresses guest;
  private final Counters counters;
  private final FrameSink sink;
  private boolean arrived;
  private final GeneralQueries queries4 = new GeneralQueries(true);
  private final GeneralQueries queries6 = new GeneralQueries(false);

  /** Those of one family, at intervals for as long as the guest is in any group of it. */
  private final class GeneralQueries {
    private final boolean ipv4;
    private boolean begun;
    private long next;

    GeneralQueries(boolean ipv4) {
      this.ipv4 = ipv4;
    }

    /** The guest has reported a group: the first query comes an interval after that. */
    void begin(long now) {
      if (!begun) {
        begun = true;
        next = now + INTERVAL;
      }
    }

    void onTick(long now) {
      begun &= membership.isAny(ipv4);
      if (begun && now - next >= 0) {
        next = now + INTERVAL;
        queries.general(ipv4);
      }
    }
  }

  /** The guest is in no group yet. */
  public Groups(Environment environment, GroupListener listener) {
    membership = new GroupMembership(listener);
    queries = new GroupQueries(environment.sink(), environment.translation(), environment.macs());
    ofGroup = queries::ofGroup;
    guest = environment.guest();
    sink = environment.sink();
    counters = environment.counters();
  }

  /** A packet of IGMP, or an ICMPv6 message whose type {@link MldHeader} has. */
  @Override
  public void onPacket(Packet packet, long now) {
    boolean taken =
        packet.frame().isInOnePiece()
            && packet.length() >= IgmpHeader.LENGTH
            && packet.icmpChecksumVerifies()
            && (packet.isIpv4() ? onIgmp(packet, now) : onMld(packet, now));
    if (!taken) {
      counters.increment(Counter.DROP_GROUP);
    }
  }

  private boolean onIgmp(Packet packet, long now) {
    MemorySegment s = packet.memory();
    long at = packet.at();
    long group = IpAddress.mapped(IgmpHeader.group(s, at));
    return switch (IgmpHeader.type(s, at)) {
      case IgmpHeader.REPORT_1, IgmpHeader.REPORT_2 -> join(0, group, now);
      case IgmpHeader.LEAVE -> leave(0, group, now);
      case IgmpHeader.REPORT_3 -> onRecords(packet, IgmpHeader.records(s, at), now);
      default -> false;
    };
  }

  /**
   * RFC 3810 section 5.2.13 and RFC 2710 section 3: what isn't from a link-local address, or may
   * have come from afar, is ignored.
   */
  private boolean onMld(Packet packet, long now) {
    MemorySegment s = packet.memory();
    long at = packet.at();
    if (packet.hopLimit() != 1 || !IpAddress.isLinkLocal(packet.sourceHi(), packet.sourceLo())) {
      return false;
    }
    int type = IgmpHeader.type(s, at);
    if (type == MldHeader.REPORT_2) {
      return onRecords(packet, MldHeader.records(s, at), now);
    }
    if (packet.length() < MldHeader.LENGTH_1) {
      return false;
    }
    long hi = MldHeader.groupHi(s, at);
    long lo = MldHeader.groupLo(s, at);
    return type == MldHeader.DONE ? leave(hi, lo, now) : join(hi, lo, now);
  }

  /** A report with a record that isn't whole says nothing. */
  private boolean onRecords(Packet packet, int count, long now) {
    if (!areWhole(packet, count)) {
      return false;
    }
    boolean ipv4 = packet.isIpv4();
    MemorySegment s = packet.memory();
    long at = packet.at() + IgmpHeader.LENGTH;
    boolean taken = true;
    for (int i = 0; i < count; i++) {
      taken &= onRecord(s, at, ipv4, now);
      at += GroupRecord.length(s, at, ipv4);
    }
    return taken;
  }

  private static boolean areWhole(Packet packet, int count) {
    boolean ipv4 = packet.isIpv4();
    MemorySegment s = packet.memory();
    long at = packet.at() + IgmpHeader.LENGTH;
    long end = packet.at() + packet.length();
    for (int i = 0; i < count; i++) {
      if (end - at < GroupRecord.leastLength(ipv4)) {
        return false;
      }
      at += GroupRecord.length(s, at, ipv4);
    }
    return at <= end;
  }

  private boolean onRecord(MemorySegment s, long at, boolean ipv4, long now) {
    long hi = GroupRecord.groupHi(s, at, ipv4);
    long lo = GroupRecord.groupLo(s, at, ipv4);
    boolean some = GroupRecord.sources(s, at) > 0;
    return switch (GroupRecord.type(s, at)) {
      case GroupRecord.IS_EXCLUDE, GroupRecord.TO_EXCLUDE -> join(hi, lo, now);
      case GroupRecord.IS_INCLUDE, GroupRecord.ALLOW -> !some || join(hi, lo, now);
      case GroupRecord.TO_INCLUDE -> some ? join(hi, lo, now) : leave(hi, lo, now);
      case GroupRecord.BLOCK -> leave(hi, lo, now);
      default -> true; // RFC 3376 section 4.2.12: of a type that isn't known
    };
  }

  private boolean join(long hi, long lo, long now) {
    if (!IpAddress.isMulticast(hi, lo)) {
      return false;
    }
    if (!isOfLink(hi, lo)) {
      (IpAddress.isIpv4(hi, lo) ? queries4 : queries6).begin(now);
      if (!membership.join(hi, lo, now)) {
        counters.increment(Counter.DROP_GROUP_FULL);
      }
    }
    return true;
  }

  private boolean leave(long hi, long lo, long now) {
    if (!IpAddress.isMulticast(hi, lo)) {
      return false;
    }
    membership.leave(hi, lo, now, ofGroup);
    return true;
  }

  /** Whether a group is the guest's link's own: all nodes, or what neighbour discovery uses. */
  private static boolean isOfLink(long hi, long lo) {
    if (IpAddress.isIpv4(hi, lo)) {
      return lo == IpAddress.ALL_NODES4.lo();
    }
    int scope = (int) (hi >>> 48) & 0xf;
    return scope <= INTERFACE_LOCAL
        || hi == IpAddress.ALL_NODES6.hi()
            && (lo == IpAddress.ALL_NODES6.lo() || lo >>> 24 == SOLICITED_NODE);
  }

  /**
   * The guest has come from another host, where its groups are known: it is asked for all of them
   * once it takes frames.
   */
  public void guestArrived() {
    arrived = true;
  }

  private void askOfAll() {
    if (guest.hasIpv4()) {
      queries.general(true);
    }
    if (guest.hasIpv6()) {
      queries.general(false);
    }
  }

  /** Asks where it is time, and ends what wasn't confirmed; to be called once a second. */
  @Override
  public void onTick(long now) {
    if (arrived && sink.hasRoom()) {
      arrived = false;
      askOfAll();
    }
    membership.onTick(now, ofGroup);
    queries4.onTick(now);
    queries6.onTick(now);
  }

  /** How many groups the guest is in. */
  public int count() {
    return membership.count();
  }
}
