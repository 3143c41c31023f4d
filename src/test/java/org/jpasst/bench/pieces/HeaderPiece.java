package org.jpasst.bench.pieces;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.TimeUnit;
import org.jpasst.wire.EthernetHeader;
import org.jpasst.wire.InternetChecksum;
import org.jpasst.wire.IpProtocol;
import org.jpasst.wire.Ipv4Header;
import org.jpasst.wire.TcpHeader;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;

/** The headers of a segment for the guest: an acknowledgment, Ethernet to checksum. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class HeaderPiece {
  private static final long GUEST_MAC = 0x5254_0012_3456L;
  private static final long PEER_MAC = 0x0200_0000_0001L;
  private static final int PEER = 0xc633_6407;
  private static final int GUEST = 0xc000_0201;
  private static final long AT = 4;

  private final MemorySegment memory =
      Arena.global()
          .allocate(AT + EthernetHeader.LENGTH + Ipv4Header.LENGTH + TcpHeader.LENGTH, Long.BYTES);

  private int sequence;

  /** Fills all three headers. */
  @Benchmark
  public int fill() {
    long ipAt = AT + EthernetHeader.LENGTH;
    long tcpAt = ipAt + Ipv4Header.LENGTH;
    sequence += 1448;
    EthernetHeader.write(memory, AT, GUEST_MAC, PEER_MAC, EthernetHeader.TYPE_IPV4);
    Ipv4Header.write(
        memory, ipAt, Ipv4Header.LENGTH + TcpHeader.LENGTH, IpProtocol.TCP, PEER, GUEST);
    TcpHeader.write(
        memory, tcpAt, 443, 40_000, sequence, 7, TcpHeader.LENGTH, TcpHeader.ACK, 0xffff);
    long pseudo = InternetChecksum.pseudoHeader4(PEER, GUEST, IpProtocol.TCP, TcpHeader.LENGTH);
    TcpHeader.fillChecksum(memory, tcpAt, TcpHeader.LENGTH, pseudo);
    return TcpHeader.checksum(memory, tcpAt);
  }
}
