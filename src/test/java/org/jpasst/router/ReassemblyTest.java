package org.jpasst.router;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Collections;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.jpasst.linux.LinuxSockets;
import org.jpasst.net.IpAddress;
import org.jpasst.proto.socket.LoopbackHost;
import org.jpasst.stack.StackGuest;
import org.jpasst.stats.Counter;
import org.jpasst.vectors.Cut;
import org.jpasst.vectors.Frame;
import org.jpasst.wire.IcmpHeader;
import org.jpasst.wire.Icmpv6Header;
import org.jpasst.wire.IpProtocol;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Datagrams that the guest sends in fragments. */
@Timeout(60)
final class ReassemblyTest {
  private static final int PORT = 40_000;
  private static final int SIZE = 4000;
  private static final int FRAGMENT = 1480;
  private static final IpAddress OTHER4 = IpAddress.parse("192.0.2.99").orElseThrow();

  private final Random random = new Random(1);
  private final byte[] data = new byte[SIZE];
  private StackGuest guest;
  private DatagramSocket peer4;
  private DatagramSocket peer6;

  @BeforeEach
  void start() throws IOException {
    guest = new StackGuest(new LinuxSockets(), LoopbackHost.configuration());
    peer4 = new DatagramSocket(new InetSocketAddress("127.0.0.1", 0));
    peer6 = new DatagramSocket(new InetSocketAddress("::1", 0));
    random.nextBytes(data);
  }

  @AfterEach
  void end() {
    peer4.close();
    peer6.close();
    guest.close();
  }

  private Frame datagram(boolean ipv4) {
    return ipv4
        ? datagram4(LoopbackHost.GUEST4, data)
        : LoopbackHost.datagram(
            LoopbackHost.GUEST6, PORT, LoopbackHost.GATEWAY6, peer6.getLocalPort(), data);
  }

  private Frame datagram4(IpAddress source, byte[] payload) {
    int port = peer4.getLocalPort();
    return LoopbackHost.datagram(source, PORT, LoopbackHost.GATEWAY4, port, payload);
  }

  private void send(List<Frame> fragments) {
    fragments.forEach(guest::show);
    guest.endBatch();
  }

  private void assertArrives(boolean ipv4, byte[] expected) throws IOException {
    var packet = new DatagramPacket(new byte[65_536], 65_536);
    DatagramSocket peer = ipv4 ? peer4 : peer6;
    peer.setSoTimeout(5000);
    peer.receive(packet);
    assertThat(Arrays.copyOf(packet.getData(), packet.getLength())).isEqualTo(expected);
  }

  /** Whatever comes next is this datagram: those before it didn't get there. */
  private void assertNothingArrived(boolean ipv4) throws IOException {
    byte[] last = {(byte) random.nextInt()};
    guest.send(
        ipv4
            ? datagram4(LoopbackHost.GUEST4, last)
            : LoopbackHost.datagram(
                LoopbackHost.GUEST6, PORT, LoopbackHost.GATEWAY6, peer6.getLocalPort(), last));
    assertArrives(ipv4, last);
  }

  private void pass(long seconds) {
    guest.host.advance(seconds, TimeUnit.SECONDS);
    ((Router) guest.stack.receiver()).onTick(guest.host.now());
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void fragmentsInAnyOrderAndTwiceMakeOneDatagram(boolean ipv4) throws IOException {
    for (int i = 0; i < 20; i++) {
      List<Frame> fragments =
          new ArrayList<>(Cut.every(i == 0 ? FRAGMENT : 8 * i, datagram(ipv4), i));
      if (i > 1) {
        Collections.shuffle(fragments, random);
        fragments.add(1, fragments.getFirst());
      }
      send(fragments);
      assertArrives(ipv4, data);
    }
    assertThat(guest.count(Counter.DROP_FRAGMENT)).isZero();
    assertThat(guest.stack.udp().flowCount()).isOne();
  }

  @Test
  void fragmentsOfManyBatchesAndDatagramsDoNotMix() throws IOException {
    List<List<Frame>> all = new ArrayList<>();
    for (int i = 0; i < 10; i++) {
      data[0] = (byte) i;
      all.add(Cut.every(FRAGMENT, datagram(i % 2 == 0), i / 2));
    }
    for (int part = 0; part < 3; part++) {
      for (List<Frame> each : all) {
        guest.show(each.get(part));
      }
      if (part != 1) {
        guest.endBatch();
      }
    }
    for (int i = 0; i < 10; i++) {
      data[0] = (byte) i;
      assertArrives(i % 2 == 0, data);
    }
  }

  @Test
  void theLongestDatagramArrivesAndNoLongerOne() throws IOException {
    byte[] longest = new byte[65_507];
    send(Cut.every(FRAGMENT, datagram4(LoopbackHost.GUEST4, longest), 1));
    assertArrives(true, longest);
    // The "ping of death".
    Frame small = datagram(true);
    guest.send(Cut.part(small, 2, 0, 1480, true));
    guest.send(Cut.part(small, 2, 0, 1480, false).with(20, hex("1fff")).withHeaderChecksum());
    assertThat(guest.count(Counter.DROP_FRAGMENT)).isOne();
  }

  private static byte[] hex(String text) {
    return HexFormat.of().parseHex(text);
  }

  @ParameterizedTest
  @CsvSource({
    "true, 0, 16, 8, 24, true", // behind the first's end
    "true, 0, 48, 24, 32, false", // within it: "teardrop"
    "false, 0, 16, 8, 24, true",
    "false, 0, 48, 24, 32, false",
    "false, 0, 48, 0, 24, true", // another length from the same place
    "false, 0, 16, 16, 24, false" // ends before what has come
  })
  void whatOverlapsIsVoidWithAllThatFollows(
      boolean ipv4, int from, int to, int otherFrom, int otherTo, boolean more) throws IOException {
    Frame frame = datagram(ipv4);
    guest.show(Cut.part(frame, 1, 2000, 4008, false));
    guest.show(Cut.part(frame, 1, from, to, true));
    guest.show(Cut.part(frame, 1, otherFrom, otherTo, more));
    long dropped = guest.count(Counter.DROP_FRAGMENT);
    assertThat(dropped).isOne();
    send(Cut.every(8, frame, 1));
    assertThat(guest.count(Counter.DROP_FRAGMENT)).isGreaterThan(400);
    assertNothingArrived(ipv4);
    pass(60);
    assertThat(guest.received()).as("nothing is told of what was void").isEmpty();
  }

  @Test
  void malformedFragmentsAreDropped() throws IOException {
    for (boolean ipv4 : List.of(true, false)) {
      guest.send(Cut.part(datagram(ipv4), 1, 0, 15, true));
      guest.send(Cut.part(datagram(ipv4), 2, 8, 8, true));
      assertNothingArrived(ipv4);
    }
    assertThat(guest.count(Counter.DROP_FRAGMENT)).isEqualTo(4);
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void theChecksumIsOverTheWhole(boolean ipv4) throws IOException {
    List<Frame> fragments = new ArrayList<>(Cut.every(FRAGMENT, datagram(ipv4), 1));
    Frame last = fragments.removeLast();
    fragments.add(last.with(last.length() - 1, (byte) (last.u8(last.length() - 1) + 1)));
    send(fragments);
    assertThat(guest.count(Counter.DROP_UDP_CHECKSUM)).isOne();
    assertNothingArrived(ipv4);
  }

  @ParameterizedTest
  @CsvSource({"true, 30", "false, 60"})
  void theSenderOfAnIncompleteDatagramIsToldOnce(boolean ipv4, int seconds) {
    Frame first = Cut.part(datagram(ipv4), 7, 0, 1480, true);
    guest.send(first);
    guest.send(Cut.part(datagram(ipv4), 8, 1480, 2960, true)); // whose first part is missing
    pass(seconds - 1);
    assertThat(guest.received()).isEmpty();
    pass(1);
    List<Frame> told = guest.received();
    assertThat(told).hasSize(1);
    Frame error = told.getFirst();
    assertThat(error.source()).isEqualTo(first.destination());
    assertThat(error.destination()).isEqualTo(first.source());
    int icmp = error.transportAt();
    int type = ipv4 ? IcmpHeader.TIME_EXCEEDED : Icmpv6Header.TIME_EXCEEDED;
    assertThat(error.u16(icmp)).isEqualTo(type << 8 | 1);
    int quoted = ipv4 ? 36 : 1232;
    assertThat(error.range(icmp + 8, icmp + 8 + quoted)).isEqualTo(first.range(14, 14 + quoted));
    assertThat(guest.count(Counter.DROP_FRAGMENT_LATE)).isEqualTo(2);
    pass(60);
    assertThat(guest.received()).isEmpty();
  }

  @Test
  void aFloodOfFirstFragmentsLeavesRoomForAnotherSender() throws IOException {
    List<Frame> good = Cut.every(FRAGMENT, datagram4(OTHER4, data), 1);
    guest.send(good.get(0));
    Frame flood = datagram(true);
    for (int i = 0; i < 1000; i++) {
      guest.send(Cut.part(flood, i, 0, 1480, true));
    }
    assertThat(guest.count(Counter.DROP_FRAGMENT_FULL)).isEqualTo(1000 - Reassembly.MOST_OF_ONE);
    guest.send(good.get(1));
    guest.send(good.get(2));
    assertArrives(true, data);
    // Of the flood, the newest are still there.
    send(Cut.every(FRAGMENT, flood, 999));
    assertArrives(true, data);
  }

  @Test
  void manySendersShareWhatThereIsAndOneBatchMayHaveMoreThanThat() throws IOException {
    for (int i = 0; i < 2 * Reassembly.MOST; i++) {
      IpAddress source = IpAddress.parse("192.0.2." + (20 + i)).orElseThrow();
      guest.send(Cut.part(datagram4(source, data), i, 0, 1480, true));
    }
    assertThat(guest.count(Counter.DROP_FRAGMENT_FULL)).isEqualTo(Reassembly.MOST);
    for (int i = 0; i < 3 * Reassembly.MOST; i++) {
      Cut.every(2000, datagram(true), i).forEach(guest::show);
    }
    guest.endBatch();
    assertThat(guest.count(Counter.DROP_FRAGMENT)).isZero();
    assertThat(guest.count(Counter.DROP_UDP_SEND)).isZero();
    assertArrives(true, data);
  }

  @Test
  void aFragmentThatIsTheWholePacketIsOne() throws IOException {
    guest.send(Cut.part(datagram(false), 1, 0, SIZE + 8, false));
    assertArrives(false, data);
    // RFC 6946 section 4: whatever fragments of the same number there are.
    guest.send(Cut.part(datagram(false), 5, 0, 1480, true));
    guest.send(Cut.part(datagram(false), 5, 0, SIZE + 8, false));
    assertArrives(false, data);
    send(Cut.every(FRAGMENT, datagram(false), 5));
    assertArrives(false, data);
    assertThat(guest.count(Counter.DROP_FRAGMENT)).isZero();
  }

  @Test
  void neighbourDiscoveryIsNotTakenFromFragments() {
    byte[] solicitation = new byte[24];
    solicitation[0] = (byte) Icmpv6Header.NEIGHBOR_SOLICITATION;
    System.arraycopy(hex("20010db8000000000000000000000002"), 0, solicitation, 8, 16);
    Frame whole =
        LoopbackHost.packet(
            LoopbackHost.GUEST6, LoopbackHost.GATEWAY6, IpProtocol.ICMPV6, 255, 0, solicitation);
    guest.send(whole);
    assertThat(guest.received()).hasSize(1);
    guest.send(Cut.part(whole, 1, 0, 24, false));
    send(Cut.every(16, whole, 2));
    assertThat(guest.count(Counter.DROP_NDP)).isEqualTo(2);
    assertThat(guest.received()).isEmpty();
  }

  @Test
  void aFragmentOfAFragmentIsMalformed() {
    Frame inner = Cut.part(datagram(false), 1, 0, 1480, true);
    send(Cut.every(800, inner, 2));
    assertThat(guest.count(Counter.DROP_IP_HEADER)).isOne();
    guest.send(Cut.part(inner, 3, 0, 1488, false));
    assertThat(guest.count(Counter.DROP_IP_HEADER)).isEqualTo(2);
  }

  @Test
  void whatWaitsForAGuestThatIsGoneIsDropped() {
    guest.send(Cut.part(datagram(true), 1, 0, 1480, true));
    guest.stack.receiver().onDisconnected();
    assertThat(guest.count(Counter.DROP_FRAGMENT_LATE)).isOne();
    pass(60);
    assertThat(guest.received()).isEmpty();
  }

  /** Against a table of which byte has come from where. */
  @Test
  void whateverComesADatagramIsWholeOnlyWhereEachByteHasComeOnce() throws IOException {
    int length = SIZE + 8;
    for (int round = 0; round < 3000; round++) {
      boolean ipv4 = random.nextBoolean();
      Frame frame = datagram(ipv4);
      List<int[]> taken = new ArrayList<>();
      var has = new BitSet();
      boolean contradicts = false;
      boolean ended = false;
      boolean whole = false;
      int units = 64 + random.nextInt(200);
      while (!whole && !contradicts && taken.size() < 40) {
        int from = has.nextClearBit(0) + (random.nextInt(4) == 0 ? 8 * random.nextInt(50) : 0);
        if (random.nextInt(30) == 0) {
          from = 8 * random.nextInt(length / 8);
        }
        from = Math.min(from, length - 8 & ~7);
        int to = Math.min(length, from + 8 * (1 + random.nextInt(units)));
        boolean more = to < length;
        int[] range = {from, to};
        boolean again = taken.stream().anyMatch(each -> Arrays.equals(each, range));
        contradicts = !again && has.get(from, to).cardinality() > 0;
        guest.show(Cut.part(frame, round, from, to, more));
        taken.add(range);
        has.set(from, to);
        ended |= !more;
        whole = !contradicts && ended && has.cardinality() == length;
      }
      guest.endBatch();
      if (whole) {
        assertArrives(ipv4, data);
      } else {
        assertNothingArrived(ipv4);
      }
    }
  }
}
