package org.jpasst.vectors;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import org.jpasst.lab.BackEnd;
import org.jpasst.lab.LabTest;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;

/**
 * Frames that no good guest sends, to one running process: it answers none that it must not answer,
 * no exception reaches its loop, and it goes on serving. What must not be answered comes first:
 * later, answers to earlier frames may still be under way.
 */
@LabTest
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
final class MalformedFramesIT {
  private static final int BATCH = 500;
  private static final int RANDOM_FRAMES = 1_000_000;
  private static final long SEED = 0x6a70617373740aL;
  private static final Duration ANSWER = Duration.ofSeconds(10);

  /** Time for an answer that takes a turn through the host's sockets. */
  private static final Duration LATE = Duration.ofMillis(20);

  private static final String INTERNAL_ERROR = "internal error";

  private static final List<Frame> RECORDED = recorded();

  private static RecordedLab lab;
  private static BackEnd backEnd;
  private static GuestSocket guest;
  private static final LivenessProbe PROBE = LivenessProbe.forOptions(List.of());

  @BeforeAll
  static void start() {
    lab = RecordedLab.open(FrameVectors.recorded("startup").host());
    backEnd = BackEnd.start(lab.lab(), "-t", "5001", "-u", "5001");
    guest = GuestSocket.connect(backEnd.socket());
    // What comes when the guest connects.
    answersTo(List.of());
  }

  @AfterAll
  static void stop() {
    guest.close();
    backEnd.close();
    lab.close();
  }

  @AfterEach
  void noExceptionHasReachedTheLoopAndTheProcessServes() {
    assertThat(backEnd.process().output()).doesNotContain(INTERNAL_ERROR);
    assertThat(backEnd.process().alive()).isTrue();
    for (String name : List.of("ndp-ns-gateway", "dhcp-discover", "icmp-echo4-remote")) {
      FrameVector.Exchange exchange = FrameVectors.load(name).exchanges().getFirst();
      guest.send(exchange.request());
      awaitAnswer(exchange.answers().getFirst());
    }
  }

  @Test
  @Order(1)
  void noPacketThatIsCutShortIsAnswered() {
    assertSilence(MalformedFrames::truncations);
  }

  @Test
  @Order(2)
  void noPacketWithADamagedHeaderIsAnswered() {
    assertSilence(MalformedFrames::noticeableChanges);
  }

  @Test
  @Order(3)
  void changesThatNobodyCanNoticeGetProperAnswers() {
    assertProperAnswers(MalformedFrames::otherChanges);
  }

  @Test
  @Order(4)
  void damagedHeadersWithRightChecksumsGetProperAnswersOrNone() {
    assertProperAnswers(MalformedFrames::changesWithChecksums);
  }

  @Test
  @Order(5)
  void randomFramesGetProperAnswersOrNone() {
    var random = new RandomFrames(SEED, RECORDED);
    for (int sent = 0; sent < RANDOM_FRAMES; sent += BATCH) {
      List<Frame> batch = new ArrayList<>(BATCH);
      for (int each = 0; each < BATCH; each++) {
        batch.add(random.next());
      }
      answersTo(batch).forEach(MalformedFramesIT::assertProper);
    }
  }

  private static void awaitAnswer(ExpectedFrame answer) {
    var others = new ArrayList<Frame>();
    while (true) {
      Optional<Frame> next = guest.receive(ANSWER);
      if (next.isEmpty()) {
        throw backEnd
            .process()
            .failure("not received: %s, but %s".formatted(answer.frame(), others));
      }
      if (answer.matches(next.get())) {
        return;
      }
      others.add(next.get());
    }
  }

  private static void assertSilence(Function<Frame, List<Frame>> malformed) {
    for (Frame frame : RECORDED) {
      List<Frame> frames = malformed.apply(frame);
      if (!inBatches(frames).isEmpty()) {
        // Once more, one by one, to tell which.
        for (Frame each : frames) {
          assertThat(answersTo(List.of(each))).as("answers to " + each).isEmpty();
          assertThat(guest.receive(LATE)).as("answer to " + each).isEmpty();
        }
        throw new AssertionError("answers to some malformed form of " + frame);
      }
    }
  }

  private static void assertProperAnswers(Function<Frame, List<Frame>> changed) {
    for (Frame frame : RECORDED) {
      inBatches(changed.apply(frame)).forEach(MalformedFramesIT::assertProper);
    }
  }

  private static void assertProper(Frame answer) {
    assertThat(AnswerRules.violation(answer)).as("answer " + answer).isEmpty();
  }

  private static List<Frame> inBatches(List<Frame> frames) {
    var answers = new ArrayList<Frame>();
    for (int from = 0; from < frames.size(); from += BATCH) {
      answers.addAll(answersTo(frames.subList(from, Math.min(from + BATCH, frames.size()))));
    }
    return answers;
  }

  /**
   * Sends frames and a question that is answered for sure; returns what comes before the answer.
   */
  private static List<Frame> answersTo(List<Frame> frames) {
    guest.send(frames.toArray(Frame[]::new));
    Frame question = PROBE.next();
    guest.send(question);
    var answers = new ArrayList<Frame>();
    while (true) {
      Frame next =
          guest
              .receive(ANSWER)
              .orElseThrow(() -> backEnd.process().failure("no answer to " + question));
      if (PROBE.isAnswer(next)) {
        return answers;
      }
      if (!LivenessProbe.isAnnouncement(next)) {
        answers.add(next);
      }
    }
  }

  /** The different frames that guests sent in the recordings. */
  private static List<Frame> recorded() {
    Set<Frame> frames = new LinkedHashSet<>();
    for (String name : FrameVectors.names()) {
      FrameVectors.recorded(name).exchanges().forEach(each -> frames.add(each.request()));
    }
    return List.copyOf(frames);
  }
}
