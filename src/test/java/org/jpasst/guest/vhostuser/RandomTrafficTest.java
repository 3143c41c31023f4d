package org.jpasst.guest.vhostuser;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.jpasst.guest.vhostuser.FrontEnd.INDIRECT;
import static org.jpasst.guest.vhostuser.FrontEnd.NEXT;
import static org.jpasst.guest.vhostuser.FrontEnd.RECEIVE;
import static org.jpasst.guest.vhostuser.FrontEnd.REGION;
import static org.jpasst.guest.vhostuser.FrontEnd.TRANSMIT;
import static org.jpasst.guest.vhostuser.FrontEnd.WRITE;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jpasst.guest.FrameSink;
import org.jpasst.guest.LentFrame;
import org.jpasst.stats.Counter;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Frames of any length in buffers cut in any way, in both directions, with each subset of what
 * changes how queues work: all arrive, whole and in order, and every buffer comes back.
 */
@Timeout(120)
@Tag("fuzz")
final class RandomTrafficTest {
  /** Chains in use at once in each direction; each has this many descriptors at most. */
  private static final int SLOTS = 16;

  private static final int PARTS = 4;
  private static final int SLOT_SIZE = 4096;
  private static final int STEPS = 1500;
  private static final int MAX_FRAME = 3000;
  private static final int TABLES = 1 << 17;

  /** Slots in the middle lie across the border of the regions. */
  private static final int[] BUFFERS = {REGION - 8 * SLOT_SIZE - 999, REGION + (1 << 18)};

  @TempDir Path directory;

  private final Random random = new Random(4711);
  private final Deque<byte[]> expected = new ArrayDeque<>();
  private final Deque<Integer> free = new ArrayDeque<>();
  private final List<FrontEnd.Used> used = new ArrayList<>();
  private final int[][] lengths = new int[SLOTS][];
  private LinkBed bed;
  private FrontEnd frontEnd;
  private boolean indirect;
  private int header;

  static Stream<Long> subsets() {
    return IntStream.range(0, 16)
        .mapToObj(
            i ->
                ((i & 8) == 0 ? Features.VERSION_1 : 0)
                    | Features.PROTOCOL_FEATURES
                    | ((i & 1) == 0 ? 0 : Features.MRG_RXBUF)
                    | ((i & 2) == 0 ? 0 : Features.INDIRECT_DESC)
                    | ((i & 4) == 0 ? 0 : Features.EVENT_IDX));
  }

  private void setUp(long features) throws IOException {
    bed = new LinkBed(directory);
    frontEnd = bed.frontEnd();
    frontEnd.beginAt(65_000); // wraps soon
    indirect = Features.has(features, Features.INDIRECT_DESC);
    boolean counts = (features & (Features.VERSION_1 | Features.MRG_RXBUF)) != 0;
    header = counts ? 12 : 10; // virtio 1.3 section 5.1.6.1
    bed.setUp(features);
    for (int slot = 0; slot < SLOTS; slot++) {
      free.add(slot);
    }
  }

  /** Cuts a slot's buffer into descriptors, in an indirect table or not, and makes it available. */
  private void offer(int ring, int slot, int total) {
    int flags = ring == RECEIVE ? WRITE : 0;
    int parts = random.nextInt(1, PARTS + 1);
    boolean inTable = indirect && random.nextBoolean();
    long table = TABLES + (long) (ring * SLOTS + slot) * PARTS * 16;
    int head = slot * PARTS;
    int[] cut = random.ints(parts - 1, 0, total + 1).sorted().toArray();
    lengths[slot] = new int[parts];
    for (int i = 0; i < parts; i++) {
      int from = i == 0 ? 0 : cut[i - 1];
      int length = (i == parts - 1 ? total : cut[i]) - from;
      int next = i == parts - 1 ? 0 : NEXT;
      long at = at(ring, slot) + from;
      lengths[slot][i] = length;
      if (inTable) {
        var entry = FrontEnd.entry(at, length, flags | next, i + 1);
        frontEnd.write(table + 16L * i, entry.toArray(JAVA_BYTE));
      } else {
        frontEnd.descriptor(ring, head + i, at, length, flags | next, head + i + 1);
      }
    }
    if (inTable) {
      frontEnd.descriptor(ring, head, table, 16 * parts, INDIRECT, 0);
    }
    frontEnd.offer(ring, head);
  }

  private static long at(int ring, int slot) {
    return BUFFERS[ring] + (long) slot * SLOT_SIZE;
  }

  private byte[] randomFrame() {
    byte[] frame = new byte[random.nextInt(14, random.nextBoolean() ? 200 : MAX_FRAME)];
    random.nextBytes(frame);
    return frame;
  }

  @ParameterizedTest
  @MethodSource("subsets")
  void fromTheGuest(long features) throws IOException {
    setUp(features);
    for (int step = 0; step < STEPS; step++) {
      var sent = new ArrayList<byte[]>();
      int count = random.nextInt(1, SLOTS + 1);
      for (int i = 0; i < count; i++) {
        byte[] frame = randomFrame();
        byte[] all = new byte[header + frame.length];
        System.arraycopy(frame, 0, all, header, frame.length);
        int slot = free.remove();
        frontEnd.write(at(TRANSMIT, slot), all);
        offer(TRANSMIT, slot, all.length);
        sent.add(frame);
      }
      frontEnd.kick(TRANSMIT);
      bed.settle();
      assertThat(bed.frames).containsExactlyElementsOf(sent);
      bed.frames.clear();
      List<FrontEnd.Used> back = frontEnd.used(TRANSMIT);
      assertThat(back).hasSize(count);
      back.forEach(u -> free.add(u.head() / PARTS));
    }
    assertThat(bed.counters.value(Counter.DROP_BAD_CHAIN)).isZero();
    bed.close();
  }

  @ParameterizedTest
  @MethodSource("subsets")
  void toTheGuest(long features) throws IOException {
    setUp(features);
    boolean mergeable = Features.has(features, Features.MRG_RXBUF);
    int arrived = 0;
    for (int step = 0; step < STEPS; step++) {
      while (!free.isEmpty() && random.nextInt(6) != 0) {
        int total = mergeable ? random.nextInt(header, 1600) : SLOT_SIZE;
        offer(RECEIVE, free.remove(), total);
      }
      publishSome();
      if (random.nextBoolean()) {
        bed.link.sink().flush();
      }
      arrived += takeFrames();
    }
    bed.link.sink().flush();
    arrived += takeFrames();
    assertThat(expected).isEmpty();
    assertThat(arrived).isGreaterThan(STEPS);
    assertThat(bed.counters.value(Counter.DROP_BAD_CHAIN)).isZero();
    assertThat(bed.counters.value(Counter.DROP_BUFFER_SMALL)).isZero();
    bed.close();
  }

  /** Lends some frames, publishes the first of them, the last one shorter than it was lent for. */
  private void publishSome() {
    FrameSink sink = bed.link.sink();
    var frames = new ArrayList<byte[]>();
    var lent = new ArrayList<LentFrame>();
    while (lent.size() < random.nextInt(1, 6)) {
      byte[] frame = randomFrame();
      int ahead = random.nextInt(3) == 0 ? frame.length : random.nextInt(14, frame.length + 1);
      LentFrame room =
          ahead == frame.length ? sink.lend(ahead) : sink.lend(ahead, frame.length - ahead);
      if (room.isNone()) {
        break;
      }
      frames.add(frame);
      lent.add(room);
    }
    int published = lent.isEmpty() ? 0 : random.nextInt(lent.size() + 1);
    for (int i = 0; i < published; i++) {
      byte[] frame = frames.get(i);
      int length = frame.length;
      if (i == published - 1 && random.nextInt(3) == 0) {
        length = random.nextInt(14, frame.length + 1);
      }
      var source = MemorySegment.ofArray(frame);
      LentFrame room = lent.get(i);
      int ahead = room.headRoom();
      MemorySegment.copy(source, 0, room.memory(), room.at(), ahead);
      room.pieces().fill(room.firstPiece(), source, ahead, frame.length - ahead);
      sink.publish(room, length);
      expected.add(Arrays.copyOf(frame, length));
    }
    sink.giveBack();
  }

  /** What the guest's driver sees: each frame in as many chains as its header says. */
  private int takeFrames() {
    used.addAll(frontEnd.used(RECEIVE));
    int count = 0;
    while (!used.isEmpty()) {
      int first = used.getFirst().head() / PARTS;
      byte[] virtio = frontEnd.read(at(RECEIVE, first), header);
      int chains = header == 10 ? 1 : virtio[10] & 0xff;
      assertThat(chains).isBetween(1, used.size());
      var bytes = new ByteArrayOutputStream();
      for (int i = 0; i < chains; i++) {
        FrontEnd.Used chain = used.removeFirst();
        int slot = chain.head() / PARTS;
        bytes.writeBytes(frontEnd.read(at(RECEIVE, slot), chain.written()));
        assertThat(IntStream.of(lengths[slot]).sum()).isGreaterThanOrEqualTo(chain.written());
        free.add(slot);
      }
      byte[] all = bytes.toByteArray();
      byte[] frame = Arrays.copyOfRange(all, header, all.length);
      assertThat(frame).isEqualTo(expected.remove());
      count++;
    }
    return count;
  }
}
