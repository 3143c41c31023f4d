package org.jpasst.proto.groups;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.net.DatagramSocket;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.jpasst.guest.FramePieces;
import org.jpasst.net.IpAddress;
import org.jpasst.proto.socket.LoopbackHost;
import org.jpasst.stack.NetStack;
import org.jpasst.stats.Counter;
import org.jpasst.vectors.Frame;
import org.jpasst.wire.InternetChecksum;
import org.jpasst.wire.IpProtocol;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What the guest says about groups, and what it is asked. */
final class GroupsTest {
  private static final IpAddress REPORTS4 = address("224.0.0.22");
  private static final IpAddress REPORTS6 = address("ff02::16");
  private static final IpAddress GUEST_LINK_LOCAL = address("fe80::5054:ff:fe12:3456");
  private static final int TO_INCLUDE = 3;
  private static final int TO_EXCLUDE = 4;
  private static final int BLOCK = 6;
  private static final int SSDP_PORT = 1900;

  private LoopbackHost host;
  private NetStack stack;

  @BeforeEach
  void start() throws IOException {
    host = new LoopbackHost();
    stack = host.stack();
  }

  @AfterEach
  void end() {
    host.close();
  }

  private static IpAddress address(String text) {
    return IpAddress.parse(text).orElseThrow();
  }

  private void send(Frame frame) {
    var shown = new org.jpasst.guest.Frame(new FramePieces(1));
    shown.set(MemorySegment.ofArray(frame.bytes()), 0, frame.length());
    stack.receiver().onFrame(shown, host.now());
    stack.receiver().onBatchEnd(host.now());
  }

  private static byte[] bytes(IpAddress address) {
    return address.isIpv4()
        ? ByteBuffer.allocate(4).putInt(address.ipv4()).array()
        : ByteBuffer.allocate(16).putLong(address.hi()).putLong(address.lo()).array();
  }

  private static Frame igmp(byte[] message) {
    MemorySegment s = MemorySegment.ofArray(message);
    int sum = InternetChecksum.complement(InternetChecksum.sum(s, 0, message.length));
    message[2] = (byte) (sum >> 8);
    message[3] = (byte) sum;
    return LoopbackHost.packet(LoopbackHost.GUEST4, REPORTS4, IpProtocol.IGMP, 1, 0, message);
  }

  private static Frame mld(byte[] message) {
    return LoopbackHost.packet(GUEST_LINK_LOCAL, REPORTS6, IpProtocol.ICMPV6, 1, 0, message);
  }

  /** A message of IGMP up to version 2. */
  private static Frame igmp2(int type, String group) {
    return igmp(ByteBuffer.allocate(8).putInt(type << 24).put(bytes(address(group))).array());
  }

  private static byte[] record(int type, String group, String... sources) {
    IpAddress of = address(group);
    int length = bytes(of).length;
    ByteBuffer record = ByteBuffer.allocate(4 + length * (1 + sources.length));
    record.put((byte) type).put((byte) 0).putShort((short) sources.length).put(bytes(of));
    for (String source : sources) {
      record.put(bytes(address(source)));
    }
    return record.array();
  }

  private static byte[] report(int type, byte[]... records) {
    int length = 8;
    for (byte[] each : records) {
      length += each.length;
    }
    ByteBuffer report = ByteBuffer.allocate(length);
    report.putInt(type << 24).putShort((short) 0).putShort((short) records.length);
    for (byte[] each : records) {
      report.put(each);
    }
    return report.array();
  }

  private static Frame igmp3(byte[]... records) {
    return igmp(report(0x22, records));
  }

  private static Frame mld2(byte[]... records) {
    return mld(report(143, records));
  }

  private void pass(int seconds) {
    for (int i = 0; i < seconds; i++) {
      host.advance(1, TimeUnit.SECONDS);
      stack.groups().onTick(host.now());
    }
  }

  private List<Frame> queries() {
    List<Frame> frames = new ArrayList<>();
    while (!host.sink.frames().isEmpty()) {
      frames.add(Frame.of(host.sink.take()));
    }
    return frames;
  }

  private long dropped() {
    return host.counters.value(Counter.DROP_GROUP);
  }

  @Test
  void reportsOfAllVersionsJoin() {
    send(igmp2(0x12, "239.1.1.1"));
    send(igmp2(0x16, "239.1.1.2"));
    send(igmp3(record(TO_EXCLUDE, "239.1.1.3"), record(TO_INCLUDE, "232.1.1.4", "192.0.2.9")));
    byte[] first = ByteBuffer.allocate(24).putInt(131 << 24).array();
    System.arraycopy(bytes(address("ff05::1")), 0, first, 8, 16);
    send(mld(first));
    send(mld2(record(TO_EXCLUDE, "ff05::2"), record(5, "ff35::3", "2001:db8::9")));
    assertThat(stack.groups().count()).isEqualTo(7);
    assertThat(dropped()).isZero();
  }

  @Test
  void whatTheLinkUsesItselfIsNoGroupToJoin() {
    send(igmp3(record(TO_EXCLUDE, "224.0.0.1")));
    send(mld2(record(TO_EXCLUDE, "ff02::1:ff12:3456"), record(TO_EXCLUDE, "ff02::1")));
    send(mld2(record(TO_EXCLUDE, "ff01::fb")));
    assertThat(stack.groups().count()).isZero();
  }

  @Test
  void whoLeavesIsAskedAndGoneAfterTwoSeconds() {
    send(igmp2(0x16, "239.1.1.1"));
    send(mld2(record(TO_EXCLUDE, "ff05::1")));
    send(igmp2(0x17, "239.1.1.1"));
    send(mld2(record(TO_INCLUDE, "ff05::1")));
    List<Frame> queries = queries();
    assertThat(queries).hasSize(2);
    Frame four = queries.getFirst();
    assertThat(four.destination()).hasToString("/239.1.1.1");
    assertThat(four.u8(14)).isEqualTo(0x46);
    assertThat(four.u8(14 + 8)).as("TTL").isEqualTo(1);
    assertThat(four.u32(14 + 20)).as("router alert").isEqualTo(0x94040000L);
    assertThat(four.u8(14 + 24)).isEqualTo(0x11);
    assertThat(four.u32(14 + 28)).isEqualTo(0xef010101L);
    Frame six = queries.getLast();
    assertThat(six.u8(14 + 6)).as("hop-by-hop options").isZero();
    assertThat(six.u8(14 + 7)).as("hop limit").isEqualTo(1);
    assertThat(six.u8(14 + 48)).isEqualTo(130);
    pass(1);
    assertThat(queries()).hasSize(2);
    assertThat(stack.groups().count()).isEqualTo(2);
    pass(1);
    assertThat(stack.groups().count()).isZero();
  }

  @Test
  void anotherNodeBehindTheGuestKeepsTheGroup() {
    send(igmp3(record(TO_EXCLUDE, "239.1.1.1")));
    send(igmp3(record(TO_INCLUDE, "239.1.1.1")));
    pass(1);
    send(igmp3(record(2, "239.1.1.1")));
    pass(10);
    assertThat(stack.groups().count()).isEqualTo(1);
    send(igmp3(record(BLOCK, "239.1.1.1", "192.0.2.9")));
    pass(2);
    assertThat(stack.groups().count()).isZero();
  }

  @Test
  void aSilentGuestIsAskedAtTheIntervalAndItsGroupsEnd() {
    pass(300);
    assertThat(queries()).as("without groups").isEmpty();
    send(igmp2(0x16, "239.1.1.1"));
    pass(124);
    assertThat(queries()).isEmpty();
    pass(1);
    List<Frame> asked = queries();
    assertThat(asked).hasSize(1);
    assertThat(asked.getFirst().destination()).hasToString("/224.0.0.1");
    pass(134);
    assertThat(stack.groups().count()).isEqualTo(1);
    assertThat(queries()).hasSize(1);
    pass(1);
    assertThat(stack.groups().count()).isZero();
    pass(300);
    assertThat(queries()).isEmpty();
  }

  @Test
  void aGuestThatArrivesIsAskedForAllGroups() {
    stack.groups().guestArrived();
    pass(2);
    assertThat(queries()).hasSize(2);
  }

  @Test
  void thereAreNoMoreGroupsThanSixtyFour() {
    for (int i = 0; i < 1000; i++) {
      send(igmp2(0x16, "239.2." + i / 256 + "." + i % 256));
    }
    assertThat(stack.groups().count()).isEqualTo(64);
    assertThat(host.counters.value(Counter.DROP_GROUP_FULL)).isEqualTo(936);
  }

  @Test
  void aPortThatAnotherProgramKeepsForItselfIsCounted() throws IOException {
    try (var keeper = new DatagramSocket(null)) {
      keeper.setReuseAddress(false);
      keeper.bind(new InetSocketAddress(SSDP_PORT));
      send(igmp2(0x16, "239.255.255.250"));
      assertThat(host.counters.value(Counter.DROP_GROUP_SOCKET)).isOne();
    }
  }

  @Test
  void whatIsNotRightIsCountedAndSaysNothing() {
    Frame wrong = igmp2(0x16, "239.1.1.1");
    send(wrong.with(wrong.length() - 1, (byte) 9));
    send(igmp2(0x16, "192.0.2.1"));
    send(igmp2(0x11, "239.1.1.1"));
    byte[] record = record(TO_EXCLUDE, "239.1.1.1");
    byte[] cut = report(0x22, record, record);
    send(igmp(Arrays.copyOf(cut, cut.length - 1)));
    byte[] sources = report(0x22, record);
    sources[10] = (byte) 0xff;
    send(igmp(sources));
    byte[] six = report(143, record(TO_EXCLUDE, "ff05::1"));
    send(LoopbackHost.packet(LoopbackHost.GUEST6, REPORTS6, IpProtocol.ICMPV6, 1, 0, six));
    send(LoopbackHost.packet(GUEST_LINK_LOCAL, REPORTS6, IpProtocol.ICMPV6, 64, 0, six));
    assertThat(stack.groups().count()).isZero();
    assertThat(dropped()).isEqualTo(7);
  }

  /** Of whatever bytes: nothing is thrown, and the bound holds. */
  @Test
  void anyBytesAreTakenOrCounted() {
    var random = new Random(19);
    int[] types = {0x11, 0x12, 0x16, 0x17, 0x22, 130, 131, 132, 143};
    for (int i = 0; i < 100_000; i++) {
      byte[] message = new byte[random.nextInt(4, 120)];
      random.nextBytes(message);
      int type = types[random.nextInt(types.length)];
      message[0] = (byte) type;
      if (message.length > 12 && random.nextBoolean()) {
        message[6] = 0;
        message[7] = (byte) random.nextInt(4);
        message[10] = 0;
        message[11] = (byte) random.nextInt(3);
        message[12] = (byte) (type < 0x80 ? 0xe0 + random.nextInt(16) : 0xff);
      }
      if (type >= 0x80) {
        send(mld(message));
      } else {
        send(igmp(message));
      }
      if (i % 100 == 0) {
        pass(1);
        queries();
      }
    }
    assertThat(stack.groups().count()).isLessThanOrEqualTo(64);
    pass(300);
    assertThat(stack.groups().count()).isZero();
  }
}
