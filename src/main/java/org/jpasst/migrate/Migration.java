package org.jpasst.migrate;

import java.io.IOException;
import java.nio.channels.ReadableByteChannel;
import java.nio.channels.WritableByteChannel;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Set;
import java.util.function.IntSupplier;
import java.util.function.LongSupplier;
import org.jpasst.guest.GuestLink;
import org.jpasst.guest.MigrationMeans;
import org.jpasst.guest.TrafficKind;
import org.jpasst.guest.cache.PacketCache;
import org.jpasst.linux.Errno;
import org.jpasst.linux.ErrnoException;
import org.jpasst.linux.Sockets;
import org.jpasst.log.Log;
import org.jpasst.migrate.repair.RepairAccess;
import org.jpasst.migrate.stream.StreamReader;
import org.jpasst.migrate.stream.StreamWriter;
import org.jpasst.proto.tcp.TcpMigration;

/**
 * Moves a guest's state to another host, as a stream that passt understands. The guest stands still
 * meanwhile: no frame of it is handled. Belongs to the loop's thread, which waits for the stream's
 * other end.
 */
public final class Migration {
  private final List<Stage> stages;
  private final GuestLink link;
  private final PacketCache cache;
  private final MigrationMeans means;
  private final Preparation preparation;
  private final LongSupplier clock;
  private final Log log;

  /** What was saved, last first: to be rolled back if the guest goes on here. */
  private final Deque<Stage> saved = new ArrayDeque<>();

  private boolean paused;

  /** Whether somebody has come since the state was saved. */
  private boolean visited;

  private long savedStates;
  private final Runnable arrival;
  private long loadedStates;
  private long failures;

  /**
   * A migration of a back-end, in either direction.
   *
   * @param state the guest's
   * @param scopeId index of the interface that link-local IPv6 peers are on, 0 for none
   * @param sections whether what passt doesn't move is moved, too
   * @param clock the loop's time, nanoseconds
   * @param preparation for one that is likely to come
   */
  public Migration(
      GuestState state,
      Sockets sockets,
      RepairAccess repair,
      IntSupplier scopeId,
      boolean sections,
      LongSupplier clock,
      Preparation preparation,
      Log log) {
    link = state.link();
    cache = state.cache();
    means = new MigrationMeans(true, sections, true);
    this.clock = clock;
    this.preparation = preparation;
    this.log = log;
    TcpMigration tcp = state.tcp();
    Stage connections =
        state.bridged()
            ? new NoFlowsStage()
            : new TcpStage(
                tcp,
                state.listeners(),
                new TcpSource(sockets, tcp, repair, log),
                new TcpTarget(sockets, tcp, repair, scopeId, log),
                clock,
                log);
    stages = new ArrayList<>();
    stages.add(new HeaderStage());
    arrival = state.arrival();
    stages.add(new AddressStage(state.addresses()));
    stages.add(connections);
    if (sections) {
      stages.add(new Sections(state, clock, log));
    }
  }

  /** A migration is likely, from here or to here. */
  public void prepare() {
    preparation.begin();
  }

  /**
   * Handles what the guest, which stands still, has sent up to now, and nothing more from then on.
   *
   * @throws ErrnoException if it still runs
   */
  public void pause() throws ErrnoException {
    if (!link.pause(clock.getAsLong())) {
      throw new ErrnoException(Errno.EBUSY, "the guest is running: its front-end has to stop it");
    }
    paused = true;
  }

  /** What a state isn't saved without. */
  @FunctionalInterface
  public interface Completion {
    /** Does it. */
    void run() throws IOException;
  }

  /** Saves the state, as the other method does, with nothing to be done in the end. */
  public void save(WritableByteChannel to) throws IOException {
    save(to, () -> {});
  }

  /**
   * Stops the guest's connections, and the guest's link if it isn't paused, and writes their state.
   *
   * @param to stays the caller's
   * @param completion done when all is written
   * @throws IOException if it fails; then all goes on as if nothing had happened. An {@link
   *     ErrnoException} has passt's number for it
   */
  public void save(WritableByteChannel to, Completion completion) throws IOException {
    if (!saved.isEmpty()) {
      throw new ErrnoException(Errno.EALREADY, "the state is saved already");
    }
    boolean wasPaused = paused;
    pause();
    visited = false;
    preparation.end();
    StreamWriter writer = new StreamWriter(to);
    Set<TrafficKind> covered = link.covered(means);
    boolean complete = false;
    try {
      for (Stage stage : stages) {
        saved.push(stage);
        stage.save(covered, writer);
      }
      writer.flush();
      completion.run();
      complete = true;
    } finally {
      if (!complete) {
        failures++;
        log.error("migration failed: cannot save the " + saved.peek().title());
        rollBack();
        if (!wasPaused) {
          resume();
        }
      }
    }
    savedStates++;
    log.info("state saved: " + writer.position() + " bytes");
    tellOfCache();
  }

  private void tellOfCache() {
    int dropped = cache.takeDropped();
    if (!cache.isEmpty() || dropped > 0) {
      String text = cache.count() + " cached frames (" + cache.size() + " bytes), ";
      String fate = means.sections() ? "moved" : "can't move in passt's format";
      log.info("packet cache: " + text + fate + "; " + dropped + " dropped");
    }
  }

  /** Whether the guest's state has been saved, and who goes on with it isn't known yet. */
  public boolean isSaved() {
    return !saved.isEmpty();
  }

  /** How many states were saved. */
  public long savedStates() {
    return savedStates;
  }

  /** How many states were loaded. */
  public long loadedStates() {
    return loadedStates;
  }

  /** How many saves and loads failed. */
  public long failures() {
    return failures;
  }

  /** The guest goes on here after all: so does everything that was stopped. */
  public void resume() {
    release();
    answerPeers();
  }

  private void release() {
    releaseSaved();
    paused = false;
    link.resume();
  }

  private void rollBack() {
    releaseSaved();
    answerPeers();
  }

  private void releaseSaved() {
    while (!saved.isEmpty()) {
      saved.pop().rollBack();
    }
  }

  private void answerPeers() {
    stages.forEach(Stage::welcome);
  }

  /**
   * The guest goes on elsewhere for good, or nowhere: nothing is left of it here, without a word to
   * anybody. Its peers' packets may come here for a while, so forwarded ports answer nobody until
   * another guest is {@linkplain #welcome welcome}, if there is none already.
   */
  public void leave() {
    forget();
    release();
    if (visited) {
      answerPeers();
    }
  }

  /** Somebody has connected who may bring a guest. */
  public void welcome() {
    visited = true;
    if (saved.isEmpty()) {
      answerPeers();
    }
  }

  /** Closes the sockets of what goes on elsewhere, without a word to anybody. */
  public void forget() {
    stages.forEach(Stage::forget);
  }

  /**
   * Reads a state and goes on with it.
   *
   * @param from stays the caller's; read to its end where more than passt moves is moved
   * @throws IOException if it makes no sense, ends too early, or its connections can't be made; an
   *     {@link ErrnoException} has passt's number for it
   */
  public void load(ReadableByteChannel from) throws IOException {
    preparation.end();
    welcome();
    StreamReader reader = new StreamReader(from);
    boolean complete = false;
    try {
      for (Stage stage : stages) {
        stage.load(reader);
      }
      complete = true;
    } finally {
      failures += complete ? 0 : 1;
    }
    loadedStates++;
    arrival.run();
    log.info("state loaded: " + reader.position() + " bytes");
  }
}
