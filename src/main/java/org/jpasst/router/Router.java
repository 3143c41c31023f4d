package org.jpasst.router;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import org.jpasst.flow.FlowTable;
import org.jpasst.forward.AddressTranslation;
import org.jpasst.forward.GuestAddresses;
import org.jpasst.guest.Frame;
import org.jpasst.guest.FrameReceiver;
import org.jpasst.guest.FrameSink;
import org.jpasst.log.Log;
import org.jpasst.log.LogLevel;
import org.jpasst.net.MacAddress;
import org.jpasst.proto.icmp.PacketErrors;
import org.jpasst.stats.Counter;
import org.jpasst.stats.Counters;
import org.jpasst.wire.EthernetHeader;
import org.jpasst.wire.IpProtocol;
import org.jpasst.wire.Ipv4Header;
import org.jpasst.wire.Ipv6Header;

/**
 * Where the guest's frames come in: learns its Ethernet address, sorts by type, and at the end of a
 * batch lets the protocols do at once what they gathered.
 *
 * <p>The destination's Ethernet address doesn't matter: everything on the link is for us.
 */
public final class Router implements FrameReceiver {
  /** Limited: a guest may change its address with each frame. */
  private static final String NEW_MAC = "guest.mac";

  /** More than DHCP's messages have. */
  private static final int SHORT_DATAGRAM = 4096;

  /** Vectors that a message of the protocols has at least, less one for the head. */
  private static final int MAX_PIECES = 63;

  /** Of the frames that are moved together. */
  private static final int TOGETHER = 1 << 17;

  private static final int NO_PROTOCOL = -1;

  private final GuestAddresses guest;
  private final FlowTable flows;
  private final GuestEvidence evidence;
  private final Services services;
  private final IpInput ip;
  private final Protocols protocols;
  private final FrameSink sink;
  private final Counters counters;
  private final Log log;

  /** Frames of the batch that had to be moved together; made when there is one. */
  private MemorySegment together = MemorySegment.NULL;

  private long used;

  /** The guest's Ethernet address, as told last. */
  private long knownMac;

  /**
   * A router between a link and the protocols.
   *
   * @param flows tell how much a turn had to do
   * @param services what answers the guest itself
   * @param protocols what carries to the host
   * @param translation which packets leave the guest's network
   * @param errors tells the guest of packets that go no further
   * @param sink for answers
   */
  public Router(
      GuestAddresses guest,
      FlowTable flows,
      Services services,
      Protocols protocols,
      AddressTranslation translation,
      PacketErrors errors,
      FrameSink sink,
      Counters counters,
      Log log) {
    this.guest = guest;
    this.flows = flows;
    evidence = new GuestEvidence(guest);
    knownMac = guest.mac();
    this.services = services;
    this.protocols = protocols;
    this.sink = sink;
    this.counters = counters;
    this.log = log;
    var input =
        new PacketInput(
            guest, evidence, services, protocols, translation, errors, sink, counters, log);
    ip =
        new IpInput(
            guest, input, new FragmentInput(errors, counters, protocols::onBatchEnd), counters);
  }

  @Override
  public void onConnected(long now) {
    guest.connected();
    protocols.guestStart().run();
    services.greet(sink, guest.mac());
    sink.flush();
  }

  @Override
  public void onDisconnected() {
    ip.onDisconnected();
  }

  /** Gives up what has waited for too long; to be called once a second. */
  public void onTick(long now) {
    guest.onTick();
    ip.onTick(now);
    sink.flush();
  }

  @Override
  public void onFrame(Frame frame, long now) {
    frame.removeTag(EthernetHeader.NO_VLAN);
    if (!frame.isInOnePiece() && !staysInPieces(frame)) {
      moveTogether(frame, now);
    }
    MemorySegment memory = frame.memory();
    long at = frame.at();
    counters.increment(Counter.FRAMES_FROM_GUEST);
    counters.add(Counter.BYTES_FROM_GUEST, frame.length());
    guest.sawMac(EthernetHeader.source(memory, at));
    switch (EthernetHeader.type(memory, at)) {
      case EthernetHeader.TYPE_IPV4 -> ip.onIpv4(frame, now);
      case EthernetHeader.TYPE_IPV6 -> ip.onIpv6(frame, now);
      case EthernetHeader.TYPE_ARP -> {
        evidence.onArp(memory, at, frame.length());
        services.onArp(memory, at, frame.length(), sink);
      }
      default -> counters.increment(Counter.DROP_ETHERTYPE);
    }
    if (guest.mac() != knownMac) {
      knownMac = guest.mac();
      tellMac();
    }
  }

  private void tellMac() {
    if (log.allows(LogLevel.INFO, NEW_MAC)) {
      log.limited(LogLevel.INFO, NEW_MAC, "new guest MAC address: " + new MacAddress(knownMac));
    }
  }

  @Override
  public boolean isSated() {
    return flows.pace().isSated();
  }

  /**
   * Segments and long datagrams are sent from where they lie. Whatever else somebody looks at whole
   * is short, or rare.
   */
  private static boolean staysInPieces(Frame frame) {
    MemorySegment s = frame.memory();
    long ipAt = frame.at() + EthernetHeader.LENGTH;
    int protocol =
        switch (EthernetHeader.type(s, frame.at())) {
          case EthernetHeader.TYPE_IPV4 -> Ipv4Header.protocol(s, ipAt);
          case EthernetHeader.TYPE_IPV6 -> Ipv6Header.nextHeader(s, ipAt);
          default -> NO_PROTOCOL;
        };
    return frame.pieceCount() <= MAX_PIECES
        && (protocol == IpProtocol.TCP
            || protocol == IpProtocol.UDP && frame.length() > SHORT_DATAGRAM);
  }

  /** Copies a frame to one piece of memory, which stays until the end of the batch. */
  private void moveTogether(Frame frame, long now) {
    if (together.byteSize() == 0) {
      together = Arena.global().allocate(TOGETHER);
    }
    if (TOGETHER - used < frame.length()) {
      protocols.onBatchEnd(now);
      used = 0;
    }
    frame.moveTo(together, used);
    used += frame.length();
  }

  @Override
  public void onBatchEnd(long now) {
    used = 0;
    protocols.onBatchEnd(now);
    ip.onBatchEnd();
    sink.flush();
  }
}
