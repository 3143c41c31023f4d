package org.jpasst.loop;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jpasst.linux.EpollFlag;
import org.jpasst.linux.Errno;
import org.jpasst.linux.EventFd;
import org.jpasst.log.Log;
import org.jpasst.log.LogLevel;
import org.jpasst.stats.Counter;
import org.jpasst.stats.Counters;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

final class EventLoopTest {
  private static final EventKind KIND = new EventKind("counter");

  private final List<String> seen = new ArrayList<>();
  private final Counters counters = new Counters();
  private final Log log = new Log(LogLevel.INFO, System::nanoTime);
  private long time = 1_000_000_000;
  private EventLoop loop;
  private EventFd event;

  @BeforeEach
  void open() throws IOException {
    log.addSink((level, at, message) -> seen.add(level + " " + message));
    loop = new EventLoop(() -> time, counters, log);
    event = new EventFd();
  }

  @AfterEach
  void close() {
    event.close();
    loop.close();
  }

  @Test
  void anIdleLoopWaitsForEver() {
    assertThat(loop.timeoutMillis(-1)).isEqualTo(-1);
  }

  @Test
  void anEventReachesItsKindsHandlerWithIndexGenerationAndTime() {
    loop.handle(KIND, (i, g, e, now) -> seen.add(i + " " + g + " " + e + " " + now));
    loop.add(event.fd(), EpollFlag.IN, loop.keys(KIND).of(5, 77));
    event.signal();

    loop.turn(1000);

    assertThat(seen).containsExactly("77 5 1 1000000000");
  }

  @Test
  void eachKindHasItsOwnHandlerAndIsCountedAlone() {
    var other = new EventKind("other counter");
    loop.handle(KIND, (i, g, e, now) -> seen.add("one"));
    EventKeys keys = loop.handle(other, (i, g, e, now) -> seen.add("other"));
    loop.add(event.fd(), EpollFlag.IN, keys.of(0, 0));
    event.signal();

    loop.turn(1000);

    assertThat(seen).containsExactly("other");
    assertThat(loop.eventsOf(other)).isEqualTo(1);
    assertThat(loop.eventsOf(KIND)).isZero();
  }

  @Test
  void aRemovedDescriptorIsSilent() {
    loop.handle(KIND, (i, g, e, now) -> seen.add("event"));
    loop.add(event.fd(), EpollFlag.IN, loop.keys(KIND).of(0, 0));
    event.signal();
    assertThat(loop.remove(event.fd())).isZero();

    loop.turn(0);

    assertThat(seen).isEmpty();
    assertThat(loop.remove(event.fd())).isEqualTo(-Errno.ENOENT);
  }

  @Test
  void turnEndsComeAfterEventsAndTimersInTheOrderTheyWereAdded() {
    loop.onTurnEnd(now -> seen.add("first"));
    loop.onTurnEnd(now -> seen.add("second"));
    loop.handle(KIND, (i, g, e, now) -> seen.add("event"));
    loop.add(event.fd(), EpollFlag.IN, loop.keys(KIND).of(0, 0));
    event.signal();
    TimerWheel timers = loop.newTimers((id, now) -> seen.add("timer " + id));
    timers.schedule(9, time + 1);
    time += 5_000_000;

    loop.turn(0);

    assertThat(seen).containsExactly("event", "timer 9", "first", "second");
  }

  @Test
  void itWaitsUntilTheEarliestTimer() {
    loop.newTimers((id, now) -> {}).schedule(0, time + TimeUnit.SECONDS.toNanos(20));
    loop.newTimers((id, now) -> {}).schedule(0, time + TimeUnit.SECONDS.toNanos(10));

    assertThat(loop.timeoutMillis(-1)).isBetween(10_000, 10_003);
    assertThat(loop.timeoutMillis(50)).isEqualTo(50);
    time += TimeUnit.SECONDS.toNanos(30);
    assertThat(loop.timeoutMillis(-1)).isZero();
  }

  @Test
  void aPeriodicTaskIsDoneOnceAfterALongPause() {
    loop.every(TimeUnit.SECONDS.toNanos(1), now -> seen.add("tick"));

    loop.turn(0);
    assertThat(seen).isEmpty();
    time += TimeUnit.HOURS.toNanos(8);
    loop.turn(0);
    assertThat(seen).containsExactly("tick");
    assertThat(loop.timeoutMillis(-1)).isBetween(1000, 1003);
  }

  @Test
  void anotherThreadWakesItUpAndStopsIt() throws InterruptedException {
    Thread other =
        Thread.ofPlatform()
            .start(
                () -> {
                  loop.execute(() -> seen.add("task"));
                  loop.execute(loop::stop);
                });

    loop.run();

    other.join();
    assertThat(seen).containsExactly("task");
  }

  @Test
  void aFailingHandlerIsLoggedOnceAndTheLoopGoesOn() {
    loop.handle(
        KIND,
        new EventHandler() {
          @Override
          public void onReady(int index, int generation, int events, long nowNanos) {
            throw new IllegalStateException("boom");
          }

          @Override
          public void onFailure(int index, int generation, long nowNanos) {
            seen.add("given up " + index);
          }
        });
    loop.onTurnEnd(now -> seen.add("end"));
    loop.add(event.fd(), EpollFlag.IN, loop.keys(KIND).of(0, 4));
    event.signal();

    loop.turn(0);
    loop.turn(0);

    assertThat(seen).hasSize(5);
    assertThat(seen.getFirst()).startsWith("ERROR internal error").contains("counter", "boom");
    assertThat(seen.subList(1, 5)).containsExactly("given up 4", "end", "given up 4", "end");
    assertThat(counters.value(Counter.LOOP_FAILURES)).isEqualTo(2);
    assertThat(counters.value(Counter.LOOP_TURNS)).isEqualTo(2);
  }
}
