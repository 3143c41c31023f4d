package org.jpasst.guest.vhostuser;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.jpasst.guest.vhostuser.FrontEnd.BUFFERS;
import static org.jpasst.guest.vhostuser.FrontEnd.INDIRECT;
import static org.jpasst.guest.vhostuser.FrontEnd.NEXT;
import static org.jpasst.guest.vhostuser.FrontEnd.QUEUE_SIZE;
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
import org.jpasst.guest.Frame;
import org.jpasst.guest.FrameReceiver;
import org.jpasst.guest.LentFrame;
import org.jpasst.guest.Segmentation;
import org.jpasst.linux.LinuxSockets;
import org.jpasst.linux.SocketPair;
import org.jpasst.log.Log;
import org.jpasst.log.LogLevel;
import org.jpasst.loop.EventLoop;
import org.jpasst.stats.Counter;
import org.jpasst.stats.Counters;
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

  private final LinuxSockets sockets = new LinuxSockets();
  private final Counters counters = new Counters();
  private final Log log = new Log(LogLevel.INFO, System::nanoTime);
  private final List<String> messages = new ArrayList<>();
  private final List<byte[]> frames = new ArrayList<>();
  private final Random random = new Random(17);
  private int connected;
  private int segmentSize;
  private boolean checksumMissing;
  private EventLoop loop;
  private VhostUserLink link;
  private FrontEnd frontEnd;

  @BeforeEach
  void open() throws IOException {
    log.addSink((level, at, message) -> messages.add(message));
    loop = new EventLoop(System::nanoTime, counters, log);
    link = new VhostUserLink(Offer.ALL, loop, sockets, counters, log);
    link.deliverTo(new Receiver());
    loop.onTurnEnd(link);
    connect();
  }

  private void connect() throws IOException {
    SocketPair pair = SocketPair.create();
    frontEnd = new FrontEnd(pair.theirs(), directory);
    assertThat(link.attach(pair.ours())).isZero();
  }

  @AfterEach
  void close() {
    link.close();
    frontEnd.close();
    loop.close();
  }

  private void settle() {
    int idle = 0;
    while (idle < 2) {
      idle = loop.turn(0) == 0 ? idle + 1 : 0;
    }
  }

  private void setUp(long features) {
    frontEnd.setUp(features);
    settle();
    assertThat(messages).isEmpty();
    assertThat(connected).isOne();
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
    frontEnd.write(at, all);
    int done = 0;
    for (int i = 0; i < parts; i++) {
      int left = all.length - done;
      int length = i == parts - 1 ? left : random.nextInt(left + 1);
      int flags = i == parts - 1 ? 0 : NEXT;
      int index = firstDescriptor + i;
      frontEnd.descriptor(TRANSMIT, index, at + done, length, flags, index + 1);
      done += length;
    }
    frontEnd.offer(TRANSMIT, firstDescriptor);
  }

  private void offerBuffers(int count, int length) {
    for (int i = 0; i < count; i++) {
      frontEnd.descriptor(RECEIVE, i, BUFFERS + (long) i * length, length, WRITE, 0);
      frontEnd.offer(RECEIVE, i);
    }
  }

  @ParameterizedTest
  @ValueSource(longs = {BASIC, ALL, BASIC | Features.EVENT_IDX})
  void framesOfTheGuestArriveHoweverTheirBuffersAreCut(long features) {
    frontEnd.beginAt(65_500);
    setUp(features);
    for (int i = 0; i < 300; i++) {
      byte[] frame = randomBytes(random.nextInt(14, 3000));
      // Some cross from one region to the next.
      long at = i % 3 == 0 ? REGION - random.nextInt(frame.length) : BUFFERS + i;
      boolean wanted = frontEnd.wantsKick(TRANSMIT);
      guestSends(new byte[VIRTIO_HEADER], frame, 0, at, random.nextInt(1, 8));
      assertThat(wanted).isTrue();
      frontEnd.kick(TRANSMIT);
      settle();
      assertThat(frames).hasSize(1);
      assertThat(frames.removeFirst()).isEqualTo(frame);
      assertThat(frontEnd.used(TRANSMIT)).containsExactly(new FrontEnd.Used(0, 0));
    }
  }

  @Test
  void aFrameInAnIndirectTableArrives() {
    setUp(ALL);
    byte[] frame = randomBytes(2000);
    frontEnd.write(BUFFERS + VIRTIO_HEADER, frame);
    long table = REGION + 4096;
    var first = FrontEnd.entry(BUFFERS, VIRTIO_HEADER, NEXT, 1);
    var second = FrontEnd.entry(BUFFERS + VIRTIO_HEADER, frame.length, 0, 0);
    frontEnd.write(table, first.toArray(JAVA_BYTE));
    frontEnd.write(table + 16, second.toArray(JAVA_BYTE));
    frontEnd.descriptor(TRANSMIT, 5, table, 32, INDIRECT, 0);
    frontEnd.offer(TRANSMIT, 5);
    frontEnd.kick(TRANSMIT);
    settle();
    assertThat(frames.getFirst()).isEqualTo(frame);
  }

  @Test
  void whatTheGuestLeavesToUsIsTold() {
    setUp(ALL);
    byte[] header = {1, Segmentation.UDP, 0, 0, (byte) 0xe8, 3, 0, 0, 0, 0, 0, 0};
    guestSends(header, randomBytes(5000), 0, BUFFERS, 3);
    frontEnd.kick(TRANSMIT);
    settle();
    assertThat(frames).hasSize(1);
    assertThat(segmentSize).isEqualTo(1000);
    assertThat(checksumMissing).isTrue();
  }

  /** Sends a frame whose payload is written in place. */
  private byte[] sendToGuest(int headers, int payload) {
    byte[] frame = randomBytes(headers + payload);
    LentFrame lent = link.sink().lend(headers, payload);
    assertThat(lent.isNone()).isFalse();
    MemorySegment source = MemorySegment.ofArray(frame);
    MemorySegment.copy(source, 0, lent.memory(), lent.at(), headers);
    lent.pieces().fill(lent.firstPiece(), source, headers, payload);
    link.sink().publish(lent, frame.length);
    return frame;
  }

  @ParameterizedTest
  @ValueSource(longs = {BASIC | Features.MRG_RXBUF, ALL})
  void aFrameForTheGuestFillsAsManyBuffersAsItNeeds(long features) {
    setUp(features);
    offerBuffers(20, 500);
    byte[] frame = sendToGuest(54, 1400);
    link.sink().flush();
    List<FrontEnd.Used> used = frontEnd.used(RECEIVE);
    assertThat(used)
        .containsExactly(
            new FrontEnd.Used(0, 500),
            new FrontEnd.Used(1, 500),
            new FrontEnd.Used(2, VIRTIO_HEADER + 1454 - 1000));
    assertThat(frontEnd.read(BUFFERS + VIRTIO_HEADER, frame.length)).isEqualTo(frame);
    assertThat(frontEnd.read(BUFFERS + 10, 2)).containsExactly(3, 0);
    assertThat(frontEnd.interrupted(RECEIVE)).isTrue();
  }

  @Test
  void buffersThatAFrameDoesNotNeedAreKept() {
    setUp(ALL);
    offerBuffers(20, 500);
    LentFrame lent = link.sink().lend(54, 5000);
    lent.memory().asSlice(lent.at(), 54).fill((byte) 7);
    link.sink().publish(lent, 100);
    byte[] second = sendToGuest(54, 10);
    link.sink().flush();
    assertThat(frontEnd.used(RECEIVE))
        .containsExactly(
            new FrontEnd.Used(0, VIRTIO_HEADER + 100),
            new FrontEnd.Used(1, VIRTIO_HEADER + second.length));
    assertThat(frontEnd.read(BUFFERS + 500 + VIRTIO_HEADER, second.length)).isEqualTo(second);
  }

  @Test
  void withoutMergeableBuffersALongFrameIsDroppedAndShortOnesGoOn() {
    setUp(BASIC);
    offerBuffers(4, 1600);
    sendToGuest(54, 3000);
    byte[] frame = sendToGuest(54, 1400);
    link.sink().flush();
    assertThat(frontEnd.used(RECEIVE))
        .containsExactly(new FrontEnd.Used(0, VIRTIO_HEADER + frame.length));
    assertThat(counters.value(Counter.DROP_BUFFER_SMALL)).isOne();
  }

  @Test
  void whoHadNoRoomIsToldWhenTheGuestHasAddedBuffers() {
    var told = new int[1];
    setUp(ALL);
    link.onRoom(now -> told[0]++);
    assertThat(link.sink().hasRoom()).isFalse();
    settle();
    assertThat(told[0]).isZero();
    assertThat(frontEnd.wantsKick(RECEIVE)).isTrue();
    offerBuffers(4, 1600);
    frontEnd.kick(RECEIVE);
    settle();
    assertThat(told[0]).isOne();
    assertThat(link.sink().hasRoom()).isTrue();
  }

  @Test
  void whoHadNoRoomForAnAnswerIsToldToo() {
    var told = new int[1];
    setUp(ALL);
    offerBuffers(1, 50);
    settle();
    link.onRoom(now -> told[0]++);
    assertThat(link.sink().lendReply(60).isNone()).isTrue();
    settle();
    assertThat(told[0]).as("with no more buffers than there were").isZero();
    offerBuffers(4, 1600);
    frontEnd.kick(RECEIVE);
    settle();
    assertThat(told[0]).isOne();
  }

  @Test
  void whoHadNoRoomBecauseOfOurMemoryIsToldWithoutNewBuffers() {
    var told = new int[1];
    setUp(ALL);
    for (int i = 0; i < 20; i++) {
      frontEnd.descriptor(RECEIVE, i, BUFFERS, 60_012, WRITE, 0);
      frontEnd.offer(RECEIVE, i);
    }
    settle();
    link.onRoom(now -> told[0]++);
    var lent = new ArrayList<LentFrame>();
    for (LentFrame frame = link.sink().lendReply(60_000);
        !frame.isNone();
        frame = link.sink().lendReply(60_000)) {
      lent.add(frame);
    }
    assertThat(lent).hasSizeBetween(2, 19);
    lent.forEach(frame -> link.sink().publish(frame, 60_000));
    loop.turn(0);
    assertThat(told[0]).isOne();
  }

  @Test
  void aQueueStopsAndGoesOnWhereItWas() {
    setUp(ALL);
    offerBuffers(10, 1600);
    sendToGuest(54, 100);
    frontEnd.send(Request.GET_VRING_BASE, 1, NO_DESCRIPTORS, FrontEnd.pair(RECEIVE, 0));
    settle();
    assertThat(frontEnd.answer()).hasValue(FrontEnd.pair(RECEIVE, 1));
    assertThat(frontEnd.used(RECEIVE)).hasSize(1);
    assertThat(link.sink().hasRoom()).isFalse();
  }

  @Test
  void anotherFrontEndMayComeAfterOneHasGone() throws IOException {
    setUp(ALL);
    frontEnd.close();
    settle();
    assertThat(link.isAttached()).isFalse();
    connected = 0;
    connect();
    setUp(BASIC);
    offerBuffers(1, 1600);
    sendToGuest(14, 100);
    link.sink().flush();
    assertThat(frontEnd.used(RECEIVE)).hasSize(1);
  }

  @Test
  void acknowledgmentsAreGivenWhereTheyAreAskedFor() {
    setUp(ALL);
    frontEnd.send(Request.SET_OWNER, 1 | 8, NO_DESCRIPTORS);
    frontEnd.send(Request.CHECK_DEVICE_STATE, 1, NO_DESCRIPTORS);
    settle();
    assertThat(frontEnd.answer()).hasValue(0L);
    assertThat(frontEnd.answer()).hasValue(-1L);
  }

  @Test
  void memoryThatIsTakenAwayEndsTheConnectionAndNothingElse() throws IOException {
    setUp(ALL);
    guestSends(new byte[VIRTIO_HEADER], randomBytes(1000), 0, BUFFERS, 2);
    frontEnd.truncate(0, 0);
    frontEnd.truncate(1, 0);
    frontEnd.kick(TRANSMIT);
    settle();
    assertThat(messages).hasSize(1);
    assertThat(messages.getFirst()).contains("shared memory is gone");
    assertThat(link.isAttached()).isFalse();
    assertThat(counters.value(Counter.LOOP_FAILURES)).isZero();
  }

  @Test
  void pagesThatAreWrittenAreLogged() throws IOException {
    setUp(ALL | Features.LOG_ALL);
    frontEnd.shareLog();
    settle();
    assertThat(frontEnd.answer()).hasValue(0L);
    // The last page of the first region and the first of the second.
    frontEnd.descriptor(RECEIVE, 0, REGION - 100, 1600, WRITE, 0);
    frontEnd.offer(RECEIVE, 0);
    sendToGuest(54, 1000);
    link.sink().flush();
    assertThat(frontEnd.dirtyPages()).containsExactly(REGION / 4096 - 1, REGION / 4096);
  }

  /** Chains of every kind of nonsense: what isn't a frame comes back, and the link lives on. */
  @Test
  void randomChainsNeverBreakTheLink() throws IOException {
    setUp(ALL);
    for (int round = 0; round < 3000; round++) {
      for (int i = 0; i < 8; i++) {
        int ring = random.nextInt(2);
        frontEnd.descriptor(
            ring,
            random.nextInt(QUEUE_SIZE),
            randomAddress(),
            randomLength(),
            random.nextInt(8),
            random.nextInt(QUEUE_SIZE + 4));
      }
      int ring = random.nextInt(2);
      frontEnd.offer(ring, random.nextInt(QUEUE_SIZE));
      frontEnd.kick(ring);
      if (random.nextInt(4) == 0 && link.sink().hasRoom()) {
        LentFrame lent = link.sink().lend(54, random.nextInt(6, 2000));
        if (!lent.isNone()) {
          link.sink().publish(lent, 60);
        }
        link.sink().giveBack();
      }
      loop.turn(0);
      frontEnd.used(0);
      frontEnd.used(1);
      if (!link.isAttached()) {
        frontEnd.close();
        connected = 0;
        messages.clear();
        connect();
        setUp(ALL);
      }
    }
    assertThat(counters.value(Counter.LOOP_FAILURES)).isZero();
  }

  private long randomAddress() {
    return switch (random.nextInt(5)) {
      case 0 -> random.nextLong();
      case 1 -> 2L * REGION - random.nextInt(5000);
      case 2 -> REGION - random.nextInt(5000);
      default -> BUFFERS + random.nextInt(REGION);
    };
  }

  private int randomLength() {
    return switch (random.nextInt(4)) {
      case 0 -> random.nextInt();
      case 1 -> random.nextInt(64);
      default -> random.nextInt(4000);
    };
  }

  @ParameterizedTest
  @ValueSource(ints = {QUEUE_SIZE + 1, 30_000})
  void anIndexThatJumpsEndsTheConnection(int jump) {
    setUp(ALL);
    frontEnd.setAvailableIndex(TRANSMIT, jump);
    frontEnd.kick(TRANSMIT);
    settle();
    assertThat(messages).hasSize(1);
    assertThat(link.isAttached()).isFalse();
  }

  @Test
  void messagesThatMakeNoSenseEndTheConnectionWithOneLine() throws IOException {
    long[][] nonsense = {
      {Request.SET_FEATURES, -1},
      {Request.SET_MEM_TABLE, 9},
      {Request.SET_MEM_TABLE, 1},
      {Request.SET_VRING_NUM, FrontEnd.pair(0, 65)},
      {Request.SET_VRING_NUM, FrontEnd.pair(0, 32_768)},
      {Request.SET_VRING_NUM, FrontEnd.pair(16, 64)},
      {Request.SET_VRING_NUM, FrontEnd.pair(-1, 64)},
      {Request.SET_VRING_ENABLE, FrontEnd.pair(99, 1)},
      {Request.SET_VRING_ADDR, 0, 1, 2, 3, 4},
      {Request.SET_VRING_KICK, 0},
      {Request.GET_VRING_BASE, 200},
      {Request.SET_LOG_BASE, 4096, 0},
      {Request.SET_DEVICE_STATE_FD, 7},
      {Request.SET_DEVICE_STATE_FD, 0},
      {Request.ADD_MEM_REG, 0, 0, 0, 0, 0},
      {Request.REM_MEM_REG, 0, 0, 4096, 0, 0},
      {99, 0}
    };
    for (long[] each : nonsense) {
      frontEnd.send((int) each[0], 1, NO_DESCRIPTORS, Arrays.copyOfRange(each, 1, each.length));
      settle();
      assertThat(messages).as("message %d", each[0]).hasSize(1);
      assertThat(link.isAttached()).isFalse();
      messages.clear();
      frontEnd.close();
      connect();
    }
    assertThat(counters.value(Counter.LOOP_FAILURES)).isZero();
  }

  @Test
  void descriptorsThatNobodyAskedForAreClosed() throws IOException {
    setUp(ALL);
    int before = Descriptors.open();
    int own = frontEnd.kickDescriptor(2);
    int[] some = {own, own, own, own, own, own, own, own};
    for (int i = 0; i < 1000; i++) {
      frontEnd.send(Request.SET_OWNER, 1, some);
      frontEnd.send(Request.SET_VRING_ENABLE, 1, some, FrontEnd.pair(0, 1));
      loop.turn(0);
    }
    settle();
    assertThat(Descriptors.open()).isEqualTo(before);
    assertThat(messages).isEmpty();
  }

  @Test
  void aGoneFrontEndLeavesNoDescriptorBehind() throws IOException {
    int before = Descriptors.open();
    for (int i = 0; i < 20; i++) {
      setUp(ALL);
      frontEnd.close();
      settle();
      connected = 0;
      connect();
    }
    settle();
    assertThat(Descriptors.open()).isEqualTo(before);
  }

  @Test
  void randomMessagesNeverBreakTheLink() throws IOException {
    for (int round = 0; round < 2000; round++) {
      int length = 12 + 8 * random.nextInt(8);
      for (int i = 0; i < length; i++) {
        frontEnd.scratch().set(JAVA_BYTE, i, (byte) random.nextInt(random.nextBoolean() ? 3 : 256));
      }
      if (random.nextInt(8) != 0) {
        byte[] header = {(byte) random.nextInt(48), 0, 0, 0, (byte) (1 + 8 * random.nextInt(2)), 0};
        MemorySegment.copy(header, 0, frontEnd.scratch(), JAVA_BYTE, 0, header.length);
        byte[] size = {0, 0, (byte) (length - 12), 0, 0, 0};
        MemorySegment.copy(size, 0, frontEnd.scratch(), JAVA_BYTE, 6, size.length);
      }
      // Not standard input: it would be read from, and not block any more.
      int[] passed = {frontEnd.kickDescriptor(2), frontEnd.kickDescriptor(3)};
      frontEnd.sendRaw(length, random.nextBoolean() ? NO_DESCRIPTORS : passed);
      settle();
      if (!link.isAttached()) {
        frontEnd.close();
        connect();
      }
    }
    assertThat(counters.value(Counter.LOOP_FAILURES)).isZero();
  }

  private final class Receiver implements FrameReceiver {
    @Override
    public void onConnected(long now) {
      connected++;
    }

    @Override
    public void onDisconnected() {}

    @Override
    public void onFrame(Frame frame, long now) {
      assertThat(frame.headLength()).isEqualTo(Math.min(frame.length(), Frame.HEAD));
      byte[] bytes = new byte[frame.length()];
      MemorySegment copy = MemorySegment.ofArray(bytes);
      MemorySegment.copy(frame.memory(), frame.at(), copy, 0, frame.headLength());
      int rest = frame.length() - frame.headLength();
      frame.pieces().copy(frame.firstPiece(), copy, frame.headLength(), rest);
      frames.add(bytes);
      segmentSize = frame.segmentSize();
      checksumMissing = frame.isChecksumMissing();
    }

    @Override
    public void onBatchEnd(long now) {}
  }
}
