package org.jpasst.guest.vhostuser;

import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import org.jpasst.linux.EpollFlag;
import org.jpasst.linux.Errno;
import org.jpasst.linux.EventFd;
import org.jpasst.linux.FileDescriptors;
import org.jpasst.linux.FileFlag;
import org.jpasst.loop.EventKey;
import org.jpasst.loop.EventKeys;
import org.jpasst.loop.EventLoop;

/**
 * A virtqueue as the front-end sets it up ("Ring states" in QEMU's document): its queue, the
 * descriptors by which guest and we tell each other, which it owns, and whether it runs.
 */
final class Vring {
  private static final int NONE = -1;

  private final int index;
  private final EventLoop loop;
  private final Virtqueue queue;
  private final MemorySegment counter = Arena.global().allocate(JAVA_LONG);
  private int kick = NONE;
  private boolean polled;
  private int call = NONE;
  private int error = NONE;
  private final EventKeys keys;
  private int generation;
  private boolean started;
  private boolean enabled;
  private boolean addressed;
  private long descriptorAddress;
  private long usedAddress;
  private long availableAddress;

  Vring(int index, EventLoop loop, Virtqueue queue) {
    this.index = index;
    this.loop = loop;
    keys = loop.keys(VhostUserLink.KICKS);
    this.queue = queue;
  }

  Virtqueue queue() {
    return queue;
  }

  /** Whether chains are to be looked at. */
  boolean isRunning() {
    return started && enabled && queue.isUsable();
  }

  boolean isStarted() {
    return started;
  }

  void enable(boolean on) {
    enabled = on;
    lookOnce();
  }

  /**
   * Sets where the rings are, by the front-end's addresses.
   *
   * @return false if the memory isn't shared
   */
  boolean address(long descriptor, long used, long available) {
    descriptorAddress = descriptor;
    usedAddress = used;
    availableAddress = available;
    addressed = true;
    return remap();
  }

  /** Finds the rings again, the memory having changed; false if they aren't there any more. */
  boolean remap() {
    return !addressed || queue.map(descriptorAddress, availableAddress, usedAddress);
  }

  /**
   * Starts it, to be told of new chains by a descriptor.
   *
   * @param fd becomes this one's, or none: then it has to be polled, see {@link PolledRings}
   * @return false if it can't be watched
   */
  boolean start(int fd) {
    unwatch();
    polled = fd < 0;
    kick = polled ? newKick() : fd;
    dontBlock(kick);
    if (!started) {
      started = true;
      queue.start();
    }
    generation++;
    long key = keys.of(generation, index);
    if (loop.add(kick, EpollFlag.IN, key) < 0) {
      stop();
      return false;
    }
    lookOnce();
    return true;
  }

  private static int newKick() {
    try {
      return new EventFd().fd(); // closed as the front-end's are
    } catch (IOException _) {
      return NONE;
    }
  }

  /** Whether nobody tells of new chains. */
  boolean isPolled() {
    return started && polled;
  }

  /** What the guest made available before is looked at without a kick. */
  private void lookOnce() {
    if (isRunning() && kick >= 0) {
      queue.enableKicks();
      kickAgain();
    }
  }

  /** Stops it; the descriptors are closed. */
  void stop() {
    started = false;
    unwatch();
    closeCall();
  }

  /** Back to how it was before there was a front-end. */
  void reset() {
    stop();
    error(NONE);
    enabled = false;
    addressed = false;
    queue.reset();
  }

  /** Sets by what the guest is interrupted; becomes this one's. */
  void call(int fd) {
    closeCall();
    call = fd;
    dontBlock(fd);
    // What was used before somebody listened isn't to be missed.
    interrupt();
  }

  /** Sets by what errors would be told; becomes this one's. */
  void error(int fd) {
    if (error >= 0) {
      FileDescriptors.close(error);
    }
    error = fd;
  }

  /** Whether an event is of the present kick descriptor. */
  boolean isCurrent(int eventGeneration) {
    return kick >= 0 && eventGeneration == (generation & EventKey.GENERATION_MASK);
  }

  /**
   * Takes the guest's signal, so that the next one is seen.
   *
   * @return false if the descriptor is of no use: it would be ready for ever
   */
  boolean clearKick() {
    int result = FileDescriptors.read(kick, counter, 0, Long.BYTES);
    return result > 0 || result == -Errno.EAGAIN || result == -Errno.EINTR;
  }

  /** Front-ends do so themselves; one that doesn't shall not make us wait. */
  private void dontBlock(int fd) {
    if (fd >= 0) {
      int flags = FileDescriptors.fcntl(fd, FileFlag.F_GETFL, 0);
      FileDescriptors.fcntl(fd, FileFlag.F_SETFL, flags | FileFlag.O_NONBLOCK);
    }
  }

  /** Has the same event come again, in the next turn. */
  void kickAgain() {
    counter.set(JAVA_LONG, 0, 1);
    FileDescriptors.write(kick, counter, 0, Long.BYTES);
  }

  /** Shows the guest what was given back to it, and interrupts it if it wants that. */
  void publish() {
    if (queue.publish()) {
      interrupt();
    }
  }

  private void interrupt() {
    if (call >= 0) {
      counter.set(JAVA_LONG, 0, 1);
      FileDescriptors.write(call, counter, 0, Long.BYTES);
    }
  }

  private void unwatch() {
    if (kick >= 0) {
      // The front-end has a duplicate: closing alone wouldn't end the watch.
      loop.remove(kick);
      FileDescriptors.close(kick);
      kick = NONE;
    }
  }

  private void closeCall() {
    if (call >= 0) {
      FileDescriptors.close(call);
      call = NONE;
    }
  }
}
