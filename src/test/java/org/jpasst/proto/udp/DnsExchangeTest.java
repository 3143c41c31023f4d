package org.jpasst.proto.udp;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class DnsExchangeTest {
  private final DnsExchange exchange = new DnsExchange();

  @BeforeEach
  void begin() {
    exchange.begin(true);
  }

  @Test
  void aQuestionAndItsAnswerAreOver() {
    assertThat(exchange.isOver()).isFalse();
    fromGuest(DnsMessages.question(1));
    assertThat(exchange.isOver()).isFalse();
    toGuest(DnsMessages.answer(1));
    assertThat(exchange.isOver()).isTrue();
  }

  @Test
  void twoQuestionsAreNotOverAfterTwoAnswersToOne() {
    fromGuest(DnsMessages.question(1));
    fromGuest(DnsMessages.question(2));
    toGuest(DnsMessages.answer(1));
    toGuest(DnsMessages.answer(1));
    assertThat(exchange.isOver()).isFalse();
    toGuest(DnsMessages.answer(2));
    assertThat(exchange.isOver()).isTrue();
  }

  @Test
  void aQuestionThatIsRepeatedBeforeItsAnswerIsOne() {
    fromGuest(DnsMessages.question(1));
    fromGuest(DnsMessages.question(1));
    toGuest(DnsMessages.answer(1));
    assertThat(exchange.isOver()).isTrue();
    toGuest(DnsMessages.answer(1));
    assertThat(exchange.isOver()).isTrue();
  }

  @Test
  void aQuestionThatIsRepeatedAfterItsAnswerWaitsForAnother() {
    fromGuest(DnsMessages.question(1));
    toGuest(DnsMessages.answer(1));
    fromGuest(DnsMessages.question(1));
    assertThat(exchange.isOver()).isFalse();
    toGuest(DnsMessages.answer(1));
    assertThat(exchange.isOver()).isTrue();
  }

  @Test
  void moreThanAFewQuestionsAreASession() {
    for (int id = 1; id <= 5; id++) {
      fromGuest(DnsMessages.question(id));
      toGuest(DnsMessages.answer(id));
    }
    assertThat(exchange.isOver()).isFalse();
  }

  @Test
  void fourQuestionsOfAResolverAreNone() {
    for (int id = 0xfffc; id <= 0xffff; id++) {
      fromGuest(DnsMessages.question(id));
    }
    for (int id = 0xffff; id >= 0xfffc; id--) {
      assertThat(exchange.isOver()).isFalse();
      toGuest(DnsMessages.answer(id));
    }
    assertThat(exchange.isOver()).isTrue();
  }

  @ParameterizedTest
  @ValueSource(ints = {2, 4, 5, 6, 7, 8, 9})
  void whatIsNoQuestionIsASession(int at) {
    byte[] question = DnsMessages.question(1);
    fromGuest(DnsMessages.with(question, at, question[at] ^ 0x88));
    toGuest(DnsMessages.answer(1));
    assertThat(exchange.isOver()).isFalse();
  }

  @Test
  void whatIsNoAnswerIsASession() {
    fromGuest(DnsMessages.question(1));
    toGuest(DnsMessages.answer(1));
    toGuest(DnsMessages.answer(2));
    assertThat(exchange.isOver()).isFalse();
    exchange.begin(true);
    fromGuest(DnsMessages.question(1));
    toGuest(DnsMessages.question(1));
    assertThat(exchange.isOver()).isFalse();
  }

  @Test
  void whatIsTooShortIsASession() {
    fromGuest(Arrays.copyOf(DnsMessages.question(1), 11));
    toGuest(DnsMessages.answer(1));
    assertThat(exchange.isOver()).isFalse();
    exchange.begin(true);
    fromGuest(DnsMessages.question(1));
    toGuest(Arrays.copyOf(DnsMessages.answer(1), 11));
    toGuest(DnsMessages.answer(1));
    assertThat(exchange.isOver()).isFalse();
  }

  @Test
  void aSessionStaysOne() {
    exchange.sawSession();
    fromGuest(DnsMessages.question(1));
    toGuest(DnsMessages.answer(1));
    assertThat(exchange.isOver()).isFalse();
  }

  @Test
  void nothingIsOverAtAnotherPort() {
    exchange.begin(false);
    fromGuest(DnsMessages.question(1));
    toGuest(DnsMessages.answer(1));
    assertThat(exchange.isOver()).isFalse();
  }

  private void fromGuest(byte[] message) {
    exchange.sawFromGuest(MemorySegment.ofArray(message), 0, message.length);
  }

  private void toGuest(byte[] message) {
    exchange.sawToGuest(MemorySegment.ofArray(message), 0, message.length);
  }
}
