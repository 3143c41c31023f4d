package org.jpasst.proto;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import org.jpasst.guest.Frame;
import org.jpasst.guest.FramePieces;
import org.jpasst.guest.Segmentation;
import org.jpasst.log.Log;
import org.jpasst.log.LogLevel;
import org.jpasst.stats.Counter;
import org.jpasst.stats.Counters;
import org.jpasst.wire.EthernetHeader;
import org.jpasst.wire.InternetChecksum;
import org.jpasst.wire.IpProtocol;
import org.jpasst.wire.Ipv4Header;
import org.jpasst.wire.Ipv6Header;
import org.jpasst.wire.NetworkOrder;
import org.jpasst.wire.TcpHeader;
import org.jpasst.wire.UdpHeader;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class TransportChecksumsTest {
  /** Behind the headers of Ethernet and IPv6; those of IPv4 begin later. */
  private static final int AT = 54;

  private static final int LONGEST = 65_535 - 20;
  private static final int SOURCE = 0xc000_0201;
  private static final int DESTINATION = 0xc633_6407;
  private static final long HI = 0x2001_0db8_0000_0000L;
  private static final long TEN_SECONDS = Log.INTERVAL;

  private final SplittableRandom random = new SplittableRandom(51_62);
  private final MemorySegment memory = Arena.ofAuto().allocate(AT + LONGEST);
  private final FramePieces pieces = new FramePieces(3);
  private final Frame frame = new Frame(pieces);
  private final Packet packet = new Packet();

  /** Where the frame's head ends. */
  private int head;

  /** What the link tells of checksums: nothing, or whether they are missing. */
  private Optional<Boolean> checksumsTold = Optional.empty();

  private final Counters counters = new Counters();
  private final List<String> messages = new ArrayList<>();
  private long time;
  private final Log log = new Log(LogLevel.WARNING, () -> time);
  private final TransportChecksums checksums = new TransportChecksums(counters, log);

  TransportChecksumsTest() {
    log.addSink((_, _, message) -> messages.add(message));
    for (long i = 0; i < memory.byteSize(); i++) {
      memory.set(ValueLayout.JAVA_BYTE, i, (byte) random.nextInt());
    }
  }

  private static long pseudoHeader(boolean ipv4, int protocol, int length) {
    return ipv4
        ? InternetChecksum.pseudoHeader4(SOURCE, DESTINATION, protocol, length)
        : InternetChecksum.pseudoHeader6(HI, 1, HI, 7, protocol, length);
  }

  /** Lengths from a header without payload to 64 KiB, odd ones among them. */
  private List<Integer> lengths(int header) {
    var lengths = new ArrayList<Integer>();
    for (int payload = 0; payload < 70; payload++) {
      lengths.add(header + payload);
    }
    for (int i = 0; i < 50; i++) {
      lengths.add(random.nextInt(header, LONGEST));
    }
    lengths.addAll(List.of(header + 1460, header + 20_000, LONGEST - 1, LONGEST));
    return lengths;
  }

  private void showInOnePiece(int length) {
    head = AT + length;
    pieces.truncate(0);
  }

  private void showInPieces(int length, int header) {
    int payload = length - header;
    head = AT + header + random.nextInt(payload + 1);
    int middle = random.nextInt(AT + length - head + 1);
    pieces.truncate(0);
    pieces.add(memory, head, middle);
    pieces.add(memory, head + middle, AT + length - head - middle);
  }

  private boolean acceptTcp(int length, boolean ipv4) {
    return checksums.acceptTcp(packet(IpProtocol.TCP, length, ipv4));
  }

  private boolean acceptUdp(int length, boolean ipv4) {
    return checksums.acceptUdp(packet(IpProtocol.UDP, length, ipv4));
  }

  private Packet packet(int protocol, int length, boolean ipv4) {
    int header = ipv4 ? Ipv4Header.LENGTH : Ipv6Header.LENGTH;
    int ip = AT - header;
    if (ipv4) {
      Ipv4Header.write(memory, ip, header + length, protocol, SOURCE, DESTINATION);
    } else {
      Ipv6Header.write(memory, ip, 0, length, protocol, HI, 1, HI, 7);
    }
    int at = ip - EthernetHeader.LENGTH;
    frame.set(memory, at, head - at, 0, pieces.count());
    checksumsTold.ifPresent(missing -> frame.setOffload(missing, Segmentation.NONE, 0));
    assertThat(ipv4 ? packet.readIpv4(frame) : packet.readIpv6(frame)).isTrue();
    return packet;
  }

  private void damage(int field) {
    NetworkOrder.put16(memory, AT + field, NetworkOrder.get16(memory, AT + field) ^ 0x10);
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void tcpIsTakenWithAChecksumThatIsRightOrNotMadeYet(boolean ipv4) {
    for (int length : lengths(TcpHeader.LENGTH)) {
      long pseudoHeader = pseudoHeader(ipv4, IpProtocol.TCP, length);
      for (boolean whole : new boolean[] {true, false}) {
        TcpHeader.fillChecksum(memory, AT, length, pseudoHeader);
        show(whole, length, TcpHeader.LENGTH);
        assertThat(acceptTcp(length, ipv4)).as("%d bytes, right", length).isTrue();

        TcpHeader.putPartialChecksum(memory, AT, pseudoHeader);
        show(whole, length, TcpHeader.LENGTH);
        assertThat(acceptTcp(length, ipv4)).as("%d bytes, not made", length).isTrue();
      }
    }
    assertThat(counters.value(Counter.DROP_TCP_CHECKSUM)).isZero();
    assertThat(messages).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void udpIsTakenWithAChecksumThatIsRightOrNotMadeYet(boolean ipv4) {
    for (int length : lengths(UdpHeader.LENGTH)) {
      long pseudoHeader = pseudoHeader(ipv4, IpProtocol.UDP, length);
      UdpHeader.write(memory, AT, 40_000, 53, length);
      for (boolean whole : new boolean[] {true, false}) {
        UdpHeader.fillChecksum(memory, AT, pseudoHeader);
        show(whole, length, UdpHeader.LENGTH);
        assertThat(acceptUdp(length, ipv4)).as("%d bytes, right", length).isTrue();

        UdpHeader.putPartialChecksum(memory, AT, pseudoHeader);
        show(whole, length, UdpHeader.LENGTH);
        assertThat(acceptUdp(length, ipv4)).as("%d bytes, not made", length).isTrue();
      }
    }
    assertThat(counters.value(Counter.DROP_UDP_CHECKSUM)).isZero();
    assertThat(messages).isEmpty();
  }

  private void show(boolean whole, int length, int header) {
    if (whole) {
      showInOnePiece(length);
    } else {
      showInPieces(length, header);
    }
  }

  @Test
  void everyOtherValueIsDropped() {
    int length = TcpHeader.LENGTH + 101;
    long pseudoHeader = pseudoHeader(true, IpProtocol.TCP, length);
    TcpHeader.fillChecksum(memory, AT, length, pseudoHeader);
    int right = TcpHeader.checksum(memory, AT);
    int notMade = InternetChecksum.fold(pseudoHeader);
    showInOnePiece(length);
    var taken = new ArrayList<Integer>();
    for (int value = 0; value <= 0xffff; value++) {
      NetworkOrder.put16(memory, AT + TcpHeader.CHECKSUM, value);
      if (acceptTcp(length, true)) {
        taken.add(value);
      }
    }
    assertThat(taken).containsExactlyInAnyOrder(right, notMade);
    assertThat(counters.value(Counter.DROP_TCP_CHECKSUM)).isEqualTo(0x10000 - 2);
  }

  /** The complement is what a full checksum without payload would begin with. */
  @Test
  void neitherTheComplementNorTheSumForAnotherLengthIsOneThatIsNotMade() {
    int length = TcpHeader.LENGTH + 500;
    long pseudoHeader = pseudoHeader(false, IpProtocol.TCP, length);
    showInOnePiece(length);
    NetworkOrder.put16(memory, AT + TcpHeader.CHECKSUM, InternetChecksum.complement(pseudoHeader));
    assertThat(acceptTcp(length, false)).isFalse();
    TcpHeader.putPartialChecksum(memory, AT, pseudoHeader - length);
    assertThat(acceptTcp(length, false)).isFalse();
    TcpHeader.putPartialChecksum(memory, AT, pseudoHeader(true, IpProtocol.TCP, length));
    assertThat(acceptTcp(length, false)).isFalse();
  }

  /** What sums up to zero behind the pseudo header has its complement twice: both are one. */
  @Test
  void aSumThatIsRightAndNotMadeYetAtOnceIsTaken() {
    int length = TcpHeader.LENGTH + 2;
    long pseudoHeader = pseudoHeader(true, IpProtocol.TCP, length);
    int notMade = InternetChecksum.fold(pseudoHeader);
    NetworkOrder.put16(memory, AT + TcpHeader.CHECKSUM, notMade);
    NetworkOrder.put16(memory, AT + TcpHeader.LENGTH, 0);
    long rest = pseudoHeader + InternetChecksum.sum(memory, AT, length);
    NetworkOrder.put16(memory, AT + TcpHeader.LENGTH, InternetChecksum.complement(rest));
    showInOnePiece(length);
    assertThat(InternetChecksum.verifies(pseudoHeader + InternetChecksum.sum(memory, AT, length)))
        .isTrue();
    assertThat(acceptTcp(length, true)).isTrue();
    checksumsTold = Optional.of(false);
    assertThat(acceptTcp(length, true)).isTrue();
  }

  @Test
  void zeroMeansNoneOverIpv4AndIsDroppedOverIpv6() {
    int length = UdpHeader.LENGTH + 11;
    UdpHeader.write(memory, AT, 40_000, 53, length);
    showInOnePiece(length);
    assertThat(acceptUdp(length, true)).isTrue();
    assertThat(acceptUdp(length, false)).isFalse();
    assertThat(counters.value(Counter.DROP_UDP_CHECKSUM)).isEqualTo(1);
  }

  /** RFC 8200 section 8.1, whatever the sum would say of it. */
  @Test
  void zeroIsDroppedOverIpv6EvenIfItIsTheSum() {
    int length = UdpHeader.LENGTH + 2;
    UdpHeader.write(memory, AT, 40_000, 53, length);
    NetworkOrder.put16(memory, AT + UdpHeader.LENGTH, 0);
    long pseudoHeader = pseudoHeader(false, IpProtocol.UDP, length);
    long rest = pseudoHeader + InternetChecksum.sum(memory, AT, length);
    NetworkOrder.put16(memory, AT + UdpHeader.LENGTH, InternetChecksum.complement(rest));
    assertThat(
            InternetChecksum.verifies(
                pseudoHeader + InternetChecksum.sum(memory, AT, UdpHeader.length(memory, AT))))
        .isTrue();
    showInOnePiece(length);
    assertThat(acceptUdp(length, false)).isFalse();
  }

  /** With a virtio-net header a guest says what it leaves out (NEEDS_CSUM). */
  @Test
  void aLinkThatTellsIsTakenAtItsWord() {
    int length = TcpHeader.LENGTH + 77;
    TcpHeader.putPartialChecksum(memory, AT, pseudoHeader(true, IpProtocol.TCP, length));
    showInOnePiece(length);
    checksumsTold = Optional.of(false);
    assertThat(acceptTcp(length, true)).isFalse();
    checksumsTold = Optional.of(true);
    assertThat(acceptTcp(length, true)).isTrue();
    checksumsTold = Optional.empty();
    assertThat(acceptTcp(length, true)).as("the next frame").isTrue();
  }

  @Test
  void whatIsDroppedIsCountedByReasonAndToldOnce() {
    int length = 120;
    UdpHeader.write(memory, AT, 40_000, 53, length);
    showInOnePiece(length);
    for (int i = 0; i < 5; i++) {
      UdpHeader.fillChecksum(memory, AT, pseudoHeader(true, IpProtocol.UDP, length));
      damage(UdpHeader.CHECKSUM);
      assertThat(acceptUdp(length, true)).isFalse();
    }
    for (int i = 0; i < 3; i++) {
      TcpHeader.fillChecksum(memory, AT, length, pseudoHeader(true, IpProtocol.TCP, length));
      damage(TcpHeader.CHECKSUM);
      assertThat(acceptTcp(length, true)).isFalse();
    }
    assertThat(counters.value(Counter.DROP_UDP_CHECKSUM)).isEqualTo(5);
    assertThat(counters.value(Counter.DROP_TCP_CHECKSUM)).isEqualTo(3);
    assertThat(messages).hasSize(2);
    assertThat(messages.get(0)).contains("UDP").contains("wrong checksum").contains("ethtool");
    assertThat(messages.get(1)).contains("TCP").contains("wrong checksum").contains("ethtool");

    time += TEN_SECONDS;
    assertThat(acceptTcp(length, true)).isFalse();
    assertThat(messages).hasSize(3);
    assertThat(messages.getLast()).endsWith("(and 2 times more since the last message)");
  }
}
