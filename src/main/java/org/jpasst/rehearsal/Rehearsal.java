package org.jpasst.rehearsal;

import java.io.IOException;
import java.io.OutputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.jpasst.config.Configuration;
import org.jpasst.linux.AddressFamily;
import org.jpasst.linux.ErrnoException;
import org.jpasst.linux.LinuxSockets;
import org.jpasst.linux.SocketType;
import org.jpasst.log.Log;
import org.jpasst.migrate.Preparation;

/**
 * Has connections moved that don't exist, once, in a thread of its own: a process migrates once,
 * and would do nearly all of it by the interpreter. All that it uses is its own, and nothing is
 * left of it but compiled code. It takes half of a processor at most, and ends when the migration
 * begins.
 */
public final class Rehearsal implements Preparation {
  /** At a time; so many descriptors and some are open meanwhile, fewer than are kept from flows. */
  private static final int CONNECTIONS = 16;

  /** So that HotSpot's first compiler has compiled all of it, see docs/performance.md. */
  private static final int ROUNDS = 150;

  /** On a machine that is busy it is over when it is over. */
  private static final long LIMIT_NANOS = TimeUnit.SECONDS.toNanos(30);

  /** The guest's packets are let pass more often than that. */
  private static final long MAX_REST_NANOS = TimeUnit.MILLISECONDS.toNanos(10);

  /** Descriptors that have to be free, so that no flow misses one. */
  static final int ROOM = 256;

  private final Configuration configuration;
  private final int descriptors;
  private final Log log;
  private boolean begun;
  private volatile boolean over;

  /**
   * One that hasn't begun.
   *
   * @param configuration the run's
   * @param descriptors how many the process may have
   */
  public Rehearsal(Configuration configuration, int descriptors, Log log) {
    this.configuration = configuration;
    this.descriptors = descriptors;
    this.log = log;
  }

  @Override
  public void begin() {
    if (!begun) {
      begun = true;
      over = false; // a migration to here may have been, and one from here comes
      Thread.ofPlatform().name("rehearsal").daemon().start(this::rehearse);
    }
  }

  @Override
  public void end() {
    over = true;
  }

  private void rehearse() {
    var real = new LinuxSockets();
    int unused = real.socket(AddressFamily.INET, SocketType.STREAM | SocketType.CLOEXEC, 0);
    try {
      ErrnoException.check(unused, "cannot make a socket");
      if (unused + ROOM < descriptors) {
        play(RehearsedSockets.three(real, unused));
      }
    } catch (IOException | RuntimeException e) {
      log.debug("no migration is rehearsed any more: " + e);
    } finally {
      if (unused >= 0) {
        real.close(unused);
      }
    }
  }

  private void play(List<RehearsedSockets> sockets) throws IOException {
    long start = System.nanoTime();
    List<Stage> stages = new ArrayList<>();
    try {
      for (RehearsedSockets each : sockets) {
        stages.add(new Stage(configuration, each));
      }
      byte[] state = RehearsedState.stream(CONNECTIONS);
      int rounds = 0;
      while (rounds < ROUNDS && !over && System.nanoTime() - start < LIMIT_NANOS) {
        long begin = System.nanoTime();
        stages.get(rounds % stages.size()).play(state, OutputStream.nullOutputStream());
        rounds++;
        LockSupport.parkNanos(Math.min(MAX_REST_NANOS, System.nanoTime() - begin));
      }
      long millis = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - start);
      log.debug("a migration was rehearsed " + rounds + " times, in " + millis + " ms");
    } finally {
      stages.forEach(Stage::close);
    }
  }
}
