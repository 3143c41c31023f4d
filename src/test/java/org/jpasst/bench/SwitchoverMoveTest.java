package org.jpasst.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import java.util.List;
import org.jpasst.lab.Answer;
import org.junit.jupiter.api.Test;

final class SwitchoverMoveTest {
  private static final long MILLISECOND = 1_000_000;

  @Test
  void theMostThatWerePassedOverAreTheMoves() {
    List<Answer> answers =
        List.of(
            answer(0, 10, 10, 0, 0, 0),
            answer(10, 20, 18, 1, 0, 2),
            answer(15, 25, 23, 1, 0, 0),
            answer(315, 330, 300, 1, 2, 28),
            answer(320, 335, 305, 2, 2, 0),
            answer(900, 900, 0, 0, 0, 700));
    assertThat(SwitchoverMove.of(answers, 5 * MILLISECOND, 400 * MILLISECOND))
        .isEqualTo(new SwitchoverMove(28, 1, 2, 300));
  }

  @Test
  void whatPingSaysIsReadWithWhatIsMissingTwiceAndLate() {
    String output =
        """
        PING 192.0.2.1 (192.0.2.1) 56(84) bytes of data.
        [100.500000] 64 bytes from 192.0.2.1: icmp_seq=1 ttl=64 time=0.5 ms
        [100.510000] 64 bytes from 192.0.2.1: icmp_seq=3 ttl=64 time=0.5 ms
        [100.510500] 64 bytes from 192.0.2.1: icmp_seq=2 ttl=64 time=9 ms
        [100.511000] 64 bytes from 192.0.2.1: icmp_seq=2 ttl=64 time=9 ms (DUP!)
        [100.520000] 64 bytes from 192.0.2.1: icmp_seq=5 ttl=64 time=0.5 ms
        """;
    List<Answer> answers = PingProbe.answers(output, 101, 1_000 * MILLISECOND);
    assertThat(answers)
        .extracting(Answer::missing, Answer::again, Answer::behind, Answer::jump)
        .containsExactly(
            tuple(0L, 0L, 0L, 0L),
            tuple(1L, 0L, 0L, 1L),
            tuple(0L, 0L, 1L, 0L),
            tuple(0L, 1L, 2L, 0L),
            tuple(1L, 1L, 2L, 1L));
    assertThat(answers.getFirst().nanos() / MILLISECOND).isEqualTo(500);
  }

  @Test
  void numbersOfPingsThatBeginAnewGoOn() {
    String output =
        """
        [1.000000] 64 bytes from 192.0.2.1: icmp_seq=30000 ttl=64 time=0.5 ms
        [2.000000] 64 bytes from 192.0.2.1: icmp_seq=60000 ttl=64 time=0.5 ms
        [3.000000] 64 bytes from 192.0.2.1: icmp_seq=65535 ttl=64 time=0.5 ms
        [4.000000] 64 bytes from 192.0.2.1: icmp_seq=0 ttl=64 time=0.5 ms
        [5.000000] 64 bytes from 192.0.2.1: icmp_seq=1 ttl=64 time=0.5 ms
        """;
    assertThat(PingProbe.answers(output, 10, 0))
        .extracting(Answer::known)
        .containsExactly(30_000L, 60_000L, 65_535L, 65_536L, 65_537L);
  }

  private static Answer answer(
      long at, long known, long different, long again, long behind, long jump) {
    return new Answer(at * MILLISECOND, known, different, again, behind, jump);
  }
}
