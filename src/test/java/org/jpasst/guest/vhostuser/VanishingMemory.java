package org.jpasst.guest.vhostuser;

import static org.jpasst.guest.vhostuser.FrontEnd.BUFFERS;
import static org.jpasst.guest.vhostuser.FrontEnd.QUEUE_SIZE;
import static org.jpasst.guest.vhostuser.FrontEnd.RECEIVE;
import static org.jpasst.guest.vhostuser.FrontEnd.REGION;
import static org.jpasst.guest.vhostuser.FrontEnd.TRANSMIT;
import static org.jpasst.guest.vhostuser.FrontEnd.WRITE;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import org.jpasst.guest.Frame;
import org.jpasst.guest.FrameReceiver;
import org.jpasst.guest.LentFrame;
import org.jpasst.linux.LinuxSockets;
import org.jpasst.linux.SocketPair;
import org.jpasst.log.Log;
import org.jpasst.log.LogLevel;
import org.jpasst.loop.EventLoop;
import org.jpasst.stats.Counter;
import org.jpasst.stats.Counters;

/**
 * Front-ends that make their memory's files shorter while frames go both ways: at any moment, any
 * part of the rings, the log and the buffers. Each has a page of its own.
 *
 * <p>Is a program as well, so that the first touch of a process can be the one that fails.
 */
final class VanishingMemory implements AutoCloseable {
  private static final int LENGTH = 1500;
  private static final int PAGE = 4096;
  private static final int RING_PAGES = 2 * 4;

  /** Moments of a round at which the loop's own thread makes files shorter. */
  private static final int MOMENTS = 3;

  private final Path directory;
  private final Random random;
  private final LinuxSockets sockets = new LinuxSockets();
  private final Counters counters = new Counters();
  private final Log log = new Log(LogLevel.INFO, System::nanoTime);
  private final List<String> messages = new ArrayList<>();
  private final MemorySegment bytes = Arena.global().allocate(LENGTH);
  private final EventLoop loop;
  private final VhostUserLink link;
  private int momentsLeft = Integer.MAX_VALUE;
  private int[] lengths = {0, 0};
  private FrontEnd frontEnd;

  VanishingMemory(Path directory, long seed) throws IOException {
    this.directory = directory;
    random = new Random(seed);
    log.addSink((level, at, message) -> messages.add(message));
    loop = new EventLoop(System::nanoTime, counters, log);
    link = new VhostUserLink(Offer.ALL, loop, sockets, counters, log);
    link.deliverTo(new Echo());
    loop.onTurnEnd(link);
  }

  /** Directory, seed, number of front-ends, frames before each one's memory goes. */
  public static void main(String[] arguments) throws IOException, InterruptedException {
    var seed = Long.parseLong(arguments[1]);
    try (var memory = new VanishingMemory(Path.of(arguments[0]), seed)) {
      for (int i = 0; i < Integer.parseInt(arguments[2]); i++) {
        memory.round(Integer.parseInt(arguments[3]));
      }
    }
    System.out.println("alive");
  }

  /** Answers each frame with one of the same length, its payload in place. */
  private final class Echo implements FrameReceiver {
    @Override
    public void onConnected(long now) {}

    @Override
    public void onDisconnected() {}

    @Override
    public void onFrame(Frame frame, long now) {
      frame.sum(frame.at(), frame.length());
      moment();
      LentFrame lent = link.sink().lend(54, LENGTH);
      if (!lent.isNone()) {
        moment();
        lent.pieces().fill(lent.firstPiece(), bytes, 0, LENGTH);
        link.sink().publish(lent, 54 + LENGTH);
      }
    }

    @Override
    public void onBatchEnd(long now) {
      moment();
    }
  }

  private void moment() {
    if (momentsLeft-- == 0) {
      takeMemoryAway();
    }
  }

  private void takeMemoryAway() {
    try {
      frontEnd.truncate(0, lengths[0]);
      frontEnd.truncate(1, lengths[1]);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * One front-end from its first message to its end.
   *
   * @param frames exchanged while its memory is whole
   * @throws AssertionError if it wasn't served, or its end was anything but one line in the log
   */
  void round(int frames) throws IOException, InterruptedException {
    messages.clear();
    momentsLeft = Integer.MAX_VALUE;
    SocketPair pair = SocketPair.create();
    frontEnd = new FrontEnd(pair.theirs(), directory);
    try {
      check(link.attach(pair.ours()) == 0, "isn't attached");
      boolean logged = random.nextBoolean();
      frontEnd.setUp(logged ? Features.DEVICE : Features.DEVICE & ~Features.LOG_ALL);
      if (logged) {
        frontEnd.shareLog();
        frontEnd.logUsedRing(RECEIVE, REGION / 2);
      }
      turns(4);
      for (int i = 0; i < frames; i++) {
        exchange(i);
        check(frontEnd.usedIndex(TRANSMIT) == i + 1, "frame " + i + " wasn't taken");
      }
      boolean all = loseMemory(frames);
      check(!all || !link.isAttached(), "the front-end is still there");
      if (link.isAttached()) {
        frontEnd.close();
        turns(2);
      } else {
        frontEnd.close();
      }
      long lines = messages.stream().filter(m -> m.startsWith("closing the vhost-user")).count();
      check(lines == (all ? 1 : lines & 1) && messages.size() == lines, messages.toString());
      check(!link.isAttached(), "it is still attached");
      check(counters.value(Counter.LOOP_FAILURES) == 0, "a handler failed");
    } finally {
      if (link.isAttached()) {
        link.close();
      }
    }
  }

  /** Makes the files shorter; whether all of them is gone, of which the link must have learned. */
  private boolean loseMemory(int frames) throws InterruptedException {
    boolean all = random.nextBoolean();
    lengths = new int[] {all ? 0 : shorter(), all ? 0 : random.nextInt(REGION)};
    int moment = random.nextInt(MOMENTS + 2);
    if (moment < MOMENTS) {
      momentsLeft = moment;
      exchange(frames);
    } else if (moment == MOMENTS) {
      takeMemoryAway();
    } else {
      loseMeanwhile(frames);
    }
    if (random.nextBoolean()) {
      link.sink().hasRoom();
    }
    for (int i = 1; i < 4; i++) {
      exchange(frames + i);
    }
    return all;
  }

  private int shorter() {
    return random.nextBoolean() ? PAGE * random.nextInt(RING_PAGES) : random.nextInt(REGION);
  }

  /** Another thread does it, so that it may be any of the loop's instructions that fails. */
  private void loseMeanwhile(int frames) throws InterruptedException {
    var begun = new CountDownLatch(1);
    Thread other =
        Thread.ofPlatform()
            .start(
                () -> {
                  begun.countDown();
                  takeMemoryAway();
                });
    begun.await();
    for (int i = 0; i < 20 || other.isAlive(); i++) {
      exchange(frames + i);
    }
    other.join();
  }

  private void exchange(int frame) {
    int head = frame % QUEUE_SIZE;
    frontEnd.used(RECEIVE);
    frontEnd.used(TRANSMIT);
    frontEnd.descriptor(RECEIVE, head, BUFFERS + head * 2048L, 2048, WRITE, 0);
    frontEnd.offer(RECEIVE, head);
    frontEnd.descriptor(TRANSMIT, head, 1_000_000 + head * 2048L, LENGTH, 0, 0);
    frontEnd.offer(TRANSMIT, head);
    frontEnd.kick(TRANSMIT);
    turns(2);
  }

  private void turns(int count) {
    for (int i = 0; i < count; i++) {
      loop.turn(0);
    }
  }

  private static void check(boolean right, String message) {
    if (!right) {
      throw new AssertionError(message);
    }
  }

  @Override
  public void close() {
    loop.close();
  }
}
