package org.jpasst.proto.dhcp;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import org.jpasst.config.Configuration;
import org.jpasst.config.Ipv4Settings;
import org.jpasst.net.IpAddress;
import org.jpasst.net.Tenancy;
import org.jpasst.proto.Packet;
import org.jpasst.proto.Responder;
import org.jpasst.stats.Counter;
import org.jpasst.stats.Counters;
import org.jpasst.wire.IpFrame;
import org.jpasst.wire.IpProtocol;
import org.jpasst.wire.NetworkOrder;
import org.jpasst.wire.UdpHeader;

/**
 * Answers DHCP and BOOTP: the one address there is, to whoever asks while nobody else has it.
 *
 * <table>
 * <caption>RFC 2131 section 4.3</caption>
 * <tr><td>DISCOVER</td><td>OFFER; with rapid commit (RFC 4039) ACK</td></tr>
 * <tr><td>REQUEST</td><td>ACK; NAK where the client wants another address, or another station has
 *     this one; nothing where it chose another server</td></tr>
 * <tr><td>INFORM</td><td>ACK without address and lease</td></tr>
 * <tr><td>BOOTP</td><td>a reply without message type (RFC 1534)</td></tr>
 * <tr><td>DECLINE, RELEASE, others</td><td>nothing</td></tr>
 * </table>
 *
 * <p>No state is kept between messages, and nothing is allocated for one. A lease lasts as {@link
 * Ipv4Settings#leaseTime} says.
 */
public final class DhcpResponder implements Responder {
  /** Length of the longest frame written here. */
  public static final int MAX_REPLY =
      IpFrame.headersLength(true) + UdpHeader.LENGTH + DhcpMessage.MAX_LENGTH;

  /** The UDP port that clients send to. */
  public static final int SERVER_PORT = DhcpMessage.SERVER_PORT;

  private static final int MAX_FORMERS = 8;
  private static final int BROADCAST = -1;

  /** In place of an answer's length: another station has the address. */
  private static final int HELD = -1;

  private static final byte[] REFUSAL =
      "requested address not available".getBytes(StandardCharsets.US_ASCII);

  private final int assigned;
  private final int ourAddress;
  private final long ourMac;
  private final DhcpOptions options;
  private final DhcpRequest request = new DhcpRequest();
  private final Tenancy tenancy;
  private final Counters counters;
  private final IpFrame frame = new IpFrame();

  /** Addresses that were ours before: leases are renewed there. */
  private final int[] formers = new int[MAX_FORMERS];

  private int formerCount;

  /**
   * A responder for one run.
   *
   * @param settings those of the configuration's IPv4
   * @param ourAddress the source of our answers, and the guest's router
   * @param tenancy who may be given the address, and is told who was
   */
  public DhcpResponder(
      Configuration configuration,
      Ipv4Settings settings,
      IpAddress ourAddress,
      Tenancy tenancy,
      Counters counters) {
    this.assigned = settings.assigned().ipv4();
    this.ourAddress = ourAddress.ipv4();
    this.ourMac = configuration.ourMac().bits();
    this.options =
        new DhcpOptions(settings, configuration.names(), configuration.mtu(), ourAddress);
    this.tenancy = tenancy;
    this.counters = counters;
  }

  /** Is asked from now on what another was asked before. */
  public void succeed(DhcpResponder former) {
    for (int i = 0; i < former.formerCount && formerCount < MAX_FORMERS - 1; i++) {
      addFormer(former.formers[i]);
    }
    addFormer(former.ourAddress);
  }

  private void addFormer(int address) {
    if (address != ourAddress) {
      formers[formerCount++] = address;
    }
  }

  /**
   * Whether a datagram to port 67 of a single node is for this server: a client's or a relay's to
   * our own address, or one that was ours (RFC 2131 section 4.1, RFC 1542 section 4).
   */
  public boolean isFor(Packet packet) {
    int destination = (int) packet.destinationLo();
    boolean ours = destination == ourAddress;
    for (int i = 0; i < formerCount; i++) {
      ours |= destination == formers[i];
    }
    return ours
        && packet.length() > UdpHeader.LENGTH
        && NetworkOrder.get8(packet.memory(), packet.at() + UdpHeader.LENGTH)
            == DhcpMessage.BOOT_REQUEST;
  }

  /**
   * Answers one message. The IPv4 and UDP headers must be valid, and their checksums right.
   *
   * @param out takes the answer, up to {@link #MAX_REPLY} bytes
   * @param outAt offset of the answer's Ethernet header
   * @return the answer's length; 0 where there is none, counted as {@link Counter#DROP_DHCP} or
   *     {@link Counter#DROP_DHCP_HELD}
   */
  @Override
  public int respond(Packet packet, MemorySegment out, long outAt) {
    MemorySegment in = packet.memory();
    long message = packet.at() + UdpHeader.LENGTH;
    int length = packet.length() - UdpHeader.LENGTH;
    frame.begin(out, outAt, true);
    frame.from(ourMac, 0, IpAddress.mapped(ourAddress));
    int answer = 0;
    if (DhcpMessage.valid(in, message, length)
        && request.parse(
            in, message + DhcpMessage.FIXED_LENGTH, length - DhcpMessage.FIXED_LENGTH)) {
      answer = answer(packet, message);
    }
    if (answer <= 0) {
      counters.increment(answer == HELD ? Counter.DROP_DHCP_HELD : Counter.DROP_DHCP);
      return 0;
    }
    return answer;
  }

  private int answer(Packet packet, long message) {
    int ciaddr = DhcpMessage.ciaddr(packet.memory(), message);
    return switch (request.type()) {
      case DhcpRequest.BOOTP ->
          mayTake(packet, message) ? lease(DhcpRequest.BOOTP, false, packet, message) : HELD;
      case DhcpOption.DISCOVER -> offer(packet, message);
      case DhcpOption.REQUEST -> {
        if (request.namesOtherServer(ourAddress)) {
          yield 0;
        }
        yield request.wantsOther(assigned, ciaddr) || !mayTake(packet, message)
            ? refuse(packet, message)
            : lease(DhcpOption.ACK, false, packet, message);
      }
      case DhcpOption.INFORM -> ciaddr == 0 ? 0 : inform(packet, message);
      default -> 0;
    };
  }

  /** What another station has is offered, and only then given. */
  private int offer(Packet packet, long message) {
    long mac = packet.sourceMac();
    boolean relayed = isRelayed(packet, message);
    if (!relayed && !tenancy.mayBeOffered(mac)) {
      return HELD;
    }
    boolean rapid = request.rapidCommit() && (relayed || tenancy.isFreeFor(mac));
    return lease(rapid ? DhcpOption.ACK : DhcpOption.OFFER, rapid, packet, message);
  }

  private boolean mayTake(Packet packet, long message) {
    return isRelayed(packet, message) || tenancy.mayTake(packet.sourceMac());
  }

  /** What a relay asks for is for somebody else. */
  private static boolean isRelayed(Packet packet, long message) {
    return DhcpMessage.giaddr(packet.memory(), message) != 0;
  }

  private int lease(int type, boolean rapid, Packet packet, long message) {
    MemorySegment in = packet.memory();
    int ciaddr = DhcpMessage.ciaddr(in, message);
    DhcpMessage.writeReply(in, message, frame.memory(), replyAt(), ciaddr, assigned);
    int length = writeOptions(type, rapid, true, in, message);
    int destination = DhcpMessage.broadcast(in, message) ? BROADCAST : assigned;
    if (type != DhcpOption.OFFER && !isRelayed(packet, message)) {
      tenancy.take(packet.sourceMac());
    }
    return finish(packet, length, destination);
  }

  private int inform(Packet packet, long message) {
    MemorySegment in = packet.memory();
    int ciaddr = DhcpMessage.ciaddr(in, message);
    DhcpMessage.writeReply(in, message, frame.memory(), replyAt(), ciaddr, 0);
    int length = writeOptions(DhcpOption.ACK, false, false, in, message);
    return finish(packet, length, ciaddr);
  }

  private int writeOptions(
      int type, boolean rapid, boolean leases, MemorySegment in, long message) {
    long list = message + DhcpMessage.FIXED_LENGTH + request.listOffset();
    return DhcpMessage.FIXED_LENGTH
        + options.write(
            type,
            rapid,
            leases,
            in,
            list,
            request.listLength(),
            frame.memory(),
            replyAt() + DhcpMessage.FIXED_LENGTH);
  }

  /**
   * DHCPNAK: type, server and reason only, to all (RFC 2131 section 4.3.2 and table 3). A client
   * that renews sends its request to the server that it has the lease from, and clients pass over a
   * refusal from any other: where our own address has changed since, it is refused by the old name.
   */
  private int refuse(Packet packet, long message) {
    MemorySegment out = frame.memory();
    DhcpMessage.writeReply(packet.memory(), message, out, replyAt(), 0, 0);
    long i = replyAt() + DhcpMessage.FIXED_LENGTH;
    NetworkOrder.put16(out, i, DhcpOption.MESSAGE_TYPE << 8 | 1);
    NetworkOrder.put8(out, i + 2, DhcpOption.NAK);
    NetworkOrder.put16(out, i + 3, DhcpOption.SERVER_IDENTIFIER << 8 | 4);
    int asked = (int) packet.destinationLo();
    NetworkOrder.put32(out, i + 5, asked == BROADCAST ? ourAddress : asked);
    NetworkOrder.put16(out, i + 9, DhcpOption.MESSAGE << 8 | REFUSAL.length);
    MemorySegment.copy(REFUSAL, 0, out, ValueLayout.JAVA_BYTE, i + 11, REFUSAL.length);
    NetworkOrder.put8(out, i + 11 + REFUSAL.length, DhcpOption.END);
    return finish(packet, DhcpMessage.FIXED_LENGTH + 12 + REFUSAL.length, BROADCAST);
  }

  /** Where the answer's message begins. */
  private long replyAt() {
    return frame.transportAt() + UdpHeader.LENGTH;
  }

  /** Pads the message and writes the headers before it; returns the frame's length. */
  private int finish(Packet packet, int length, int destination) {
    MemorySegment out = frame.memory();
    int padded = Math.max(length, DhcpMessage.MIN_LENGTH);
    for (int i = length; i < padded; i++) {
      NetworkOrder.put8(out, replyAt() + i, 0);
    }
    int udpLength = UdpHeader.LENGTH + padded;
    // The checksum stays 0, "none" (RFC 768), as clients know it from passt.
    UdpHeader.write(
        out, frame.transportAt(), DhcpMessage.SERVER_PORT, DhcpMessage.CLIENT_PORT, udpLength);
    frame.to(packet.sourceMac(), 0, IpAddress.mapped(destination));
    return frame.finish(IpProtocol.UDP, udpLength);
  }
}
