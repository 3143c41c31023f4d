package org.jpasst.guest.vhostuser;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.jpasst.guest.vhostuser.FrontEnd.BUFFERS;
import static org.jpasst.guest.vhostuser.FrontEnd.INDIRECT;
import static org.jpasst.guest.vhostuser.FrontEnd.NEXT;
import static org.jpasst.guest.vhostuser.FrontEnd.RECEIVE;
import static org.jpasst.guest.vhostuser.FrontEnd.REGION;
import static org.jpasst.guest.vhostuser.FrontEnd.TRANSMIT;
import static org.jpasst.guest.vhostuser.FrontEnd.WRITE;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.jpasst.guest.LentFrame;
import org.jpasst.guest.Segmentation;
import org.jpasst.stats.Counter;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A guest's driver, well-behaved or not, against the link. */
@Timeout(60)
final class VhostUserLinkTest {
  private static final int VIRTIO_HEADER = 12;
  private static final long BASIC = Features.VERSION_1 | Features.PROTOCOL_FEATURES;
  private static final long ALL = Features.DEVICE & ~Features.LOG_ALL;
  private static final int[] NO_DESCRIPTORS = {};

  @TempDir Path directory;

  private final Random random = new Random(17);
  private LinkedFrontEnd bed;

  @BeforeEach
  void open() throws IOException {
    bed = new LinkedFrontEnd(directory);
  }

  @AfterEach
  void close() {
    bed.close();
  }

  private byte[] randomBytes(int length) {
    byte[] bytes = new byte[length];
    random.nextBytes(bytes);
    return bytes;
  }

  /** Puts a frame into buffers cut at random, behind a virtio header, and makes it available. */
  private void guestSends(byte[] header, byte[] frame, int firstDescriptor, long at, int parts) {
    byte[] all = Arrays.copyOf(header, header.length + frame.length);
    System.arraycopy(frame, 0, all, header.length, frame.length);
    bed.frontEnd.write(at, all);
    int done = 0;
    for (int i = 0; i < parts; i++) {
      int left = all.length - done;
      int length = i == parts - 1 ? left : random.nextInt(left + 1);
      int flags = i == parts - 1 ? 0 : NEXT;
      int index = firstDescriptor + i;
      bed.frontEnd.descriptor(TRANSMIT, index, at + done, length, flags, index + 1);
      done += length;
    }
    bed.frontEnd.offer(TRANSMIT, firstDescriptor);
  }

  private void offerBuffers(int count, int length) {
    for (int i = 0; i < count; i++) {
      bed.frontEnd.descriptor(RECEIVE, i, BUFFERS + (long) i * length, length, WRITE, 0);
      bed.frontEnd.offer(RECEIVE, i);
    }
  }

  @ParameterizedTest
  @ValueSource(longs = {BASIC, ALL, BASIC | Features.EVENT_IDX})
  void framesOfTheGuestArriveHoweverTheirBuffersAreCut(long features) {
    bed.frontEnd.beginAt(65_500);
    bed.setUp(features);
    for (int i = 0; i < 300; i++) {
      byte[] frame = randomBytes(random.nextInt(14, 3000));
      // Some cross from one region to the next.
      long at = i % 3 == 0 ? REGION - random.nextInt(frame.length) : BUFFERS + i;
      boolean wanted = bed.frontEnd.wantsKick(TRANSMIT);
      guestSends(new byte[VIRTIO_HEADER], frame, 0, at, random.nextInt(1, 8));
      assertThat(wanted).isTrue();
      bed.frontEnd.kick(TRANSMIT);
      bed.settle();
      assertThat(bed.frames).hasSize(1);
      assertThat(bed.frames.removeFirst()).isEqualTo(frame);
      assertThat(bed.frontEnd.used(TRANSMIT)).containsExactly(new FrontEnd.Used(0, 0));
    }
  }

  @ParameterizedTest
  @ValueSource(longs = {BASIC, ALL})
  void framesThatTheReceiverHasNoRoomForStayInTheQueue(long features) {
    bed.setUp(features);
    bed.most = 2;
    for (int i = 0; i < 5; i++) {
      guestSends(new byte[VIRTIO_HEADER], randomBytes(100 + i), i, BUFFERS + 1000L * i, 1);
    }
    bed.frontEnd.kick(TRANSMIT);
    bed.settle();
    assertThat(bed.frames).hasSize(2);
    assertThat(bed.frontEnd.used(TRANSMIT)).hasSize(2);
    bed.frontEnd.kick(TRANSMIT);
    bed.settle();
    assertThat(bed.frames).hasSize(2);

    bed.most = Integer.MAX_VALUE;
    bed.link.goOn();
    bed.settle();

    assertThat(bed.frames.stream().map(each -> each.length))
        .containsExactly(100, 101, 102, 103, 104);
    assertThat(bed.frontEnd.used(TRANSMIT)).hasSize(3);
    assertThat(bed.frontEnd.wantsKick(TRANSMIT)).isTrue();
  }

  @Test
  void aFrameInAnIndirectTableArrives() {
    bed.setUp(ALL);
    byte[] frame = randomBytes(2000);
    bed.frontEnd.write(BUFFERS + VIRTIO_HEADER, frame);
    long table = REGION + 4096;
    var first = FrontEnd.entry(BUFFERS, VIRTIO_HEADER, NEXT, 1);
    var second = FrontEnd.entry(BUFFERS + VIRTIO_HEADER, frame.length, 0, 0);
    bed.frontEnd.write(table, first.toArray(JAVA_BYTE));
    bed.frontEnd.write(table + 16, second.toArray(JAVA_BYTE));
    bed.frontEnd.descriptor(TRANSMIT, 5, table, 32, INDIRECT, 0);
    bed.frontEnd.offer(TRANSMIT, 5);
    bed.frontEnd.kick(TRANSMIT);
    bed.settle();
    assertThat(bed.frames.getFirst()).isEqualTo(frame);
  }

  @Test
  void whatTheGuestLeavesToUsIsTold() {
    bed.setUp(ALL);
    byte[] header = {1, Segmentation.UDP, 0, 0, (byte) 0xe8, 3, 0, 0, 0, 0, 0, 0};
    guestSends(header, randomBytes(5000), 0, BUFFERS, 3);
    bed.frontEnd.kick(TRANSMIT);
    bed.settle();
    assertThat(bed.frames).hasSize(1);
    assertThat(bed.segmentSize).isEqualTo(1000);
    assertThat(bed.checksumMissing).isTrue();
  }

  /** Sends a frame whose payload is written in place. */
  private byte[] sendToGuest(int headers, int payload) {
    byte[] frame = randomBytes(headers + payload);
    LentFrame lent = bed.link.sink().lend(headers, payload);
    assertThat(lent.isNone()).isFalse();
    MemorySegment source = MemorySegment.ofArray(frame);
    MemorySegment.copy(source, 0, lent.memory(), lent.at(), headers);
    lent.pieces().fill(lent.firstPiece(), source, headers, payload);
    bed.link.sink().publish(lent, frame.length);
    return frame;
  }

  @ParameterizedTest
  @ValueSource(longs = {BASIC | Features.MRG_RXBUF, ALL})
  void aFrameForTheGuestFillsAsManyBuffersAsItNeeds(long features) {
    bed.setUp(features);
    offerBuffers(20, 500);
    byte[] frame = sendToGuest(54, 1400);
    bed.link.sink().flush();
    List<FrontEnd.Used> used = bed.frontEnd.used(RECEIVE);
    assertThat(used)
        .containsExactly(
            new FrontEnd.Used(0, 500),
            new FrontEnd.Used(1, 500),
            new FrontEnd.Used(2, VIRTIO_HEADER + 1454 - 1000));
    assertThat(bed.frontEnd.read(BUFFERS + VIRTIO_HEADER, frame.length)).isEqualTo(frame);
    assertThat(bed.frontEnd.read(BUFFERS + 10, 2)).containsExactly(3, 0);
    assertThat(bed.frontEnd.interrupted(RECEIVE)).isTrue();
  }

  @Test
  void buffersThatAFrameDoesNotNeedAreKept() {
    bed.setUp(ALL);
    offerBuffers(20, 500);
    LentFrame lent = bed.link.sink().lend(54, 5000);
    lent.memory().asSlice(lent.at(), 54).fill((byte) 7);
    bed.link.sink().publish(lent, 100);
    byte[] second = sendToGuest(54, 10);
    bed.link.sink().flush();
    assertThat(bed.frontEnd.used(RECEIVE))
        .containsExactly(
            new FrontEnd.Used(0, VIRTIO_HEADER + 100),
            new FrontEnd.Used(1, VIRTIO_HEADER + second.length));
    assertThat(bed.frontEnd.read(BUFFERS + 500 + VIRTIO_HEADER, second.length)).isEqualTo(second);
  }

  @Test
  void withoutMergeableBuffersALongFrameIsDroppedAndShortOnesGoOn() {
    bed.setUp(BASIC);
    offerBuffers(4, 1600);
    sendToGuest(54, 3000);
    byte[] frame = sendToGuest(54, 1400);
    bed.link.sink().flush();
    assertThat(bed.frontEnd.used(RECEIVE))
        .containsExactly(new FrontEnd.Used(0, VIRTIO_HEADER + frame.length));
    assertThat(bed.counters.value(Counter.DROP_BUFFER_SMALL)).isOne();
  }

  @Test
  void whoHadNoRoomIsToldWhenTheGuestHasAddedBuffers() {
    var told = new int[1];
    bed.setUp(ALL);
    bed.link.onRoom(now -> told[0]++);
    assertThat(bed.link.sink().hasRoom()).isFalse();
    bed.settle();
    assertThat(told[0]).isZero();
    assertThat(bed.frontEnd.wantsKick(RECEIVE)).isTrue();
    offerBuffers(4, 1600);
    bed.frontEnd.kick(RECEIVE);
    bed.settle();
    assertThat(told[0]).isOne();
    assertThat(bed.link.sink().hasRoom()).isTrue();
  }

  @Test
  void whoHadNoRoomForAnAnswerIsToldToo() {
    var told = new int[1];
    bed.setUp(ALL);
    offerBuffers(1, 50);
    bed.settle();
    bed.link.onRoom(now -> told[0]++);
    assertThat(bed.link.sink().lendReply(60).isNone()).isTrue();
    bed.settle();
    assertThat(told[0]).as("with no more buffers than there were").isZero();
    offerBuffers(4, 1600);
    bed.frontEnd.kick(RECEIVE);
    bed.settle();
    assertThat(told[0]).isOne();
  }

  @Test
  void whoHadNoRoomBecauseOfOurMemoryIsToldWithoutNewBuffers() {
    var told = new int[1];
    bed.setUp(ALL);
    for (int i = 0; i < 20; i++) {
      bed.frontEnd.descriptor(RECEIVE, i, BUFFERS, 60_012, WRITE, 0);
      bed.frontEnd.offer(RECEIVE, i);
    }
    bed.settle();
    bed.link.onRoom(now -> told[0]++);
    var lent = new ArrayList<LentFrame>();
    for (LentFrame frame = bed.link.sink().lendReply(60_000);
        !frame.isNone();
        frame = bed.link.sink().lendReply(60_000)) {
      lent.add(frame);
    }
    assertThat(lent).hasSizeBetween(2, 19);
    lent.forEach(frame -> bed.link.sink().publish(frame, 60_000));
    bed.loop.turn(0);
    assertThat(told[0]).isOne();
  }

  @Test
  void aQueueStopsAndGoesOnWhereItWas() {
    bed.setUp(ALL);
    offerBuffers(10, 1600);
    sendToGuest(54, 100);
    bed.frontEnd.send(Request.GET_VRING_BASE, 1, NO_DESCRIPTORS, FrontEnd.pair(RECEIVE, 0));
    bed.settle();
    assertThat(bed.frontEnd.answer()).hasValue(FrontEnd.pair(RECEIVE, 1));
    assertThat(bed.frontEnd.used(RECEIVE)).hasSize(1);
    assertThat(bed.link.sink().hasRoom()).isFalse();
  }

  @Test
  void anotherFrontEndMayComeAfterOneHasGone() throws IOException {
    bed.setUp(ALL);
    bed.frontEnd.close();
    bed.settle();
    assertThat(bed.link.isAttached()).isFalse();
    bed.connected = 0;
    bed.connect();
    bed.setUp(BASIC);
    offerBuffers(1, 1600);
    sendToGuest(14, 100);
    bed.link.sink().flush();
    assertThat(bed.frontEnd.used(RECEIVE)).hasSize(1);
  }

  @Test
  void acknowledgmentsAreGivenWhereTheyAreAskedFor() {
    bed.setUp(ALL);
    bed.frontEnd.send(Request.SET_OWNER, 1 | 8, NO_DESCRIPTORS);
    bed.frontEnd.send(Request.CHECK_DEVICE_STATE, 1, NO_DESCRIPTORS);
    bed.settle();
    assertThat(bed.frontEnd.answer()).hasValue(0L);
    assertThat(bed.frontEnd.answer()).hasValue(-1L);
  }

  @Test
  void memoryThatIsTakenAwayEndsTheConnectionAndNothingElse() throws IOException {
    bed.setUp(ALL);
    guestSends(new byte[VIRTIO_HEADER], randomBytes(1000), 0, BUFFERS, 2);
    bed.frontEnd.truncate(0, 0);
    bed.frontEnd.truncate(1, 0);
    bed.frontEnd.kick(TRANSMIT);
    bed.settle();
    assertThat(bed.messages).hasSize(1);
    assertThat(bed.messages.getFirst()).contains("shared memory is gone");
    assertThat(bed.link.isAttached()).isFalse();
    assertThat(bed.counters.value(Counter.LOOP_FAILURES)).isZero();
  }

  @Test
  void pagesThatAreWrittenAreLogged() throws IOException {
    bed.setUp(ALL | Features.LOG_ALL);
    bed.frontEnd.shareLog();
    bed.settle();
    assertThat(bed.frontEnd.answer()).hasValue(0L);
    // The last page of the first region and the first of the second.
    bed.frontEnd.descriptor(RECEIVE, 0, REGION - 100, 1600, WRITE, 0);
    bed.frontEnd.offer(RECEIVE, 0);
    sendToGuest(54, 1000);
    bed.link.sink().flush();
    assertThat(bed.frontEnd.dirtyPages()).containsExactly(REGION / 4096 - 1, REGION / 4096);
  }
}
