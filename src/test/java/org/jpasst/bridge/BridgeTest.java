package org.jpasst.bridge;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.jpasst.guest.VirtioNetHeader;
import org.jpasst.stats.Counter;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Real links over socket pairs, with a bridge between. */
final class BridgeTest {
  private static final int[] LENGTHS = {60, 61, 1514, 9014, 65_535};
  private static final int HEADER = VirtioNetHeader.MAX_LENGTH;
  private static final int MANY = 20_000;

  private static BridgeBed bed(String kind) throws IOException {
    return switch (kind) {
      case "plain" -> BridgeBed.plain();
      case "offloading" -> BridgeBed.offloading();
      default -> BridgeBed.streamed();
    };
  }

  private static byte[] behindHeader(byte[] frame) {
    byte[] all = new byte[HEADER + frame.length];
    System.arraycopy(frame, 0, all, HEADER, frame.length);
    return all;
  }

  /** Ethernet types and addresses are whatever the numbers make of them. */
  @ParameterizedTest
  @ValueSource(strings = {"plain", "offloading", "streamed"})
  void anyFramePassesAsItIsBothWays(String kind) throws IOException {
    try (BridgeBed bed = bed(kind).connected()) {
      for (int length : LENGTHS) {
        for (int number : new int[] {0, 0x0800, 0x0806, 0x86dd, 0x88cc, 0xffff}) {
          byte[] frame = BridgeBed.frame(length, number);
          assertThat(bed.guestSends(frame)).isTrue();
          assertThat(bed.uplinkSends(frame)).isTrue();
          bed.settle();
          byte[] atUplink = kind.equals("offloading") ? behindHeader(frame) : frame;
          assertThat(bed.uplinkReceives()).containsExactly(atUplink);
          assertThat(bed.guestReceives()).containsExactly(frame);
        }
      }
      long frames = 6L * LENGTHS.length;
      long bytes = 6L * Arrays.stream(LENGTHS).sum();
      assertThat(bed.count(Counter.FRAMES_FROM_GUEST)).isEqualTo(frames);
      assertThat(bed.count(Counter.BYTES_FROM_GUEST)).isEqualTo(bytes);
      assertThat(bed.count(Counter.FRAMES_TO_UPLINK)).isEqualTo(frames);
      assertThat(bed.count(Counter.BYTES_TO_UPLINK)).isEqualTo(bytes);
      assertThat(bed.count(Counter.FRAMES_TO_GUEST)).isEqualTo(frames);
    }
  }

  @Test
  void aShortFrameIsFilledUpForTheGuest() throws IOException {
    try (BridgeBed bed = BridgeBed.plain().connected()) {
      bed.uplinkSends(BridgeBed.frame(14, 1));
      bed.guestSends(BridgeBed.frame(14, 2));
      bed.settle();
      assertThat(bed.guestReceives()).containsExactly(Arrays.copyOf(BridgeBed.frame(14, 1), 60));
      assertThat(bed.uplinkReceives()).containsExactly(BridgeBed.frame(14, 2));
    }
  }

  @Test
  void whatAGuestCannotCutUpReachesItInPackets() throws IOException {
    UncutFrame uncut = UncutFrame.of(true, true, 0, 40_000);
    try (BridgeBed bed = BridgeBed.offloading().connected()) {
      bed.uplinkSendsAll(uncut.behindHeader(1448));
      bed.uplinkSends(BridgeBed.frame(60, 5));
      bed.settle();
      assertThat(bed.guestReceives())
          .containsExactlyElementsOf(packets(uncut, 1448, BridgeBed.frame(60, 5)));
    }
  }

  private static List<byte[]> packets(UncutFrame uncut, int size, byte[]... behind) {
    var expected = new ArrayList<byte[]>();
    var packets = new Packets();
    assertThat(packets.begin(uncut.shown(size))).isTrue();
    MemorySegment out = Arena.ofAuto().allocate(1 << 16);
    while (packets.hasNext()) {
      int length = packets.length();
      packets.write(out, 0);
      expected.add(out.asSlice(0, length).toArray(java.lang.foreign.ValueLayout.JAVA_BYTE));
    }
    expected.addAll(List.of(behind));
    return expected;
  }

  /** A state that is saved has it then. */
  @ParameterizedTest
  @ValueSource(strings = {"plain", "offloading", "streamed"})
  void whatWaitsInTheUplinkIsTakenInForAGuestThatStandsStill(String kind) throws IOException {
    try (BridgeBed bed = bed(kind).connected()) {
      bed.guest.pause(bed.loop.now());
      for (int i = 0; i < 100; i++) {
        assertThat(bed.uplinkSends(BridgeBed.frame(60, i))).isTrue();
      }
      bed.bridge.takeIn(bed.loop.now());
      assertThat(bed.cache.count()).isEqualTo(100);
      bed.guest.resume();
      bed.uplinkSends(BridgeBed.frame(60, 100));
      bed.settle();
      assertThat(bed.guestReceives()).hasSize(101);
    }
  }

  @Test
  void anOffloadThatMakesNoSenseIsCounted() throws IOException {
    UncutFrame uncut = UncutFrame.of(true, true, 0, 4000);
    uncut.bytes()[12] = 0x12; // neither IPv4 nor IPv6
    try (BridgeBed bed = BridgeBed.offloading().connected()) {
      bed.uplinkSendsAll(uncut.behindHeader(1448));
      bed.uplinkSends(BridgeBed.frame(60, 5));
      bed.settle();
      assertThat(bed.guestReceives()).containsExactly(BridgeBed.frame(60, 5));
      assertThat(bed.count(Counter.DROP_OFFLOAD)).isEqualTo(1);
    }
  }

  /** Sends numbered frames until no more are taken: how many were, after which nobody works. */
  private static int sendUntilFull(BridgeBed bed, Predicate<byte[]> sends) {
    int sent = 0;
    while (sends.test(BridgeBed.frame(1514, sent))) {
      sent++;
      assertThat(sent).as("frames without an end").isLessThan(MANY);
      bed.loop.turn(0);
    }
    bed.settle();
    assertThat(bed.isIdle()).as("waits without work").isTrue();
    return sent;
  }

  private static List<byte[]> receiveAll(BridgeBed bed, Supplier<List<byte[]>> receives) {
    List<byte[]> received = new ArrayList<>();
    for (List<byte[]> some = receives.get(); !some.isEmpty(); some = receives.get()) {
      received.addAll(some);
      bed.settle();
    }
    return received;
  }

  @ParameterizedTest
  @ValueSource(strings = {"plain", "offloading", "streamed"})
  void whatTheUplinkHasNoRoomForWaitsWithTheGuest(String kind) throws IOException {
    try (BridgeBed bed = bed(kind).connected()) {
      int sent = sendUntilFull(bed, bed::guestSends);
      List<byte[]> received = receiveAll(bed, bed::uplinkReceives);

      assertThat(received).hasSize(sent);
      for (int i = 0; i < sent; i++) {
        byte[] frame = BridgeBed.frame(1514, i);
        assertThat(received.get(i))
            .isEqualTo(kind.equals("offloading") ? behindHeader(frame) : frame);
      }
      assertThat(bed.count(Counter.DROP_UPLINK_FULL)).isZero();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"plain", "offloading", "streamed"})
  void whatTheGuestHasNoRoomForWaitsAtTheUplink(String kind) throws IOException {
    try (BridgeBed bed = bed(kind).connected()) {
      int sent = sendUntilFull(bed, bed::uplinkSends);
      List<byte[]> received = receiveAll(bed, bed::guestReceives);

      assertThat(received).hasSize(sent);
      for (int i = 0; i < sent; i++) {
        assertThat(received.get(i)).isEqualTo(BridgeBed.frame(1514, i));
      }
      assertThat(bed.count(Counter.DROP_LINK_FULL)).isZero();
    }
  }

  @Test
  void whatComesForNobodyGoesNowhere() throws IOException {
    try (BridgeBed bed = BridgeBed.plain()) {
      bed.settle();
      bed.uplinkSends(BridgeBed.frame(60, 1));
      bed.settle();
      assertThat(bed.count(Counter.DROP_LINK_DOWN)).isEqualTo(1);

      bed.connected();
      bed.uplinkSends(BridgeBed.frame(60, 2));
      bed.settle();
      assertThat(bed.guestReceives()).containsExactly(BridgeBed.frame(60, 2));

      bed.guestGoes();
      bed.uplinkSends(BridgeBed.frame(60, 3));
      bed.settle();
      bed.connectAnother();
      assertThat(bed.guestReceives()).isEmpty();
      assertThat(bed.count(Counter.DROP_LINK_DOWN)).isEqualTo(2);
    }
  }

  /** It was kept for a guest that didn't read; the next has nothing to do with it. */
  @Test
  void whatWaitedForAGuestThatHasGoneIsNotTheNextOnes() throws IOException {
    try (BridgeBed bed = BridgeBed.plain().connected()) {
      for (int i = 0; i < MANY && bed.uplinkSends(BridgeBed.frame(1514, i)); i++) {
        bed.loop.turn(0);
      }
      bed.guestGoes();
      bed.connectAnother();
      bed.uplinkSends(BridgeBed.frame(60, 0x7777));
      bed.settle();
      assertThat(bed.guestReceives()).containsExactly(BridgeBed.frame(60, 0x7777));
    }
  }

  @Test
  void anUplinkThatIsDownTakesTheGuestsFramesAndLosesThem() throws IOException {
    try (BridgeBed bed = BridgeBed.plain().connected()) {
      bed.uplink.pause(bed.loop.now());
      bed.guestSends(BridgeBed.frame(60, 1));
      bed.settle();
      bed.uplink.resume();
      bed.settle();
      bed.guestSends(BridgeBed.frame(60, 2));
      bed.settle();
      assertThat(bed.uplinkReceives()).containsExactly(BridgeBed.frame(60, 2));
      assertThat(bed.count(Counter.DROP_UPLINK_DOWN)).isEqualTo(1);
    }
  }

  @Test
  void whatTheUplinkRefusesIsCountedAndThoseBehindItGoOn() throws IOException {
    try (BridgeBed bed = BridgeBed.offloading().connected()) {
      bed.narrowUplink(); // a packet longer than that is answered with EMSGSIZE
      bed.guestSends(BridgeBed.frame(60_000, 1));
      bed.guestSends(BridgeBed.frame(60, 2));
      bed.settle();
      assertThat(bed.uplinkReceives()).containsExactly(behindHeader(BridgeBed.frame(60, 2)));
      assertThat(bed.count(Counter.DROP_UPLINK_REFUSED)).isEqualTo(1);
    }
  }

  /** What a guest that is paused has sent is handled: where it can't wait, it is lost. */
  @Test
  void aPauseLeavesNothingInTheGuestsSocket() throws IOException {
    try (BridgeBed bed = BridgeBed.plain().connected()) {
      int sent = 0;
      while (bed.guestSends(BridgeBed.frame(1514, sent))) {
        sent++;
        bed.loop.turn(0);
      }
      bed.settle();
      assertThat(bed.guest.pause(bed.loop.now())).isTrue();
      int arrived = 0;
      for (List<byte[]> some = bed.uplinkReceives(); !some.isEmpty(); ) {
        arrived += some.size();
        bed.settle();
        some = bed.uplinkReceives();
      }
      assertThat(bed.count(Counter.DROP_UPLINK_FULL)).isPositive();
      assertThat(arrived + bed.count(Counter.DROP_UPLINK_FULL)).isEqualTo(sent);
    }
  }

  @Test
  void whatComesWhileTheGuestStandsStillComesBeforeWhatIsNewer() throws IOException {
    UncutFrame uncut = UncutFrame.of(false, true, 0, 5_000);
    try (BridgeBed bed = BridgeBed.offloading().connected()) {
      assertThat(bed.guest.pause(bed.loop.now())).isTrue();
      bed.uplinkSends(BridgeBed.frame(60, 1));
      bed.uplinkSendsAll(uncut.behindHeader(1428));
      bed.settle();
      List<byte[]> expected = packets(uncut, 1428);
      expected.addFirst(BridgeBed.frame(60, 1));
      assertThat(bed.count(Counter.CACHED)).isEqualTo(expected.size());
      assertThat(bed.guestReceives()).isEmpty();

      bed.guest.resume();
      bed.uplinkSends(BridgeBed.frame(60, 2));
      bed.settle();

      expected.add(BridgeBed.frame(60, 2));
      assertThat(bed.guestReceives()).containsExactlyElementsOf(expected);
      assertThat(bed.cache.isEmpty()).isTrue();
    }
  }

  @Test
  void whatWaitedForTheGuestWhenItStoppedIsCachedToo() throws IOException {
    try (BridgeBed bed = BridgeBed.plain().connected()) {
      int sent = 0;
      while (bed.uplinkSends(BridgeBed.frame(1514, sent))) {
        sent++;
        bed.loop.turn(0);
      }
      bed.settle();
      bed.guest.pause(bed.loop.now());
      bed.settle();
      assertThat(bed.cache.count()).isPositive();
      assertThat(bed.uplinkSends(BridgeBed.frame(1514, sent))).isTrue();
      bed.settle();

      List<byte[]> received = new ArrayList<>(bed.guestReceives());
      bed.guest.resume();
      bed.settle();
      for (List<byte[]> some = bed.guestReceives(); !some.isEmpty(); ) {
        received.addAll(some);
        bed.settle();
        some = bed.guestReceives();
      }

      assertThat(received).hasSize(sent + 1);
      for (int i = 0; i <= sent; i++) {
        assertThat(received.get(i)).isEqualTo(BridgeBed.frame(1514, i));
      }
    }
  }

  private static final String GUEST = "52:54:00:12:34:56";

  private static boolean isRarp(byte[] frame) {
    return frame[12] == (byte) 0x80 && frame[13] == 0x35;
  }

  @Test
  void aGuestThatArrivesIsAnnouncedBeforeAnyFrameOfIts() throws IOException {
    try (BridgeBed bed = BridgeBed.streamed().connected()) {
      bed.guestSends(ClaimFrames.arp(2, GUEST, "192.0.2.1"));
      bed.settle();
      assertThat(bed.guest.pause(bed.loop.now())).isTrue();
      bed.uplinkReceives();
      bed.bridge.guestArrived();
      bed.guestSends(BridgeBed.frame(60, 1));
      bed.settle();
      assertThat(bed.uplinkReceives()).isEmpty();

      bed.guest.resume();
      bed.settle();

      List<byte[]> received = bed.uplinkReceives();
      assertThat(received).hasSize(3);
      assertThat(isRarp(received.getFirst())).isTrue();
      assertThat(received.getLast()).isEqualTo(BridgeBed.frame(60, 1));
      assertThat(bed.count(Counter.FRAMES_FROM_GUEST)).isEqualTo(2);
      assertThat(bed.count(Counter.ANNOUNCEMENTS)).isEqualTo(2);
    }
  }

  @Test
  void anAnnouncementHasNothingLeftUndone() throws IOException {
    try (BridgeBed bed = BridgeBed.offloading().connected()) {
      bed.guestSends(BridgeBed.frame(60, 1));
      bed.settle();
      bed.uplinkReceives();
      bed.bridge.receiver().onAnnouncement(0x5254_0012_3456L, bed.loop.now());
      bed.settle();
      List<byte[]> received = bed.uplinkReceives();
      assertThat(received).hasSize(1);
      assertThat(received.getFirst()).hasSize(HEADER + 60).startsWith(new byte[HEADER - 2]);
    }
  }

  @Test
  void aGuestThatIsGoneIsForgottenBeforeTheNextOneComes() throws IOException {
    try (BridgeBed bed = BridgeBed.plain().connected()) {
      bed.guestSends(ClaimFrames.arp(2, GUEST, "192.0.2.1"));
      bed.settle();
      bed.guestGoes();
      bed.uplinkReceives();
      bed.bridge.guestArrived();
      bed.connectAnother();
      assertThat(bed.uplinkReceives()).isEmpty();
    }
  }

  @Test
  void whatTheNetworkHasGivenToAnotherIsNotAnnounced() throws IOException {
    try (BridgeBed bed = BridgeBed.plain().connected()) {
      bed.guestSends(ClaimFrames.arp(2, GUEST, "192.0.2.1"));
      bed.settle();
      bed.uplinkSends(ClaimFrames.arp(1, "02:00:00:00:00:07", "192.0.2.1"));
      bed.settle();
      bed.uplinkReceives();
      bed.bridge.guestArrived();
      bed.settle();
      List<byte[]> received = bed.uplinkReceives();
      assertThat(received).hasSize(1);
      assertThat(isRarp(received.getFirst())).isTrue();
    }
  }

  /** Whoever is at either end may send anything; what is right passes all the same. */
  @Test
  void whateverComesFromEitherSideABadFrameIsNotTheLast() throws IOException {
    var random = new Random(11);
    try (BridgeBed bed = BridgeBed.offloading().connected()) {
      for (int i = 0; i < 20_000; i++) {
        byte[] any = anything(random);
        bed.uplinkSendsAll(any);
        bed.guestSends(Arrays.copyOf(any, Math.max(14, any.length)));
        bed.loop.turn(0);
        if (i % 20 == 0) {
          bed.guestReceives();
          bed.uplinkReceives();
        }
      }
      bed.settle();
      while (!bed.guestReceives().isEmpty() | !bed.uplinkReceives().isEmpty()) {
        bed.settle();
      }
      assertThat(bed.count(Counter.LOOP_FAILURES)).isZero();
      assertThat(bed.count(Counter.DROP_OFFLOAD)).isPositive();
      bed.uplinkSends(BridgeBed.frame(60, 1));
      bed.guestSends(BridgeBed.frame(60, 2));
      bed.settle();
      assertThat(bed.guestReceives()).containsExactly(BridgeBed.frame(60, 1));
      assertThat(bed.uplinkReceives()).containsExactly(behindHeader(BridgeBed.frame(60, 2)));
    }
  }

  /** A frame with a header in front, of which a part is as it should be. */
  private static byte[] anything(Random random) {
    UncutFrame uncut =
        UncutFrame.of(
            random.nextBoolean(), random.nextBoolean(), random.nextInt(4), random.nextInt(3000));
    byte[] all = uncut.behindHeader(random.nextInt(1, 2000));
    for (int i = random.nextInt(6); i > 0; i--) {
      all[random.nextInt(Math.min(all.length, 90))] = (byte) random.nextInt();
    }
    return Arrays.copyOf(all, random.nextInt(HEADER + 14, all.length + 1));
  }

  @Test
  void anUplinkThatEndsIsSaid() throws IOException {
    try (BridgeBed bed = BridgeBed.streamed().connected()) {
      List<String> gone = new ArrayList<>();
      bed.uplink.onGone(() -> gone.add("gone"));
      bed.uplinkGoes();
      assertThat(gone).containsExactly("gone");
    }
  }

  @Test
  void aStreamWithImpossibleFramesEnds() throws IOException {
    try (BridgeBed bed = BridgeBed.streamed().connected()) {
      bed.uplinkSendsAll(new byte[] {0, 0, 0, 1, 0});
      bed.settle();
      assertThat(bed.uplink.isAttached()).isFalse();
      assertThat(bed.messages)
          .contains("closing the uplink's connection: it sent a frame length of 1 bytes");
    }
  }
}
