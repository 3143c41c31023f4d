package org.jpasst.demo;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.time.Duration;
import java.util.Optional;
import java.util.function.Function;
import org.jpasst.net.IpAddress;
import org.jpasst.net.MacAddress;
import org.jpasst.wire.EthernetHeader;
import org.jpasst.wire.IpFrame;
import org.jpasst.wire.IpProtocol;
import org.jpasst.wire.UdpHeader;

/** The guest's network interface: its addresses, and packets by their payload. */
final class Guest {
  /** Locally administered (IEEE 802, section 8.2). */
  static final MacAddress MAC = new MacAddress(0x5254_0012_3456L);

  private static final Duration ANSWER = Duration.ofSeconds(2);
  private static final int IP_AT = EthernetHeader.LENGTH;

  private GuestPort port;
  private final IpFrame headers = new IpFrame();
  private long router = EthernetHeader.BROADCAST;

  Guest(GuestPort port) {
    this.port = port;
  }

  /** Has another back-end from now on. */
  void moveTo(GuestPort other) {
    port = other;
  }

  /** Sends everything from now on to this MAC address. */
  void router(long mac) {
    router = mac;
  }

  /** Sends what is behind an Ethernet header of type ARP. */
  void sendArp(byte[] packet) throws IOException {
    byte[] frame = new byte[EthernetHeader.MINIMUM_FRAME];
    MemorySegment s = MemorySegment.ofArray(frame);
    EthernetHeader.write(s, 0, router, MAC.bits(), EthernetHeader.TYPE_ARP);
    System.arraycopy(packet, 0, frame, EthernetHeader.LENGTH, packet.length);
    port.send(frame);
  }

  /** Sends what is behind an IP header; its checksum is there already. */
  void send(IpAddress source, IpAddress destination, int protocol, byte[] payload)
      throws IOException {
    boolean ipv4 = destination.isIpv4();
    int length = IpFrame.headersLength(ipv4) + payload.length;
    byte[] frame = new byte[Math.max(EthernetHeader.MINIMUM_FRAME, length)];
    headers.begin(MemorySegment.ofArray(frame), 0, ipv4);
    headers.from(MAC.bits(), source.hi(), source.lo());
    headers.to(router, destination.hi(), destination.lo());
    headers.finish(protocol, payload.length);
    System.arraycopy(payload, 0, frame, (int) headers.transportAt(), payload.length);
    port.send(frame);
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
    return awaitPacket(ANSWER, protocol, reader);
  }

  /** The same for one that may take another time. */
  <T> Optional<T> awaitPacket(Duration limit, int protocol, Function<Packet, Optional<T>> reader)
      throws IOException {
    return await(
        limit,
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
}
