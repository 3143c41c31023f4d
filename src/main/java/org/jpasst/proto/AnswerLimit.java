package org.jpasst.proto;

import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.jpasst.stats.Counter;
import org.jpasst.stats.Counters;

/**
 * How many answers of a kind the guest is given a second, where each packet of its earns one and it
 * sends as many as it likes. A token bucket, as RFC 4443 section 2.4(f) recommends, which holds a
 * second's worth: who sends in bursts, as traceroute does, is answered.
 *
 * <p>What isn't answered is counted, and as good as lost on a link; whoever needs the answer asks
 * again.
 */
public final class AnswerLimit {
  /** What Linux sends at most (net.ipv4.icmp_msgs_per_sec, net.ipv6.icmp.ratelimit is less). */
  static final int ERRORS = 1_000;

  /**
   * More than ICMP errors, since each tells of the end of a connection: a guest whose back-end was
   * started anew may have as many. FreeBSD limits both alike, to 200 (net.inet.icmp.icmplim).
   */
  static final int RESETS = 10_000;

  private static final long SECOND = TimeUnit.SECONDS.toNanos(1);

  private final LongSupplier clock;
  private final Counters counters;
  private final Counter beyond;

  /** Nanoseconds that an answer costs; those that have passed are what is paid with. */
  private final long price;

  private long savings = SECOND;
  private long at;

  private AnswerLimit(LongSupplier clock, Counters counters, Counter beyond, int mostASecond) {
    this.clock = clock;
    this.counters = counters;
    this.beyond = beyond;
    price = SECOND / mostASecond;
    at = clock.getAsLong();
  }

  /**
   * For ICMP errors: RFC 1812 section 4.3.2.8, RFC 4443 section 2.4(f).
   *
   * @param clock the turn's time, nanoseconds
   */
  public static AnswerLimit ofErrors(LongSupplier clock, Counters counters) {
    return new AnswerLimit(clock, counters, Counter.DROP_ERROR_LIMIT, ERRORS);
  }

  /**
   * For resets that answer segments of no connection, or that can't become one.
   *
   * @param clock the turn's time, nanoseconds
   */
  public static AnswerLimit ofResets(LongSupplier clock, Counters counters) {
    return new AnswerLimit(clock, counters, Counter.DROP_RESET_LIMIT, RESETS);
  }

  /** Whether one more may be given now; counts it if not. */
  public boolean admits() {
    long now = clock.getAsLong();
    long passed = Math.clamp(now - at, 0, SECOND);
    at = now;
    savings = Math.min(SECOND, savings + passed);
    if (savings < price) {
      counters.increment(beyond);
      return false;
    }
    savings -= price;
    return true;
  }
}
