package org.jpasst.rehearsal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.jpasst.lab.Await;
import org.jpasst.log.Log;
import org.jpasst.log.LogLevel;
import org.jpasst.stats.Counter;
import org.jpasst.stats.Counters;
import org.junit.jupiter.api.Test;

/** What warms up is the real thing, ends by itself, and leaves nothing behind. */
final class WarmUpTest {
  private static final int MANY = 1 << 20;
  private static final Duration SOON = Duration.ofSeconds(60);

  private final List<String> messages = new ArrayList<>();
  private final Counters counters = new Counters();

  @Test
  void connectionsOfBothFamiliesCarryAllTheirBytesBothWaysAndEnd() throws IOException {
    List<PairedSockets> sockets = PairedSockets.six();
    try (Play play = new Play(sockets.get(0), sockets.get(1))) {
      for (int i = 0; i < 10; i++) {
        assertThatCode(() -> play.converse(() -> false)).doesNotThrowAnyException();
      }
    }
  }

  @Test
  void echoRequestsOfBothFamiliesAreAnsweredBetweenConnections() throws IOException {
    List<PairedSockets> sockets = PairedSockets.six();
    try (Play play = new Play(sockets.get(4), sockets.get(5))) {
      for (int i = 0; i < 4; i++) {
        assertThatCode(() -> play.ping(() -> false)).doesNotThrowAnyException();
        assertThatCode(() -> play.converse(() -> false)).doesNotThrowAnyException();
      }
    }
  }

  @Test
  void noDescriptorStaysOpen() throws IOException {
    play();
    long before = sockets();
    play();
    assertThat(sockets()).isEqualTo(before);
  }

  @Test
  void itEndsWhenTheGuestSendsSomething() {
    counters.increment(Counter.FRAMES_FROM_GUEST);
    begin(MANY);
    Await.until("the thread's end", SOON, () -> threads() == 0);
    assertThat(messages).anyMatch(each -> each.startsWith("warmed up by 0 connections"));
  }

  @Test
  void whereDescriptorsAreShortNothingIsPlayed() {
    begin(8);
    Await.until("the thread's end", SOON, () -> threads() == 0);
    assertThat(messages).isEmpty();
  }

  @Test
  void theRunsCountersDontCountIt() {
    begin(MANY);
    Await.until("the thread's end", SOON, () -> threads() == 0);
    assertThat(messages).anyMatch(each -> each.matches("warmed up by [1-9].*"));
    assertThat(Stream.of(Counter.values()).mapToLong(counters::value)).containsOnly(0L);
  }

  private void begin(int descriptors) {
    var log = new Log(LogLevel.DEBUG, System::nanoTime);
    log.addSink((level, time, text) -> messages.add(text));
    new WarmUp(counters, descriptors, log).begin();
  }

  private static void play() throws IOException {
    List<PairedSockets> sockets = PairedSockets.six();
    try (Play play = new Play(sockets.get(2), sockets.get(3))) {
      play.converse(() -> false);
      play.ping(() -> false);
    }
  }

  private static long threads() {
    return Thread.getAllStackTraces().keySet().stream()
        .filter(thread -> thread.getName().equals("warm-up"))
        .count();
  }

  private static long sockets() throws IOException {
    try (Stream<Path> descriptors = Files.list(Path.of("/proc/self/fd"))) {
      return descriptors.filter(WarmUpTest::isSocket).count();
    }
  }

  private static boolean isSocket(Path descriptor) {
    try {
      return Files.readSymbolicLink(descriptor).toString().startsWith("socket:");
    } catch (IOException _) {
      return false; // closed meanwhile
    }
  }
}
