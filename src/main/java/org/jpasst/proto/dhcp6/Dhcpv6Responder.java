package org.jpasst.proto.dhcp6;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import org.jpasst.config.Configuration;
import org.jpasst.config.Ipv6Settings;
import org.jpasst.net.IpAddress;
import org.jpasst.net.Tenancy;
import org.jpasst.proto.Packet;
import org.jpasst.proto.Responder;
import org.jpasst.stats.Counter;
import org.jpasst.stats.Counters;
import org.jpasst.wire.EthernetHeader;
import org.jpasst.wire.IpFrame;
import org.jpasst.wire.IpProtocol;
import org.jpasst.wire.NetworkOrder;
import org.jpasst.wire.UdpHeader;

/**
 * Answers DHCPv6 (RFC 8415 section 18.3): the one address there is, to whoever asks while nobody
 * else has it, for {@link Ipv6Settings#leaseTime}. Another station is told that there is none.
 *
 * <table>
 * <caption>Answers</caption>
 * <tr><td>SOLICIT</td><td>ADVERTISE; with rapid commit REPLY</td></tr>
 * <tr><td>REQUEST</td><td>REPLY; for another address with status NotOnLink in the IA</td></tr>
 * <tr><td>RENEW, REBIND</td><td>REPLY; other addresses get a lifetime of 0</td></tr>
 * <tr><td>CONFIRM</td><td>REPLY; for another address with status NotOnLink</td></tr>
 * <tr><td>RELEASE, DECLINE</td><td>REPLY with status Success; nothing changes</td></tr>
 * <tr><td>INFORMATION-REQUEST</td><td>REPLY without address</td></tr>
 * <tr><td>REQUEST, RENEW, RELEASE, DECLINE to our own address</td><td>REPLY with status
 *     UseMulticast (sections 18.3.2 and 18.4)</td></tr>
 * </table>
 *
 * <p>One IA_NA is granted. Every other association of the message is in the answer with its status,
 * as far as the answer has room for it ({@link #MAX_REPLY}): temporary addresses, prefixes and a
 * second address aren't to be had. No state is kept between messages, and nothing is allocated for
 * one.
 */
public final class Dhcpv6Responder implements Responder {
  /** Length of the longest frame written here, below that of IPv6's least MTU. */
  public static final int MAX_REPLY = EthernetHeader.LENGTH + 1280;

  /** The UDP port that clients send to. */
  public static final int SERVER_PORT = 547;

  private static final int CLIENT_PORT = 546;
  private static final int MESSAGE_HEADER = 4;
  private static final int MAX_MESSAGE =
      MAX_REPLY - IpFrame.headersLength(false) - UdpHeader.LENGTH;
  private static final byte[] NOT_ON_LINK =
      "Prefix not appropriate for link.".getBytes(StandardCharsets.US_ASCII);
  private static final byte[] NO_TEXT = {};

  /** An association with a status without text. */
  private static final int STATUS_ONLY =
      Dhcpv6Option.HEADER + Dhcpv6Option.IA_NA_FIXED + Dhcpv6Option.HEADER + 2;

  private static final int ADDRESS = Dhcpv6Option.HEADER + Dhcpv6Option.IA_ADDRESS_FIXED;

  private final IpAddress source;
  private final IpAddress assigned;
  private final int lifetime;
  private final long ourMac;
  private final ServerDuid duid;
  private final Dhcpv6Request request;
  private final NameOptions names;
  private final Tenancy tenancy;
  private final Counters counters;
  private final IpFrame frame = new IpFrame();

  /**
   * A responder for one run.
   *
   * @param settings those of the configuration's IPv6
   * @param assigned the address to lease
   * @param tenancy who may be given the address, and is told who was
   */
  public Dhcpv6Responder(
      Configuration configuration,
      Ipv6Settings settings,
      IpAddress assigned,
      Tenancy tenancy,
      Counters counters) {
    this.source = settings.ourLinkLocal();
    this.assigned = assigned;
    this.lifetime = settings.leaseTime();
    this.ourMac = configuration.ourMac().bits();
    this.duid = new ServerDuid(ourMac);
    this.request = new Dhcpv6Request(duid, assigned);
    this.names = new NameOptions(settings, configuration.names());
    this.tenancy = tenancy;
    this.counters = counters;
  }

  /**
   * Answers one message. The IPv6 and UDP headers must be valid, and the checksum right.
   *
   * @param out takes the answer, up to {@link #MAX_REPLY} bytes
   * @param outAt offset of the answer's Ethernet header
   * @return the answer's length; 0 where there is none, counted as {@link Counter#DROP_DHCP6}
   */
  @Override
  public int respond(Packet packet, MemorySegment out, long outAt) {
    MemorySegment in = packet.memory();
    long message = packet.at() + UdpHeader.LENGTH;
    int length = packet.length() - UdpHeader.LENGTH;
    frame.begin(out, outAt, false);
    frame.from(ourMac, source.hi(), source.lo());
    frame.to(packet.sourceMac(), packet.sourceHi(), packet.sourceLo());
    int answer = 0;
    if (length >= MESSAGE_HEADER
        && IpAddress.isUnicast(packet.sourceHi(), packet.sourceLo())
        && request.parse(in, message + MESSAGE_HEADER, length - MESSAGE_HEADER)) {
      boolean toAll = IpAddress.isMulticast(packet.destinationHi(), packet.destinationLo());
      long end = toAll ? answer(packet, message) : answerDirect(in, message);
      answer = end == 0 ? 0 : finish((int) (end - frame.transportAt()));
    }
    if (answer == 0) {
      counters.increment(Counter.DROP_DHCP6);
    }
    return answer;
  }

  /**
   * Whether a datagram to port 547 of a single node is for this server: a client's to our own
   * address.
   */
  public boolean isFor(Packet packet) {
    return packet.destinationHi() == source.hi()
        && packet.destinationLo() == source.lo()
        && packet.length() > UdpHeader.LENGTH
        && isFromClient(NetworkOrder.get8(packet.memory(), packet.at() + UdpHeader.LENGTH));
  }

  /** Servers' and relays' messages are for others, such as a server of the guest's. */
  private static boolean isFromClient(int type) {
    return switch (type) {
      case Dhcpv6Option.SOLICIT,
          Dhcpv6Option.REQUEST,
          Dhcpv6Option.CONFIRM,
          Dhcpv6Option.RENEW,
          Dhcpv6Option.REBIND,
          Dhcpv6Option.RELEASE,
          Dhcpv6Option.DECLINE,
          Dhcpv6Option.INFORMATION_REQUEST ->
          true;
      default -> false;
    };
  }

  /** Writes the answer's message; returns the offset of its end, 0 where there is no answer. */
  private long answer(Packet packet, long message) {
    MemorySegment in = packet.memory();
    int type = NetworkOrder.get8(in, message);
    if (!acceptable(type)) {
      return 0;
    }
    long mac = packet.sourceMac();
    boolean rapid = type == Dhcpv6Option.SOLICIT && request.rapidCommit() && tenancy.isFreeFor(mac);
    return switch (type) {
      case Dhcpv6Option.SOLICIT, Dhcpv6Option.REQUEST, Dhcpv6Option.RENEW, Dhcpv6Option.REBIND ->
          lease(type, rapid, packet, message);
      case Dhcpv6Option.CONFIRM ->
          request.associations().anyHolds(true) || !tenancy.mayTake(mac)
              ? status(Dhcpv6Option.NOT_ON_LINK, NOT_ON_LINK, in, message)
              : lease(type, false, packet, message);
      case Dhcpv6Option.RELEASE, Dhcpv6Option.DECLINE -> release(in, message);
      default -> inform(in, message);
    };
  }

  private long answerDirect(MemorySegment in, long message) {
    int type = NetworkOrder.get8(in, message);
    boolean told =
        switch (type) {
          case Dhcpv6Option.REQUEST,
              Dhcpv6Option.RENEW,
              Dhcpv6Option.RELEASE,
              Dhcpv6Option.DECLINE ->
              acceptable(type);
          default -> false;
        };
    return told ? status(Dhcpv6Option.USE_MULTICAST, NO_TEXT, in, message) : 0;
  }

  /** The rules of RFC 8415 section 16 on which messages to discard. */
  private boolean acceptable(int type) {
    return switch (type) {
      case Dhcpv6Option.SOLICIT, Dhcpv6Option.REBIND ->
          request.hasClientId() && !request.hasServer();
      // Without an address there is nothing to confirm (section 18.3.3).
      case Dhcpv6Option.CONFIRM ->
          request.hasClientId() && !request.hasServer() && request.associations().anyHolds(false);
      case Dhcpv6Option.REQUEST, Dhcpv6Option.RENEW, Dhcpv6Option.RELEASE, Dhcpv6Option.DECLINE ->
          request.hasClientId() && request.hasOurServer();
      case Dhcpv6Option.INFORMATION_REQUEST ->
          !request.hasIa() && (!request.hasServer() || request.hasOurServer());
      default -> false;
    };
  }

  private long lease(int asked, boolean rapid, Packet packet, long message) {
    MemorySegment in = packet.memory();
    boolean offer = asked == Dhcpv6Option.SOLICIT && !rapid;
    Associations associations = request.associations();
    int granted = associations.granted(asked == Dhcpv6Option.REQUEST);
    if (granted != Associations.NONE && isHeld(offer, packet.sourceMac())) {
      counters.increment(Counter.DROP_DHCP_HELD);
      granted = Associations.NONE;
    }
    long i = begin(offer ? Dhcpv6Option.ADVERTISE : Dhcpv6Option.REPLY, in, message);
    int rapidLength = rapid ? Dhcpv6Option.HEADER : 0;
    // What is behind the associations has its place; so has the one that is granted.
    boolean refused = granted == Associations.NONE && associations.anyHolds(true);
    int namesLength = refused ? 0 : names.length();
    long limit = replyAt() + MAX_MESSAGE - clientIdOption() - rapidLength - namesLength;
    i = putAssociations(asked, granted, in, i, limit);
    i = putClientId(in, i);
    if (rapid) {
      i = putHeader(i, Dhcpv6Option.RAPID_COMMIT, 0);
    }
    if (granted != Associations.NONE && !offer) {
      tenancy.take(packet.sourceMac());
    }
    return refused ? i : i + names.write(frame.memory(), i, request.wantsDnsUpdated());
  }

  /** Whether another station has the address. */
  private boolean isHeld(boolean offer, long mac) {
    return offer ? !tenancy.mayBeOffered(mac) : !tenancy.mayTake(mac);
  }

  /** Every association, as far as there is room before a limit. */
  private long putAssociations(int asked, int granted, MemorySegment in, long at, long limit) {
    Associations associations = request.associations();
    int lease = Dhcpv6Option.HEADER + Dhcpv6Option.IA_NA_FIXED + ADDRESS;
    long kept = granted == Associations.NONE ? limit : limit - lease;
    long i = at;
    for (int k = 0; k < associations.count(); k++) {
      if (k == granted) {
        kept = limit;
        i = putLease(k, revokes(asked), in, i, limit);
      } else if (asked == Dhcpv6Option.REQUEST && isElsewhere(k)) {
        if (kept - i >= STATUS_ONLY + NOT_ON_LINK.length) {
          i = putRefusal(k, Dhcpv6Option.NOT_ON_LINK, NOT_ON_LINK, true, in, i);
        }
      } else if (kept - i >= STATUS_ONLY) {
        i = putRefusal(k, reason(asked, k), NO_TEXT, false, in, i);
      }
    }
    return i;
  }

  private static boolean revokes(int asked) {
    return asked == Dhcpv6Option.RENEW || asked == Dhcpv6Option.REBIND;
  }

  private boolean isElsewhere(int index) {
    return request.associations().kind(index) == Dhcpv6Option.IA_NA
        && request.associations().holdsOther(index);
  }

  /** Why an association gets nothing; a client that renews one may not know that it is gone. */
  private int reason(int asked, int index) {
    Associations associations = request.associations();
    if (revokes(asked) && !associations.isEmpty(index)) {
      return Dhcpv6Option.NO_BINDING;
    }
    return associations.kind(index) == Dhcpv6Option.IA_PD
        ? Dhcpv6Option.NO_PREFIX_AVAILABLE
        : Dhcpv6Option.NO_ADDRESSES_AVAILABLE;
  }

  private long putLease(int index, boolean revokes, MemorySegment in, long at, long limit) {
    MemorySegment out = frame.memory();
    Associations associations = request.associations();
    long i = at + Dhcpv6Option.HEADER;
    NetworkOrder.put32(out, i, NetworkOrder.get32(in, associations.at(index)));
    // When to renew and to rebind (RFC 8415 section 21.4).
    NetworkOrder.put32(out, i + 4, lifetime / 2);
    NetworkOrder.put32(out, i + 8, lifetime / 5 * 4);
    i = putAddress(i + Dhcpv6Option.IA_NA_FIXED, assigned.hi(), assigned.lo(), lifetime);
    int revoked = 0;
    long other = revokes ? associations.nextOther(index, in, Associations.NONE) : Associations.NONE;
    while (other != Associations.NONE
        && revoked++ < Associations.MAX_REVOKED
        && limit - i >= ADDRESS) {
      i = putAddress(i, NetworkOrder.get64(in, other), NetworkOrder.get64(in, other + 8), 0);
      other = associations.nextOther(index, in, other);
    }
    putHeader(at, Dhcpv6Option.IA_NA, (int) (i - at) - Dhcpv6Option.HEADER);
    return i;
  }

  /** An association that gets nothing, with its status. */
  private long putRefusal(
      int index, int status, byte[] text, boolean withTimes, MemorySegment in, long at) {
    MemorySegment out = frame.memory();
    Associations associations = request.associations();
    int kind = associations.kind(index);
    boolean timeless = kind == Dhcpv6Option.IA_TA;
    int fixed = timeless ? Dhcpv6Option.IA_TA_FIXED : Dhcpv6Option.IA_NA_FIXED;
    long from = associations.at(index);
    long i = putHeader(at, kind, fixed + Dhcpv6Option.HEADER + 2 + text.length);
    NetworkOrder.put32(out, i, NetworkOrder.get32(in, from));
    if (!timeless) {
      NetworkOrder.put64(out, i + 4, withTimes ? NetworkOrder.get64(in, from + 4) : 0);
    }
    return putStatus(i + fixed, status, text);
  }

  /** Success; what isn't leased has no binding (RFC 8415 sections 18.3.7 and 18.3.8). */
  private long release(MemorySegment in, long message) {
    Associations associations = request.associations();
    long i = status(Dhcpv6Option.SUCCESS, NO_TEXT, in, message);
    for (int k = 0; k < associations.count(); k++) {
      boolean leased = associations.kind(k) == Dhcpv6Option.IA_NA && associations.holdsAssigned(k);
      if (!leased && replyAt() + MAX_MESSAGE - i >= STATUS_ONLY) {
        i = putRefusal(k, Dhcpv6Option.NO_BINDING, NO_TEXT, false, in, i);
      }
    }
    return i;
  }

  private long putAddress(long at, long hi, long lo, int lifetime) {
    MemorySegment out = frame.memory();
    long i = putHeader(at, Dhcpv6Option.IA_ADDRESS, Dhcpv6Option.IA_ADDRESS_FIXED);
    NetworkOrder.put64(out, i, hi);
    NetworkOrder.put64(out, i + 8, lo);
    NetworkOrder.put32(out, i + 16, lifetime);
    NetworkOrder.put32(out, i + 20, lifetime);
    return i + Dhcpv6Option.IA_ADDRESS_FIXED;
  }

  private long status(int code, byte[] text, MemorySegment in, long message) {
    long i = begin(Dhcpv6Option.REPLY, in, message);
    i = putClientId(in, i);
    return putStatus(i, code, text);
  }

  private long inform(MemorySegment in, long message) {
    long i = begin(Dhcpv6Option.REPLY, in, message);
    if (request.hasClientId()) {
      i = putClientId(in, i);
    }
    return i + names.write(frame.memory(), i, request.wantsDnsUpdated());
  }

  /** Type, transaction and server identifier. */
  private long begin(int type, MemorySegment in, long message) {
    MemorySegment out = frame.memory();
    long at = replyAt();
    int transaction = NetworkOrder.get32(in, message) & 0xff_ffff;
    NetworkOrder.put32(out, at, type << 24 | transaction);
    long i = putHeader(at + MESSAGE_HEADER, Dhcpv6Option.SERVER_ID, ServerDuid.LENGTH);
    duid.write(out, i);
    return i + ServerDuid.LENGTH;
  }

  private int clientIdOption() {
    return Dhcpv6Option.HEADER + request.clientIdLength();
  }

  private long putClientId(MemorySegment in, long at) {
    int length = request.clientIdLength();
    long i = putHeader(at, Dhcpv6Option.CLIENT_ID, length);
    MemorySegment.copy(in, request.clientId(), frame.memory(), i, length);
    return i + length;
  }

  private long putStatus(long at, int code, byte[] text) {
    MemorySegment out = frame.memory();
    long i = putHeader(at, Dhcpv6Option.STATUS, 2 + text.length);
    NetworkOrder.put16(out, i, code);
    MemorySegment.copy(text, 0, out, ValueLayout.JAVA_BYTE, i + 2, text.length);
    return i + 2 + text.length;
  }

  private long putHeader(long at, int code, int length) {
    NetworkOrder.put32(frame.memory(), at, code << 16 | length);
    return at + Dhcpv6Option.HEADER;
  }

  /** Where the answer's message begins. */
  private long replyAt() {
    return frame.transportAt() + UdpHeader.LENGTH;
  }

  /** Writes the headers before the message, of so many bytes with UDP's; the frame's length. */
  private int finish(int length) {
    MemorySegment out = frame.memory();
    UdpHeader.write(out, frame.transportAt(), SERVER_PORT, CLIENT_PORT, length);
    int frameLength = frame.finish(IpProtocol.UDP, length);
    UdpHeader.fillChecksum(out, frame.transportAt(), frame.pseudoHeader());
    return frameLength;
  }
}
