package org.jpasst.fuzz;

import java.io.IOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.function.BooleanSupplier;

/** Attacks one target, session after session, until something doesn't hold or it is to end. */
final class Campaign {
  /** Sessions whose inputs are kept: what one of them left behind may show much later. */
  private static final int KEPT = 64;

  private static final int MAX_INPUTS = 600;

  private final TargetKind kind;
  private final long seed;
  private final Deque<List<Input>> kept = new ArrayDeque<>();
  private Target target;
  private volatile long sessions; // a watchdog reads it, too
  private int slowOnce;
  private long inputs;

  /**
   * What didn't hold.
   *
   * @param failure what the target threw
   * @param vector the inputs of the last sessions
   * @param session its number, with which and the seed it comes again
   */
  record Finding(Throwable failure, Vector vector, long session) {}

  Campaign(TargetKind kind, long seed) {
    this.kind = kind;
    this.seed = seed;
  }

  /** How many inputs there were. */
  long inputs() {
    return inputs;
  }

  /** How often an answer was slow once, and not when the same was played again. */
  int slowOnce() {
    return slowOnce;
  }

  /** How many sessions there were. */
  long sessions() {
    return sessions;
  }

  /**
   * Goes on until it is to end, which is asked between sessions, or has found something.
   *
   * @throws IOException if the target can't be made
   */
  Optional<Finding> run(BooleanSupplier goesOn) throws IOException {
    if (target == null) {
      target = kind.open();
    }
    Optional<Finding> finding = Optional.empty();
    while (finding.isEmpty() && goesOn.getAsBoolean()) {
      finding = session();
      if (finding.isPresent() && isOfTheMachine(finding.get())) {
        slowOnce++;
        close();
        target = kind.open();
        finding = Optional.empty();
      }
    }
    if (finding.isPresent()) {
      close();
    }
    return finding;
  }

  private static boolean isOfTheMachine(Finding finding) {
    return finding.failure() instanceof SlowAnswer && finding.vector().failure().isEmpty();
  }

  private Optional<Finding> session() {
    // Each session's inputs depend on its own number only: any one can be had again.
    var random = new SplittableRandom(seed ^ sessions * 0x9e37_79b9_7f4a_7c15L);
    List<Input> session = new ArrayList<>();
    kept.add(session);
    if (kept.size() > KEPT) {
      kept.remove();
    }
    try {
      target.begin();
      for (int left = 1 + random.nextInt(MAX_INPUTS); left > 0; left--) {
        Input input = target.next(random);
        session.add(input);
        inputs++;
        target.apply(input);
      }
      target.end();
      return Optional.empty();
    } catch (Exception | AssertionError | StackOverflowError e) {
      return Optional.of(new Finding(e, new Vector(kind, List.copyOf(kept)), sessions));
    } finally {
      sessions++;
    }
  }

  /** Closes the target; another is made for what follows. */
  void close() throws IOException {
    if (target != null) {
      Target closed = target;
      target = null;
      kept.clear();
      closed.close();
    }
  }
}
