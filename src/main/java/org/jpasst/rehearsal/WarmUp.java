package org.jpasst.rehearsal;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jpasst.linux.FileDescriptors;
import org.jpasst.linux.Scheduling;
import org.jpasst.linux.SocketPair;
import org.jpasst.log.Log;
import org.jpasst.stats.Counter;
import org.jpasst.stats.Counters;

/**
 * Has packets of a guest that doesn't exist carried while the real one boots, so that what carries
 * packets is compiled when its first ones come. All that it uses is its own, and nothing is left of
 * it but compiled code. Its thread gives way to others; it ends when the guest sends something.
 */
public final class WarmUp {
  /** So that HotSpot's second compiler has compiled what counts, see docs/performance.md. */
  private static final int CONNECTIONS = 600;

  /**
   * A tenth of what others have. Not SCHED_IDLE, by which it might not run for a second on a busy
   * host: whoever stops all threads of the JVM waits for those that are within Java code.
   */
  private static final int NICE = 10;

  /** On a machine that is busy it is over when it is over. */
  private static final long LIMIT_NANOS = TimeUnit.SECONDS.toNanos(30);

  private final Counters counters;
  private final int descriptors;
  private final Log log;

  /**
   * One that hasn't begun.
   *
   * @param counters the run's, which tell that the guest has sent something
   * @param descriptors how many the process may have
   */
  public WarmUp(Counters counters, int descriptors, Log log) {
    this.counters = counters;
    this.descriptors = descriptors;
    this.log = log;
  }

  /** Begins, in a thread of its own. */
  public void begin() {
    Thread.ofPlatform().name("warm-up").daemon().start(this::rehearse);
  }

  private boolean isOver() {
    return counters.valueOfOtherThread(Counter.FRAMES_FROM_GUEST) > 0;
  }

  private void rehearse() {
    Scheduling.nice(NICE);
    try {
      if (hasRoom()) {
        play();
      }
    } catch (IOException | RuntimeException e) {
      log.debug("nothing is warmed up any more: " + e);
    }
  }

  private boolean hasRoom() {
    SocketPair unused = SocketPair.create();
    FileDescriptors.close(unused.ours());
    FileDescriptors.close(unused.theirs());
    return unused.theirs() + Rehearsal.ROOM < descriptors;
  }

  private void play() throws IOException {
    long start = System.nanoTime();
    List<Play> plays = new ArrayList<>();
    int played = 0;
    try {
      List<PairedSockets> sockets = PairedSockets.six();
      for (int i = 0; i < sockets.size(); i += 2) {
        plays.add(new Play(sockets.get(i), sockets.get(i + 1)));
      }
      while (played < CONNECTIONS && !isOver() && System.nanoTime() - start < LIMIT_NANOS) {
        Play play = plays.get(played % plays.size());
        play.converse(this::isOver);
        play.ping(this::isOver);
        played++;
      }
    } finally {
      plays.forEach(Play::close);
    }
    long millis = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - start);
    log.debug("warmed up by " + played + " connections, in " + millis + " ms");
  }
}
