package org.jpasst.proto.groups;

import java.lang.foreign.MemorySegment;
import org.jpasst.forward.AddressTranslation;
import org.jpasst.guest.FrameSink;
import org.jpasst.guest.LentFrame;
import org.jpasst.net.IpAddress;
import org.jpasst.net.MacLookup;
import org.jpasst.wire.EthernetHeader;
import org.jpasst.wire.Icmpv6Header;
import org.jpasst.wire.IgmpHeader;
import org.jpasst.wire.InternetChecksum;
import org.jpasst.wire.IpFrame;
import org.jpasst.wire.IpProtocol;
import org.jpasst.wire.Ipv6Extensions;
import org.jpasst.wire.MldHeader;
import org.jpasst.wire.RouterAlert;

/**
 * Asks the guest which groups it is in. Queries are of the newest version; those who know older
 * ones only understand these, too (RFC 3376 section 7.1, RFC 3810 section 8.1).
 */
final class GroupQueries {
  /** Internetwork control, RFC 3376 section 4. */
  private static final int PRECEDENCE = 0xc0;

  private static final int LONGEST =
      IpFrame.headersLength(false) + RouterAlert.LENGTH6 + MldHeader.QUERY_LENGTH;

  private static final int TENTHS = 10;
  private static final int MILLIS = 1000;

  private final FrameSink sink;
  private final AddressTranslation translation;
  private final MacLookup macs;
  private final IpFrame frame = new IpFrame();

  GroupQueries(FrameSink sink, AddressTranslation translation, MacLookup macs) {
    this.sink = sink;
    this.translation = translation;
    this.macs = macs;
  }

  /** Asks for all groups of a family. */
  void general(boolean ipv4) {
    if (ipv4) {
      send4(IpAddress.ALL_NODES4.lo(), 0, GroupMembership.RESPONSE_INTERVAL);
    } else {
      IpAddress all = IpAddress.ALL_NODES6;
      send6(all.hi(), all.lo(), 0, 0, GroupMembership.RESPONSE_INTERVAL);
    }
  }

  /** Asks whether anybody is in a group. */
  void ofGroup(long hi, long lo) {
    if (IpAddress.isIpv4(hi, lo)) {
      send4(lo, (int) lo, GroupMembership.LAST_MEMBER_INTERVAL);
    } else {
      send6(hi, lo, hi, lo, GroupMembership.LAST_MEMBER_INTERVAL);
    }
  }

  private void send4(long to, int group, int response) {
    LentFrame lent = sink.lendReply(LONGEST);
    if (lent.isNone()) {
      return;
    }
    MemorySegment s = lent.memory();
    frame.begin(s, lent.at(), true);
    address(0, to);
    long option = frame.transportAt();
    IgmpHeader.writeQuery(
        s,
        option + RouterAlert.LENGTH4,
        group,
        response * TENTHS,
        GroupMembership.ROBUSTNESS,
        GroupMembership.QUERY_INTERVAL);
    int length = frame.finish(IpProtocol.IGMP, RouterAlert.LENGTH4 + IgmpHeader.QUERY_LENGTH);
    RouterAlert.addTo4(s, lent.at() + EthernetHeader.LENGTH);
    sink.publish(lent, length);
  }

  private void send6(long toHi, long toLo, long hi, long lo, int response) {
    LentFrame lent = sink.lendReply(LONGEST);
    if (lent.isNone()) {
      return;
    }
    MemorySegment s = lent.memory();
    frame.begin(s, lent.at(), false);
    address(toHi, toLo);
    long options = frame.transportAt();
    long mld = options + RouterAlert.LENGTH6;
    RouterAlert.write6(s, options, IpProtocol.ICMPV6);
    MldHeader.writeQuery(
        s,
        mld,
        hi,
        lo,
        response * MILLIS,
        GroupMembership.ROBUSTNESS,
        GroupMembership.QUERY_INTERVAL);
    int length =
        frame.finish(Ipv6Extensions.HOP_BY_HOP, RouterAlert.LENGTH6 + MldHeader.QUERY_LENGTH);
    IpAddress from = translation.ourAddress(false);
    long pseudoHeader =
        InternetChecksum.pseudoHeader6(
            from.hi(), from.lo(), toHi, toLo, IpProtocol.ICMPV6, MldHeader.QUERY_LENGTH);
    Icmpv6Header.fillChecksum(s, mld, MldHeader.QUERY_LENGTH, pseudoHeader);
    sink.publish(lent, length);
  }

  private void address(long hi, long lo) {
    IpAddress from = translation.ourAddress(IpAddress.isIpv4(hi, lo));
    frame.from(macs.macOf(from.hi(), from.lo()), from.hi(), from.lo());
    frame.to(EthernetHeader.multicast(hi, lo), hi, lo);
    frame.hops(1, PRECEDENCE);
  }
}
