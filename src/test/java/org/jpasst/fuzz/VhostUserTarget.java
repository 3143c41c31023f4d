package org.jpasst.fuzz;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.SplittableRandom;
import org.jpasst.guest.vhostuser.Offer;
import org.jpasst.guest.vhostuser.VhostUserLink;
import org.jpasst.linux.FileDescriptors;
import org.jpasst.linux.FileFlag;

/**
 * A vhost-user front-end's messages and its guest's rings, with the whole program behind them. Some
 * sessions are a front-end's that does as it should, with a guest that doesn't; in others both
 * don't, and then only the program's own state is looked at.
 */
final class VhostUserTarget implements Target {
  /** All that we offer (virtio 1.3 sections 5.1.3 and 6); an unknown bit is refused. */
  private static final long FEATURES =
      1L | 2 | 1 << 3 | 0x180 | 0x1800 | 1 << 15 | 1 << 22 | 7L << 28 | 1L << 32 | 7L << 54;

  private static final long LOG_ALL = 1L << 26;

  /** What has frames come that are longer than a link's MTU. */
  private static final long LARGE_FRAMES = 0x180 | 3L << 54;

  private static final long MERGEABLE = 1 << 15;
  private static final long NEEDED = 1L << 32 | 1L << 30;
  private static final long PROTOCOL = 0x8_801f;
  private static final long USER = 0x7000_0000_0000L;
  private static final int SIZE = 256;
  private static final int PASSED = 6; // kinds of descriptors that messages come with

  /** Between which numbers those of messages lie, known or not. */
  private static final int MAX_REQUEST = 46;

  private static final int[] SETTING_UP = {2, 5, 6, 8, 9, 10, 11, 12, 13, 14, 16, 18, 37, 38};

  private final FuzzedStack stack;
  private final VhostUserEnd end;
  private final Guest guest;
  private final int nothing;
  private final OpenDescriptors open;
  private boolean decided;
  private boolean trusting;

  VhostUserTarget() throws IOException {
    stack =
        new FuzzedStack(
            c -> new VhostUserLink(Offer.ALL, c.loop(), c.sockets(), c.counters(), c.log()));
    end = new VhostUserEnd(stack);
    guest = new Guest(stack, end, () -> trusting);
    nothing = FileDescriptors.open("/dev/null", FileFlag.O_RDWR, 0);
    open = new OpenDescriptors();
  }

  @Override
  public void begin() {
    trusting = true;
    decided = false;
    end.open();
    guest.begin();
  }

  @Override
  public Input next(SplittableRandom random) {
    if (!decided) {
      decided = true;
      if (random.nextInt(8) != 0) {
        return setUp(random);
      }
    }
    if (random.nextInt(50) == 0) {
      return Input.of("cut", random.nextInt(1, 5), random.nextInt(2));
    }
    if (hostile && random.nextInt(3) == 0) {
      return hostile(random);
    }
    return guest.next(random);
  }

  /** Whether the front-end isn't a decent one. */
  private boolean hostile;

  private static Input setUp(SplittableRandom random) {
    long features = random.nextInt(3) == 0 ? FEATURES & random.nextLong() : FEATURES;
    int regions = 1 << random.nextInt(4);
    int size = 4 << random.nextInt(9);
    return Input.of(
        "set-up",
        random.nextInt(3),
        features | NEEDED,
        regions,
        random.nextInt(2),
        size,
        random.nextInt(3) == 0 ? random.nextInt(65_536) : 0);
  }

  private static Input hostile(SplittableRandom random) {
    int ring = random.nextInt(VhostUserEnd.RINGS);
    int likely = random.nextInt(4) == 0 ? ring : ring % 2;
    return switch (random.nextInt(14)) {
      case 0, 1, 2 -> message(random);
      case 3 -> Input.of("start", likely, 1 << random.nextInt(11));
      case 4 -> random.nextInt(3) == 0 ? Input.of("stop", likely) : Input.of("kick", likely);
      case 5, 6, 7 ->
          Input.of(
              "descriptor",
              likely,
              random.nextInt(SIZE),
              address(random),
              length(random),
              random.nextInt(3) == 0 ? random.nextInt(16) : random.nextInt(8),
              random.nextInt(SIZE));
      case 8, 9 -> Input.of("offer", likely, random.nextInt(10) == 0 ? 70_000 : slot(random));
      case 10 ->
          Input.of("index", likely, random.nextInt(8) == 0 ? random.nextInt() : random.nextInt(9));
      case 11 ->
          random.nextInt(12) == 0
              ? Input.of("share", 1 << random.nextInt(4), random.nextInt(2))
              : Input.of("kick", likely);
      case 12 -> random.nextInt(12) == 0 ? setUp(random) : Input.of("kick", likely);
      default -> Input.of("poke", random.nextInt(VhostUserEnd.BUFFERS), random.nextInt());
    };
  }

  private static int slot(SplittableRandom random) {
    return random.nextInt(2) == 0 ? random.nextInt(64) * 4 : random.nextInt(SIZE);
  }

  private static long address(SplittableRandom random) {
    return switch (random.nextInt(10)) {
      case 0 -> random.nextLong();
      case 1 -> VhostUserEnd.MEMORY - random.nextInt(3000);
      case 2 -> random.nextInt(VhostUserEnd.BUFFERS);
      default -> VhostUserEnd.BUFFERS + random.nextInt(1 << 19);
    };
  }

  private static int length(SplittableRandom random) {
    return switch (random.nextInt(8)) {
      case 0 -> random.nextInt();
      case 1 -> random.nextInt(1 << 21);
      case 2 -> 16 * random.nextInt(300);
      case 3 -> random.nextInt(14);
      default -> random.nextInt(4096);
    };
  }

  private static Input message(SplittableRandom random) {
    int request =
        random.nextInt(5) == 0
            ? random.nextInt(MAX_REQUEST)
            : SETTING_UP[random.nextInt(SETTING_UP.length)];
    int count = random.nextInt(6) == 0 ? random.nextInt(8) : numbers(request);
    long[] numbers = new long[3 + count];
    numbers[0] = request;
    numbers[1] = random.nextInt(12) == 0 ? random.nextInt(16) : 1 | random.nextInt(2) << 3;
    numbers[2] = random.nextInt(6) == 0 ? random.nextInt(PASSED) : passed(request);
    for (int i = 0; i < count; i++) {
      numbers[3 + i] = number(request, i, random);
    }
    int odd = random.nextInt(12) == 0 ? random.nextInt(8) : 0;
    return new Input("message", numbers, new byte[odd]);
  }

  /** How many numbers of 64 bits a message has. */
  private static int numbers(int request) {
    return switch (request) {
      case 5 -> 5;
      case 9, 37, 38 -> 5;
      case 6 -> 2;
      default -> 1;
    };
  }

  /** What kind of descriptor comes with a message: see {@link #passed(long, int)}. */
  private static int passed(int request) {
    return switch (request) {
      case 5, 6, 37, 38 -> 3;
      case 12, 14 -> 1;
      case 13 -> 2;
      case 42 -> 5;
      default -> 0;
    };
  }

  private static long number(int request, int index, SplittableRandom random) {
    if (random.nextInt(12) == 0) {
      return random.nextLong();
    }
    long ring = random.nextInt(VhostUserEnd.RINGS);
    return switch (request) {
      case 2 -> FEATURES & (random.nextLong() | random.nextLong()) | NEEDED | logging(random);
      case 8 -> (long) (1 << random.nextInt(12)) << 32 | ring;
      case 10 -> (long) random.nextInt(65_536) << 32 | ring;
      case 18 -> (long) random.nextInt(2) << 32 | ring;
      case 9 ->
          switch (index) {
            case 0 -> (long) random.nextInt(2) << 32 | ring;
            case 4 -> random.nextInt(VhostUserEnd.MEMORY);
            default -> USER + 16L * random.nextInt(VhostUserEnd.MEMORY / 8);
          };
      case 5, 37, 38 ->
          switch (index) {
            case 0 -> request == 5 ? 1 : 0;
            case 2 -> 4096L * (1 + random.nextInt(512));
            case 3 -> USER + 4096L * random.nextInt(1024);
            default -> 4096L * random.nextInt(512);
          };
      case 6 -> index == 0 ? 4096 : 8L * random.nextInt(VhostUserEnd.MEMORY / 8);
      default -> ring;
    };
  }

  private static long logging(SplittableRandom random) {
    return random.nextInt(4) == 0 ? LOG_ALL : 0;
  }

  @Override
  public void apply(Input input) {
    switch (input.name()) {
      case "set-up" -> setUp(input);
      case "cut" -> end.cut(input.choice(0, 5), input.number(1) != 0);
      default -> {
        if (!guest.apply(input)) {
          trusting = false;
          if (end.isOpen()) {
            hostile(input);
          }
        }
      }
    }
    if (!stack.link.isAttached()) {
      trusting = false;
      end.hangUp();
      end.open();
    }
  }

  private void setUp(Input input) {
    trusting &= end.size(0) == 0; // decent front-ends do so once
    hostile = input.choice(0, 3) != 0;
    long features = input.number(1) & FEATURES | NEEDED;
    if ((features & LARGE_FRAMES) != 0) {
      features |= MERGEABLE; // virtio 1.3 section 5.1.6.3.1: our buffers are short
    }
    setUp(
        features,
        1 << Long.numberOfTrailingZeros(Math.clamp(input.number(2), 1, 8)),
        input.number(3) != 0,
        Integer.highestOneBit(Math.clamp(input.number(4), 4, 1024)),
        input.choice(5, 65_536));
  }

  private void setUp(long features, int regions, boolean one, int size, int index) {
    end.agree(features, PROTOCOL);
    end.share(regions, one);
    for (int ring = 0; ring < 2; ring++) {
      end.beginAt(ring, index);
      end.start(ring, size);
    }
    stack.turn();
    end.fill();
  }

  private void hostile(Input input) {
    int ring = input.choice(0, VhostUserEnd.RINGS);
    switch (input.name()) {
      case "message" -> message(input);
      case "start" -> end.start(ring, Math.clamp(input.number(1), 1, 1024));
      case "stop" -> end.stop(ring);
      case "kick" -> end.signal(ring);
      case "share" ->
          end.share(
              1 << Long.numberOfTrailingZeros(Math.clamp(input.number(0), 1, 8)),
              input.number(1) != 0);
      case "descriptor" ->
          end.descriptor(
              ring,
              input.choice(1, 1024),
              input.number(2),
              (int) input.number(3),
              (int) input.number(4),
              (int) input.number(5));
      case "offer" -> {
        end.offer(ring, (int) input.number(1));
        end.signal(ring);
      }
      case "index" -> end.setAvailable(ring, end.available(ring) + (int) input.number(1));
      case "poke" ->
          end.memory()
              .set(
                  JAVA_INT_UNALIGNED, input.choice(0, VhostUserEnd.BUFFERS), (int) input.number(1));
      default -> {
        // Of another target.
      }
    }
  }

  private void message(Input input) {
    long[] numbers = input.numbers();
    long[] content = numbers.length > 3 ? Arrays.copyOfRange(numbers, 3, numbers.length) : numbers;
    byte[] payload = MemorySegment.ofArray(content).toArray(JAVA_BYTE);
    byte[] all = Arrays.copyOf(payload, payload.length + input.bytes().length);
    System.arraycopy(input.bytes(), 0, all, payload.length, input.bytes().length);
    int ring = (int) (input.number(3) & 1);
    int[] passed = passed(input.choice(2, PASSED), ring);
    end.send((int) input.number(0), (int) input.number(1), passed, all);
  }

  private int[] passed(int kind, int ring) {
    return switch (kind) {
      case 1 -> new int[] {end.kick(ring)};
      case 2 -> new int[] {end.call(ring)};
      case 3 -> new int[] {end.memoryFile()};
      case 4 -> new int[] {end.memoryFile(), end.memoryFile(), end.kick(ring)};
      case 5 -> new int[] {nothing};
      default -> new int[0];
    };
  }

  @Override
  public void end() throws IOException {
    if (!trusting || !end.isOpen()) {
      end.hangUp();
      stack.settle();
      end.open();
    }
    if (!trusting || end.size(0) == 0) {
      trusting = false;
      setUp(FEATURES | NEEDED, 2, false, SIZE, 0);
    }
    hostile = false;
    end.cut(1, false);
    guest.deliver();
    guest.leave();
    end.hangUp();
    stack.settle();
    open.check();
  }

  @Override
  public void close() {
    guest.close();
    end.close();
    FileDescriptors.close(nothing);
    stack.close();
  }
}
