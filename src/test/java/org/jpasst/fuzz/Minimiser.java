package org.jpasst.fuzz;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/**
 * Makes a vector that fails shorter, as long as it still fails in the same place: fewer sessions,
 * fewer inputs, smaller numbers, fewer bytes.
 */
final class Minimiser {
  /** A vector is played so often at most, and for so long. */
  private static final int MAX_TRIALS = 1000;

  private static final long MAX_TIME = TimeUnit.MINUTES.toNanos(2);

  private final String place;
  private final long start = System.nanoTime();
  private Vector best;
  private int trials;

  /**
   * Begins with a vector that may fail.
   *
   * @param place where it did, see {@link #placeOf}
   */
  Minimiser(Vector vector, String place) {
    this.place = place;
    best = vector;
  }

  /** What tells a failure from another: the exception's type and where it came from. */
  static String placeOf(Throwable failure) {
    StackTraceElement[] trace = failure.getStackTrace();
    String at =
        Arrays.stream(trace)
            .filter(each -> each.getClassName().startsWith("org.jpasst"))
            .findFirst()
            .map(each -> each.getClassName() + "." + each.getMethodName())
            .orElse("elsewhere");
    // What follows a colon tells the present state.
    String message = String.valueOf(failure.getMessage()).split("[:\n]", 2)[0];
    return failure.getClass().getName() + " at " + at + ": " + message.replaceAll("[0-9]+", "N");
  }

  /** The shortest that was found, or nothing if the whole doesn't fail when it is played again. */
  Optional<Vector> run() {
    if (!fails(best)) {
      return Optional.empty();
    }
    withoutSessions();
    boolean shorter = true;
    while (shorter && !isEnough()) {
      int before = best.size();
      for (int session = 0; session < best.sessions().size(); session++) {
        withoutInputs(session);
      }
      shorter = best.size() < before;
    }
    for (int session = 0; session < best.sessions().size(); session++) {
      withSmallerInputs(session);
    }
    return Optional.of(best);
  }

  private boolean isEnough() {
    return trials >= MAX_TRIALS || System.nanoTime() - start > MAX_TIME;
  }

  private boolean fails(Vector vector) {
    trials++;
    return vector.failure().map(Minimiser::placeOf).filter(place::equals).isPresent();
  }

  private boolean keep(Vector shorter) {
    if (isEnough() || !fails(shorter)) {
      return false;
    }
    best = shorter;
    return true;
  }

  private void withoutSessions() {
    // The last ones count most: try to do without all but those.
    for (int last = 1; last < best.sessions().size(); last *= 2) {
      int size = best.sessions().size();
      if (keep(new Vector(best.kind(), best.sessions().subList(size - last, size)))) {
        break;
      }
    }
    for (int i = best.sessions().size() - 2; i >= 0; i--) {
      List<List<Input>> fewer = new ArrayList<>(best.sessions());
      fewer.remove(i);
      keep(new Vector(best.kind(), fewer));
    }
  }

  /** Runs of inputs, first half of them, in the end single ones (Zeller's ddmin, simplified). */
  private void withoutInputs(int session) {
    int run = Math.max(1, best.sessions().get(session).size() / 2);
    while (run > 0) {
      for (int at = best.sessions().get(session).size() - run; at >= 0; at -= run) {
        List<Input> fewer = new ArrayList<>(best.sessions().get(session));
        fewer.subList(at, Math.min(at + run, fewer.size())).clear();
        keep(with(session, fewer));
        at = Math.min(at, best.sessions().get(session).size());
      }
      run /= 2;
    }
  }

  private void withSmallerInputs(int session) {
    for (int i = 0; i < best.sessions().get(session).size(); i++) {
      for (int n = 0; n < input(session, i).numbers().length; n++) {
        long number = input(session, i).number(n);
        if (number != 0 && !keep(with(session, i, input(session, i).with(n, 0)))) {
          keep(with(session, i, input(session, i).with(n, number / 2)));
        }
      }
      int length = input(session, i).bytes().length;
      while (length > 0 && keep(with(session, i, input(session, i).cut(length / 2)))) {
        length /= 2;
      }
    }
  }

  private Input input(int session, int index) {
    return best.sessions().get(session).get(index);
  }

  private Vector with(int session, int index, Input input) {
    List<Input> changed = new ArrayList<>(best.sessions().get(session));
    changed.set(index, input);
    return with(session, changed);
  }

  private Vector with(int session, List<Input> inputs) {
    List<List<Input>> sessions = new ArrayList<>(best.sessions());
    sessions.set(session, inputs);
    return new Vector(best.kind(), sessions);
  }
}
