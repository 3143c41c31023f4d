package org.jpasst.demo;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.time.Duration;
import java.util.Arrays;
import java.util.Optional;
import java.util.function.Function;
import org.jpasst.net.IpAddress;
import org.jpasst.net.MacAddress;
import org.jpasst.wire.EthernetHeader;
import org.jpasst.wire.IpProtocol;
import org.jpasst.wire.Ipv4Header;
import org.jpasst.wire.Ipv6Header;
import org.jpasst.wire.UdpHeader;

/** The guest's network interface: its addresses, and packets by their payload. */
final class Guest {
  /** Locally administered (IEEE 802, section 8.2). */
  static final MacAddress MAC = new MacAddress(0x5254_0012_3456L);

  private static final Duration ANSWER = Duration.ofSeconds(2);
  private static final int IP_AT = EthernetHeader.LENGTH;

  private final GuestPort port;
  private long router = EthernetHeader.BROADCAST;

  Guest(GuestPort port) {
    this.port = port;
  }

  /** Sends everything from now on to this MAC address. */
  void router(long mac) {
    router = mac;
  }

  /** Sends what is behind an Ethernet header. */
  void send(int type, byte[] packet) throws IOException {
    byte[] frame =
        new byte[Math.max(EthernetHeader.MINIMUM_FRAME, EthernetHeader.LENGTH + packet.length)];
    EthernetHeader.write(MemorySegment.ofArray(frame), 0, router, MAC.bits(), type);
    System.arraycopy(packet, 0, frame, EthernetHeader.LENGTH, packet.length);
    port.send(type == EthernetHeader.TYPE_IPV6 ? withoutPadding(frame, packet.length) : frame);
  }

  /** Sends what is behind an IP header; its checksum is there already. */
  void send(IpAddress source, IpAddress destination, int protocol, byte[] payload)
      throws IOException {
    if (destination.isIpv4()) {
      byte[] packet = new byte[Ipv4Header.LENGTH + payload.length];
      MemorySegment s = MemorySegment.ofArray(packet);
      Ipv4Header.write(s, 0, packet.length, protocol, source.ipv4(), destination.ipv4());
      System.arraycopy(payload, 0, packet, Ipv4Header.LENGTH, payload.length);
      send(EthernetHeader.TYPE_IPV4, packet);
      return;
    }
    byte[] packet = new byte[Ipv6Header.LENGTH + payload.length];
    MemorySegment s = MemorySegment.ofArray(packet);
    Ipv6Header.write(
        s,
        0,
        0,
        payload.length,
        protocol,
        source.hi(),
        source.lo(),
        destination.hi(),
        destination.lo());
    System.arraycopy(payload, 0, packet, Ipv6Header.LENGTH, payload.length);
    send(EthernetHeader.TYPE_IPV6, packet);
  }

  /** Sends a datagram. */
  void sendUdp(IpAddress source, int sourcePort, IpAddress destination, int port, byte[] data)
      throws IOException {
    byte[] datagram = new byte[UdpHeader.LENGTH + data.length];
    MemorySegment s = MemorySegment.ofArray(datagram);
    UdpHeader.write(s, 0, sourcePort, port, datagram.length);
    System.arraycopy(data, 0, datagram, UdpHeader.LENGTH, data.length);
    long pseudo = Packet.pseudoHeader(source, destination, IpProtocol.UDP, datagram.length);
    UdpHeader.fillChecksum(s, 0, pseudo);
    send(source, destination, IpProtocol.UDP, datagram);
  }

  /** The first frame that the reader makes something of, unless none comes in time. */
  <T> Optional<T> awaitFrame(Function<MemorySegment, Optional<T>> reader) throws IOException {
    return await(ANSWER, reader);
  }

  /** The first IP packet that the reader makes something of, unless none comes in time. */
  <T> Optional<T> awaitPacket(int protocol, Function<Packet, Optional<T>> reader)
      throws IOException {
    return await(
        ANSWER,
        frame -> Packet.parse(frame, IP_AT).filter(p -> p.protocol() == protocol).flatMap(reader));
  }

  private <T> Optional<T> await(Duration limit, Function<MemorySegment, Optional<T>> reader)
      throws IOException {
    long deadline = System.nanoTime() + limit.toNanos();
    while (true) {
      Optional<MemorySegment> frame = port.receive(Duration.ofNanos(deadline - System.nanoTime()));
      if (frame.isEmpty()) {
        return Optional.empty();
      }
      Optional<T> made = frame.flatMap(reader);
      if (made.isPresent()) {
        return made;
      }
    }
  }

  private static byte[] withoutPadding(byte[] frame, int length) {
    return Arrays.copyOf(frame, EthernetHeader.LENGTH + length);
  }
}
