package org.jpasst.control;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonArray;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import org.jpasst.config.ForwardRule;
import org.jpasst.config.ForwardRule.Protocol;
import org.jpasst.config.PortRange;
import org.jpasst.net.IpAddress;
import org.jpasst.proto.socket.LoopbackHost;
import org.junit.jupiter.api.Test;

/** What is listed can be sent back, and means the same rule. */
final class RuleRoundTripTest {
  private static final long SEED = 20261126;
  private static final int RULES = 20_000;
  private static final List<String> ADDRESSES =
      List.of("127.0.0.1", "0.0.0.0", "192.0.2.7", "::", "::1", "2001:db8::7", "fe80::1");

  private final SplittableRandom random = new SplittableRandom(SEED);

  @Test
  void whatIsListedMeansTheSameRule() throws IOException {
    var reader = new RuleReader(LoopbackHost.configuration(), PortRange.DYNAMIC);
    for (int i = 0; i < RULES; i++) {
      ForwardRule rule = rule();
      var listed = ForwardCommands.describe(rule);
      listed.remove("rule");
      JsonArray rules = new JsonArray();
      rules.add(listed);
      Message message = Message.request(Command.FORWARD_DELETE).with("rules", rules);
      try (Request request = Request.parse(message.content().toString(), new PassedDescriptors())) {
        assertThat(reader.read(request)).as("seed %d: %s", SEED, listed).containsExactly(rule);
      }
    }
  }

  private ForwardRule rule() {
    int first = 1 + random.nextInt(ForwardRule.MAX_PORT);
    int last = Math.min(ForwardRule.MAX_PORT, first + random.nextInt(1000));
    int target = random.nextBoolean() ? first : 1 + random.nextInt(65_536 - (last - first + 1));
    Optional<IpAddress> bind = any(address());
    return new ForwardRule(
        random.nextBoolean() ? Protocol.TCP : Protocol.UDP,
        bind,
        any("eth" + random.nextInt(100)),
        first,
        last,
        target,
        bind.filter(each -> random.nextBoolean()).map(RuleRoundTripTest::guestOf),
        false);
  }

  private IpAddress address() {
    return IpAddress.parse(ADDRESSES.get(random.nextInt(ADDRESSES.size()))).orElseThrow();
  }

  private static IpAddress guestOf(IpAddress bind) {
    return bind.isIpv4() ? LoopbackHost.GUEST4 : LoopbackHost.GUEST6;
  }

  private <T> Optional<T> any(T value) {
    return random.nextBoolean() ? Optional.of(value) : Optional.empty();
  }
}
