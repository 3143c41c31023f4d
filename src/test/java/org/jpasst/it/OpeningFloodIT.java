package org.jpasst.it;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.net.StandardSocketOptions;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.time.Duration;
import java.util.stream.Stream;
import org.jpasst.lab.Alone;
import org.jpasst.lab.Await;
import org.jpasst.lab.BackEnd;
import org.jpasst.lab.Lab;
import org.jpasst.lab.LabProcess;
import org.jpasst.lab.LabTest;
import org.jpasst.lab.TcpPair;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A guest that begins connections without end: what a turn of the loop does, and how many
 * descriptors it may hold, is bounded, its other frames are answered, and nothing is left over.
 */
@LabTest
@Alone
final class OpeningFloodIT {
  /** How many connections are begun; 1,000,000 by hand. */
  private static final int OPENINGS = Integer.getInteger("jpasst.openings", 60_000);

  private static final int PORT = 5001;
  private static final int LIMIT = 2048;
  private static final int RESERVED = 32;

  /** What a turn of the loop may begin (flow.FlowPace), and what it may be shown (InBuffer). */
  private static final int FLOWS_A_TURN = 256;

  private static final int FRAMES_A_TURN = 2048;

  /** Growth that is none: the runtime's own memory moves by that. */
  private static final int KIBIBYTES = 16 * 1024;

  private static final Duration SOON = Duration.ofSeconds(60);

  private Lab lab;
  private LabProcess backEnd;
  private ServerSocketChannel server;
  private FloodingGuest guest;
  private int idle;

  @BeforeEach
  void start() throws IOException {
    lab = Lab.open();
    Path socket = lab.directory().resolve("passt.socket");
    backEnd =
        lab.host()
            .start(
                Stream.concat(
                        Stream.of("prlimit", "--nofile=" + LIMIT, "--", BackEnd.program()),
                        Stream.concat(
                            Stream.of("--foreground", "--socket", socket.toString()),
                            BackEnd.controlSocketOption(lab).stream()))
                    .toList(),
                BackEnd.environment());
    lab.host().awaitUnixListener(socket, SOON);
    server = TcpPair.listen(lab.remote(), Lab.REMOTE4, PORT);
    guest = FloodingGuest.connect(socket);
    backEnd.awaitLine("guest connected", SOON);
    // A descriptor more while an operator is connected.
    idle = backEnd.descriptors();
  }

  @AfterEach
  void end() throws IOException {
    try {
      assertThat(backEnd.alive()).isTrue();
      assertThat(backEnd.output()).doesNotContain("internal error");
    } finally {
      guest.close();
      server.close();
      backEnd.close();
      lab.close();
    }
  }

  private JsonObject stats() {
    return JsonParser.parseString(BackEnd.control(lab, "--json", "stats")).getAsJsonObject();
  }

  private static long counter(JsonObject stats, String name) {
    var counters = stats.getAsJsonObject("counters");
    return counters.has(name) ? counters.get(name).getAsLong() : 0;
  }

  private static long tcp(JsonObject stats, String name) {
    return stats.getAsJsonObject("flows").getAsJsonObject("tcp").get(name).getAsLong();
  }

  /** Accepts what comes and resets it, until the listener is closed. */
  private void acceptAll() {
    Thread.ofPlatform()
        .daemon()
        .start(
            () -> {
              try {
                while (true) {
                  try (SocketChannel each = server.accept()) {
                    each.setOption(StandardSocketOptions.SO_LINGER, 0);
                  }
                }
              } catch (ClosedChannelException e) {
                // The end of the test.
              } catch (IOException e) {
                throw new AssertionError(e);
              }
            });
  }

  /** Begins as many connections as are to be begun, and asks now and then. */
  private int flood(int sources, boolean reset) throws IOException {
    int most = 0;
    for (int burst = 0; guest.begun() < OPENINGS; burst++) {
      guest.burst(PORT, sources, reset);
      if (burst % 4 == 0) {
        guest.ask();
        most = Math.max(most, backEnd.descriptors());
      }
      if (burst % 64 == 0) {
        stats(); // an operator is answered meanwhile
      }
    }
    guest.ask();
    return most;
  }

  /** What a turn did was bounded, and each question has its answer. */
  private void assertBounded(JsonObject before, JsonObject after) {
    long turns = counter(after, "loop.turns") - counter(before, "loop.turns");
    long frames = counter(after, "frames.from_guest") - counter(before, "frames.from_guest");
    long opened = tcp(after, "opened") - tcp(before, "opened");
    assertThat(opened).isPositive().isLessThanOrEqualTo(FLOWS_A_TURN * turns);
    assertThat(frames).isLessThanOrEqualTo(FRAMES_A_TURN * turns);
    // None is unaccounted for, but those of names that were in use still when they came again.
    assertThat(tcp(after, "opened") + counter(after, "drop.attempt"))
        .isBetween((long) Math.min(guest.begun(), FloodingGuest.PORTS), (long) guest.begun());
    assertThat(guest.answers()).isEqualTo(guest.questions());
  }

  private void awaitAnswers() {
    Await.until("an answer to each question", SOON, () -> guest.answers() == guest.questions());
  }

  /** From one address, and from a thousand that it doesn't have. */
  @ParameterizedTest
  @ValueSource(ints = {1, 1000})
  void connectionsThatAreResetAtOnceLeaveNothing(int sources) throws IOException {
    acceptAll();
    while (guest.begun() < OPENINGS / 4) {
      guest.burst(PORT, sources, true);
    }
    guest.ask();
    awaitAnswers();
    int resident = backEnd.residentKibibytes();
    JsonObject before = stats();

    int descriptors = flood(sources, true);
    awaitAnswers();

    Await.until("no flow", SOON, () -> tcp(stats(), "live") == 0);
    assertBounded(before, stats());
    // A batch of openings before their resets, which came in one write with them.
    assertThat(descriptors).isLessThan(idle + 3 * FLOWS_A_TURN);
    Await.atMost("descriptors", idle, SOON, backEnd::descriptors);
    Await.atMost("KiB", resident + KIBIBYTES, SOON, backEnd::residentKibibytes);
  }

  @Test
  void connectionsThatAreNeverConfirmedHaveHalfOfTheDescriptors() throws IOException {
    // Nobody accepts: beyond the listener's queue the peer doesn't answer either.
    JsonObject before = stats();
    int descriptors = flood(1, false);
    awaitAnswers();

    assertBounded(before, stats());
    int most = (LIMIT - RESERVED) / 2;
    assertThat(tcp(stats(), "live")).isBetween((long) most / 2, (long) most);
    assertThat(descriptors).isLessThanOrEqualTo(idle + most + 1);
    backEnd.awaitLine("the guest has begun " + most + " TCP connections that aren't open", SOON);
    assertThat(backEnd.output().lines().filter(each -> each.contains("has begun")))
        .hasSizeLessThan(20);

    guest.resetAll(PORT, 1);
    Await.until("no flow", SOON, () -> tcp(stats(), "live") == 0);
    Await.atMost("descriptors", idle, SOON, backEnd::descriptors);
    int synAcks = guest.synAcks();
    acceptAll();
    Await.until(
        "a connection",
        SOON,
        () -> {
          try {
            guest.burst(PORT, 1, false);
          } catch (IOException e) {
            throw new AssertionError(e);
          }
          return guest.synAcks() > synAcks;
        });
  }
}
