package org.jpasst.bridge;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jpasst.guest.Frame;
import org.jpasst.guest.FramePieces;
import org.jpasst.guest.RecordingSink;
import org.jpasst.log.Log;
import org.jpasst.loop.EventLoop;
import org.jpasst.stats.Counter;
import org.jpasst.stats.Counters;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What is sent when a guest runs that has come from another host, and when. */
final class AnnouncementsTest {
  private static final String GUEST = "52:54:00:12:34:56";
  private static final String IP4 = "192.0.2.1";
  private static final String IP6 = "2001:db8::1";
  private static final long MAC = 0x5254_0012_3456L;
  private static final long MILLISECOND = TimeUnit.MILLISECONDS.toNanos(1);

  /** As QEMU's announce_self_create() writes it, to the end of its padding. */
  private static final String RARP =
      "ffffffffffff 525400123456 8035 0001 0800 06 04 0003"
          + "525400123456 00000000 525400123456 00000000"
          + "00".repeat(18);

  /** RFC 826, and RFC 5227 section 2.3: the sender's address is the target's. */
  private static final String ARP =
      "ffffffffffff 525400123456 0806 0001 0800 06 04 0001"
          + "525400123456 c0000201 000000000000 c0000201"
          + "00".repeat(18);

  /**
   * RFC 4861 section 4.4: from the address to all nodes, with a hop limit of 255; override and
   * nothing else; the target's link-layer address (section 4.6.1).
   */
  private static final String ADVERTISEMENT =
      "333300000001 525400123456 86dd 60000000 0020 3a ff"
          + "20010db8000000000000000000000001 ff020000000000000000000000000001"
          + "88 00 %s %s 20010db8000000000000000000000001 02 01 525400123456";

  private final Counters counters = new Counters();
  private final HeardAddresses addresses = new HeardAddresses();
  private final RecordingSink uplink = new RecordingSink();
  private long time = 5_000_000_000L;
  private boolean running;
  private EventLoop loop;
  private Announcements announcements;

  @BeforeEach
  void open() throws IOException {
    loop = new EventLoop(() -> time, counters, Log.none());
    announcements = new Announcements(addresses, uplink, () -> running, loop, counters);
    loop.onTurnEnd(announcements::look);
  }

  @AfterEach
  void close() {
    loop.close();
  }

  private void heard(byte[] bytes) {
    var frame = new Frame(new FramePieces(0));
    frame.set(MemorySegment.ofArray(bytes), 0, bytes.length);
    addresses.hear(frame, time);
  }

  private void heardAll() {
    heard(ClaimFrames.arp(1, GUEST, IP4));
    heard(ClaimFrames.advertisement(GUEST, IP6));
  }

  private List<byte[]> sentNow() {
    loop.turn(0);
    List<byte[]> sent = uplink.frames();
    uplink.clear();
    return sent;
  }

  private static byte[] bytes(String hex) {
    return HexFormat.of().parseHex(hex.replace(" ", ""));
  }

  private static byte[] advertisement(String flags) {
    byte[] frame = bytes(ADVERTISEMENT.formatted("0000", flags));
    return ClaimFrames.summed(frame);
  }

  @Test
  void allAddressesAreToldOnceTheGuestRuns() {
    heardAll();
    announcements.expect();
    assertThat(sentNow()).isEmpty();

    running = true;

    assertThat(sentNow()).containsExactly(bytes(RARP), bytes(ARP), advertisement("20000000"));
    assertThat(counters.value(Counter.ANNOUNCEMENTS)).isEqualTo(3);
  }

  @Test
  void aChecksumOfAnAdvertisementIsRight() {
    heardAll();
    announcements.expect();
    running = true;
    assertThat(ClaimFrames.sumOf(sentNow().getLast())).isEqualTo(0xffff);
  }

  @Test
  void aRouterSaysThatItIsOne() {
    heard(
        ClaimFrames.message(
            ClaimFrames.NEIGHBOUR_ADVERTISEMENT,
            ClaimFrames.OVERRIDE | ClaimFrames.ROUTER,
            GUEST,
            IP6,
            IP6));
    announcements.expect();
    running = true;
    assertThat(sentNow()).containsExactly(bytes(RARP), advertisement("a0000000"));
  }

  /** QEMU: after 50, 150, 250 and 350 ms, five times in all. */
  @Test
  void itIsRepeatedAsQemuRepeatsIt() {
    heardAll();
    announcements.expect();
    running = true;
    List<Long> times = new ArrayList<>();
    for (int ms = 0; ms < 3_000; ms++) {
      List<byte[]> sent = sentNow();
      assertThat(sent.size()).isIn(0, 3);
      if (!sent.isEmpty()) {
        times.add((long) ms);
      }
      time += MILLISECOND;
    }
    assertThat(times).hasSize(Announcements.ROUNDS);
    long[] after = {0, 50, 200, 450, 800};
    for (int i = 0; i < after.length; i++) {
      assertThat(times.get(i)).isBetween(after[i], after[i] + 4L * i);
    }
  }

  @Test
  void aGuestThatStopsIsNotTold() {
    heardAll();
    announcements.expect();
    running = true;
    assertThat(sentNow()).hasSize(3);
    running = false;
    time += 60 * MILLISECOND;
    assertThat(sentNow()).isEmpty();
    running = true;
    time += 1_000 * MILLISECOND;
    assertThat(sentNow()).isEmpty();
  }

  @Test
  void aGuestThatWasAlwaysHereIsNotTold() {
    heardAll();
    running = true;
    time += 1_000 * MILLISECOND;
    assertThat(sentNow()).isEmpty();
  }

  @Test
  void nothingIsToldOfAGuestThatIsGone() {
    heardAll();
    announcements.expect();
    announcements.forget();
    running = true;
    assertThat(sentNow()).isEmpty();

    announcements.expect();
    assertThat(sentNow()).hasSize(3);
    announcements.forget();
    time += 1_000 * MILLISECOND;
    assertThat(sentNow()).isEmpty();
  }

  @Test
  void whoOnlyLookedWasNotTheGuest() {
    heardAll();
    announcements.expectAgain();
    running = true;
    assertThat(sentNow()).isEmpty();
    announcements.expect();
    assertThat(sentNow()).hasSize(3);
    running = false;
    announcements.expectAgain();
    time += 1_000 * MILLISECOND;
    assertThat(sentNow()).isEmpty();
    running = true;
    assertThat(sentNow()).hasSize(3);
  }

  @Test
  void ofWhomNothingIsKnownNothingIsToldLater() {
    announcements.expect();
    running = true;
    assertThat(sentNow()).isEmpty();
    heardAll();
    time += 1_000 * MILLISECOND;
    assertThat(sentNow()).isEmpty();
  }

  @Test
  void anUplinkThatIsDownIsToldOnceItIsUp() {
    heardAll();
    announcements.expect();
    running = true;
    uplink.setRoom(0);
    assertThat(sentNow()).isEmpty();
    uplink.setRoom(100);
    assertThat(sentNow()).hasSize(3);
    assertThat(counters.value(Counter.DROP_ANNOUNCEMENT)).isZero();
  }

  @Test
  void whatThereIsNoRoomForIsToldInTheNextRound() {
    heardAll();
    announcements.expect();
    running = true;
    uplink.setRoom(1);
    assertThat(sentNow()).containsExactly(bytes(RARP));
    assertThat(counters.value(Counter.DROP_ANNOUNCEMENT)).isEqualTo(2);
    uplink.setRoom(100);
    time += 60 * MILLISECOND;
    assertThat(sentNow()).hasSize(3);
  }

  @Test
  void aFrontEndMayAskAtAnyTime() {
    announcements.request(MAC, time);
    assertThat(sentNow()).containsExactly(bytes(RARP));
    time += 1_000 * MILLISECOND;
    assertThat(sentNow()).isEmpty();
  }

  @Test
  void nonsenseIsNotAnnounced() {
    for (long mac : new long[] {0, 0xffff_ffff_ffffL, 0x0100_5e00_0001L, MAC | 1L << 48}) {
      announcements.request(mac, time);
    }
    assertThat(sentNow()).isEmpty();
    assertThat(counters.value(Counter.DROP_ANNOUNCEMENT)).isEqualTo(4);
  }

  @Test
  void aFrontEndThatAsksWithoutEndIsNotFollowed() {
    for (int i = 0; i < 100_000; i++) {
      announcements.request(MAC, time);
    }
    assertThat(sentNow()).hasSize(Announcements.MOST_REQUESTS);
    time += 1_000 * MILLISECOND;
    announcements.request(MAC, time);
    assertThat(sentNow()).hasSize(1);
  }
}
