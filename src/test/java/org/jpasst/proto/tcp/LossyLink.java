package org.jpasst.proto.tcp;

import java.util.Comparator;
import java.util.PriorityQueue;
import java.util.Random;
import java.util.function.Consumer;

/** One direction of a link that takes its time, loses, reorders and duplicates; seeded. */
final class LossyLink<T> {
  private static final long DELAY = 1_000_000;
  private static final int MAX_MORE = 4_000_000;

  private record Sent<T>(long arrival, long number, T item) {}

  private final Random random;
  private final double trouble;
  private final PriorityQueue<Sent<T>> underWay =
      new PriorityQueue<>(
          Comparator.comparingLong((Sent<T> each) -> each.arrival)
              .thenComparingLong(each -> each.number));
  private long number;

  /**
   * An empty link.
   *
   * @param trouble how likely an item is lost, how likely it is late, how likely it comes twice
   */
  LossyLink(long seed, double trouble) {
    random = new Random(seed);
    this.trouble = trouble;
  }

  void send(T item, long now) {
    if (random.nextDouble() < trouble) {
      return;
    }
    boolean late = random.nextDouble() < trouble;
    long more = late ? random.nextInt(MAX_MORE) : 0;
    underWay.add(new Sent<>(now + DELAY + more, number++, item));
    if (random.nextDouble() < trouble) {
      underWay.add(new Sent<>(now + DELAY + random.nextInt(MAX_MORE), number++, item));
    }
  }

  /** Hands out what has arrived. */
  void deliver(long now, Consumer<T> receiver) {
    while (!underWay.isEmpty() && underWay.peek().arrival <= now) {
      receiver.accept(underWay.poll().item);
    }
  }
}
