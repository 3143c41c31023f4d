package org.jpasst.lab;

import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/** Waits for something to become true, never longer than a deadline. */
public final class Await {
  /** Between two looks at a condition that cannot be waited for in any better way. */
  private static final Duration LOOK_AGAIN = Duration.ofMillis(5);

  private Await() {}

  /**
   * Waits until the condition holds.
   *
   * @param what what is waited for, for the error message
   * @throws AssertionError when it does not hold in time
   */
  public static void until(String what, Duration limit, BooleanSupplier condition) {
    value(what, limit, () -> condition.getAsBoolean() ? Optional.of(true) : Optional.empty());
  }

  /**
   * Waits until a number is at most the limit given.
   *
   * @param what what is counted, for the error message
   * @throws AssertionError when it isn't in time
   */
  public static void atMost(String what, long most, Duration limit, LongSupplier number) {
    long start = System.nanoTime();
    for (long now = number.getAsLong(); now > most; now = number.getAsLong()) {
      if (System.nanoTime() - start > limit.toNanos()) {
        throw new AssertionError(
            what + ": after " + limit.toMillis() + " ms still " + now + ", not " + most);
      }
      LockSupport.parkNanos(LOOK_AGAIN.toNanos());
    }
  }

  /**
   * Waits until a number is positive and has not changed for a while.
   *
   * @param what what is counted, for the error message
   * @throws AssertionError when it isn't so in time
   */
  public static void steady(String what, Duration quiet, Duration limit, LongSupplier number) {
    long start = System.nanoTime();
    long last = number.getAsLong();
    long since = start;
    while (last <= 0 || System.nanoTime() - since < quiet.toNanos()) {
      if (System.nanoTime() - start > limit.toNanos()) {
        throw new AssertionError("not steady within " + limit.toMillis() + " ms: " + what);
      }
      LockSupport.parkNanos(LOOK_AGAIN.toNanos());
      long now = number.getAsLong();
      if (now != last) {
        last = now;
        since = System.nanoTime();
      }
    }
  }

  /**
   * Waits until there is a value, and returns it.
   *
   * @param what what is waited for, for the error message
   * @throws AssertionError when there is none in time
   */
  public static <T> T value(String what, Duration limit, Supplier<Optional<T>> source) {
    long start = System.nanoTime();
    while (true) {
      Optional<T> value = source.get();
      if (value.isPresent()) {
        return value.get();
      }
      if (System.nanoTime() - start > limit.toNanos()) {
        throw new AssertionError("not within " + limit.toMillis() + " ms: " + what);
      }
      LockSupport.parkNanos(LOOK_AGAIN.toNanos());
    }
  }
}
