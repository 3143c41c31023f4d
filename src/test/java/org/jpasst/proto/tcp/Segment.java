package org.jpasst.proto.tcp;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.jpasst.wire.EthernetHeader;
import org.jpasst.wire.InternetChecksum;
import org.jpasst.wire.IpProtocol;
import org.jpasst.wire.Ipv4Header;
import org.jpasst.wire.NetworkOrder;
import org.jpasst.wire.TcpHeader;
import org.jpasst.wire.TcpOptions;

/** An IPv4 segment that was sent to the scripted guest, taken apart. */
record Segment(
    int sourcePort,
    int flags,
    int sequence,
    int acknowledgment,
    int window,
    long options,
    Optional<Timestamps> timestamps,
    List<Block> blocks,
    byte[] payload,
    byte[] frame) {

  /** The sender's time, and the time that it echoes. */
  record Timestamps(int value, int echo) {}

  /** A range that has arrived: its first number, and its last plus one. */
  record Block(int start, int end) {}

  static Segment of(byte[] frame) {
    MemorySegment s = MemorySegment.ofArray(frame);
    long ip = EthernetHeader.LENGTH;
    if (!Ipv4Header.valid(s, ip, frame.length - EthernetHeader.LENGTH)
        || !Ipv4Header.checksumVerifies(s, ip, Ipv4Header.headerLength(s, ip))
        || Ipv4Header.protocol(s, ip) != IpProtocol.TCP) {
      throw new AssertionError("not a TCP segment over IPv4");
    }
    long tcp = ip + Ipv4Header.headerLength(s, ip);
    int length = Ipv4Header.totalLength(s, ip) - Ipv4Header.headerLength(s, ip);
    long pseudo = Ipv4Header.pseudoHeader(s, ip, IpProtocol.TCP, length);
    if (!TcpHeader.valid(s, tcp, length)
        || !InternetChecksum.verifies(pseudo + InternetChecksum.sum(s, tcp, length))) {
      throw new AssertionError("a malformed TCP segment");
    }
    int header = TcpHeader.headerLength(s, tcp);
    byte[] payload = s.asSlice(tcp + header, length - header).toArray(ValueLayout.JAVA_BYTE);
    return new Segment(
        TcpHeader.sourcePort(s, tcp),
        TcpHeader.flags(s, tcp),
        TcpHeader.sequence(s, tcp),
        TcpHeader.acknowledgment(s, tcp),
        TcpHeader.window(s, tcp),
        TcpOptions.parse(s, tcp),
        timestamps(s, TcpOptions.timestampsAt(s, tcp, header)),
        blocks(s, TcpOptions.sackAt(s, tcp, header)),
        payload,
        frame);
  }

  private static Optional<Timestamps> timestamps(MemorySegment s, long at) {
    return at == TcpOptions.ABSENT
        ? Optional.empty()
        : Optional.of(new Timestamps(NetworkOrder.get32(s, at), NetworkOrder.get32(s, at + 4)));
  }

  private static List<Block> blocks(MemorySegment s, long option) {
    int count = option == TcpOptions.ABSENT ? 0 : TcpOptions.sackBlocks(s, option);
    return IntStream.range(0, count)
        .mapToObj(
            i -> new Block(TcpOptions.sackStart(s, option, i), TcpOptions.sackEnd(s, option, i)))
        .toList();
  }

  /** The sequence number behind its payload. */
  int end() {
    return sequence + payload.length;
  }

  boolean has(int flag) {
    return (flags & flag) != 0;
  }

  String text() {
    return new String(payload, StandardCharsets.US_ASCII);
  }

  @Override
  public String toString() {
    return "flags %x seq %d ack %d win %d payload %d"
        .formatted(flags, sequence, acknowledgment, window, payload.length);
  }
}
