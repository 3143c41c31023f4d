package org.jpasst.control.pesto;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jpasst.config.ForwardRule;
import org.jpasst.config.ForwardRule.Protocol;
import org.jpasst.config.ForwardRules;
import org.jpasst.proto.socket.LoopbackHost;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

final class GreetingTest {
  private static final int EMPTY = 158;

  static List<String> exchanges() {
    return PestoVectors.EXCHANGES;
  }

  @ParameterizedTest
  @MethodSource("exchanges")
  void isWhatPasstSays(String name) {
    PestoVectors.Exchange recorded = PestoVectors.exchange(name);
    byte[] greeting = new Greeting(recorded.capabilities(), recorded.rules()).bytes();
    assertThat(greeting).isEqualTo(recorded.sentBy("server").orElseThrow());
  }

  @Test
  void hasAsManyRulesAsThereCanBe() {
    var rules = new ArrayList<ForwardRule>();
    for (int i = 1; i <= ForwardRules.MAX_RULES; i++) {
      rules.add(rule(i, Optional.of("fifteen-bytes-x")));
    }
    assertThat(new Greeting(Set.of(), List.of()).bytes()).hasSize(EMPTY);
    assertThat(new Greeting(Set.of(), rules).bytes()).hasSize(14_438);
  }

  @Test
  void tellsWhatARunCanDo() {
    assertThat(Capability.bits(Capability.of(LoopbackHost.configuration(), true))).isEqualTo(0x2f);
    assertThat(Capability.bits(Capability.of(LoopbackHost.configuration(), false))).isEqualTo(0x0f);
    assertThat(Capability.bits(EnumSet.noneOf(Capability.class))).isZero();
  }

  @Test
  void aRuleIsReadAsItWasWritten() throws Exception {
    var checks = new RuleChecks(EnumSet.allOf(Capability.class));
    for (PestoVectors.Exchange each :
        PestoVectors.EXCHANGES.stream().map(PestoVectors::exchange).toList()) {
      for (ForwardRule rule : each.rules()) {
        ByteBuffer bytes = ByteBuffer.allocate(WireRule.SIZE);
        WireRule.of(rule).write(bytes);
        assertThat(bytes.hasRemaining()).isFalse();
        assertThat(checks.check(WireRule.read(bytes.flip()))).isEqualTo(rule);
      }
    }
  }

  private static ForwardRule rule(int port, Optional<String> interfaceName) {
    return new ForwardRule(
        Protocol.TCP, Optional.empty(), interfaceName, port, port, port, Optional.empty(), false);
  }
}
