package org.jpasst.proto.listen;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;

/**
 * Listeners by the numbers that {@link PortListeners} gives them. A number that is free again is
 * given to a later one; until then it stays that of the old one, which is closed.
 *
 * @param <L> what is known of one
 */
public final class NumberedListeners<L> implements Iterable<L> {
  private final List<L> listeners = new ArrayList<>();
  private final ArrayDeque<Integer> free = new ArrayDeque<>();

  /** The number that the next one gets. */
  public int next() {
    return free.isEmpty() ? listeners.size() : free.getFirst();
  }

  /** Enters one, with the {@link #next} number. */
  public void add(L listener) {
    if (free.isEmpty()) {
      listeners.add(listener);
    } else {
      listeners.set(free.removeFirst(), listener);
    }
  }

  /** One of them, or one that was closed and whose number is free. */
  public L get(int number) {
    return listeners.get(number);
  }

  /** Gives a number back. */
  public void free(int number) {
    free.addLast(number);
  }

  /** How many numbers there are, free or not. */
  public int size() {
    return listeners.size();
  }

  /** Forgets all of them. */
  public void clear() {
    listeners.clear();
    free.clear();
  }

  @Override
  public Iterator<L> iterator() {
    return listeners.iterator();
  }
}
