package org.jpasst.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;
import org.jpasst.config.ForwardRule.Protocol;
import org.jpasst.net.IpAddress;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ForwardRulesTest {
  private static final PortRange EPHEMERAL = new PortRange(32768, 60999);

  private static List<String> printed(String... specs) {
    return both(specs).stream().map(ForwardRule::toString).toList();
  }

  private static List<ForwardRule> both(String... specs) {
    return rules(true, true, specs);
  }

  private static List<ForwardRule> rules(boolean ipv4, boolean ipv6, String... specs) {
    ForwardRules rules = new ForwardRules(ipv4, ipv6, EPHEMERAL);
    for (String spec : specs) {
      rules.add(Protocol.TCP, spec);
    }
    return rules.rules();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          22                            | TCP [*]:22 => 22
          22-24                         | TCP [*]:22-24 => 22-24
          22:2222                       | TCP [*]:22 => 2222
          22-24:32-34                   | TCP [*]:22-24 => 32-34
          /22                           | TCP [*]:22 => 22
          192.0.2.1/22                  | TCP [192.0.2.1]:22 => 22
          [192.0.2.1]/22                | TCP [192.0.2.1]:22 => 22
          ::ffff:192.0.2.1/22           | TCP [192.0.2.1]:22 => 22
          2001:db8::1/22                | TCP [2001:db8::1]:22 => 22
          [2001:db8::1]/22              | TCP [2001:db8::1]:22 => 22
          ::/22                         | TCP [::]:22 => 22
          0.0.0.0/22                    | TCP [0.0.0.0]:22 => 22
          %eth0/22                      | TCP [*]%eth0:22 => 22
          192.0.2.1%eth0/53-54:5353-5354 | TCP [192.0.2.1]%eth0:53-54 => 5353-5354
          [fe80::1]%eth0/22             | TCP [fe80::1]%eth0:22 => 22
          192.0.2.10/8080:198.51.100.7/80 | TCP [192.0.2.10]:8080 => 198.51.100.7:80
          0.0.0.0/8080:198.51.100.7     | TCP [0.0.0.0]:8080 => 198.51.100.7:8080
          ::/8080:[2001:db8::5]/80      | TCP [::]:8080 => [2001:db8::5]:80
          ::/8080:2001:db8::5           | TCP [::]:8080 => [2001:db8::5]:8080
          5000:2001:db8::5/6000         | TCP [5000:2001:db8::5]:6000 => 6000
          ' +22- 024'                   | TCP [*]:22-24 => 22-24
          """)
  void oneEntryGivesOneRule(String spec, String rule) {
    assertThat(printed(spec)).containsExactly(rule);
  }

  @Test
  void exclusionsHoldForTheWholeSpecWhereverTheyStand() {
    assertThat(printed("~25,20-30:120-130,~27-28,~26-27"))
        .containsExactly("TCP [*]:20-24 => 120-124", "TCP [*]:29-30 => 129-130");
  }

  @Test
  void excludingEverythingIncludedGivesNoRule() {
    assertThat(both("80-81,~1-100")).isEmpty();
  }

  @Test
  void allLeavesOutEphemeralPortsAndIsBestEffort() {
    assertThat(printed("all"))
        .containsExactly(
            "TCP [*]:1-32767 => 1-32767 (best effort)",
            "TCP [*]:61000-65535 => 61000-65535 (best effort)");
  }

  @Test
  void onlyExclusionsMeanAllTheRest() {
    assertThat(printed("~1-1023,~61000-65535"))
        .containsExactly("TCP [*]:1024-32767 => 1024-32767 (best effort)");
    assertThat(both("all,~22")).isEqualTo(both("~22"));
  }

  @Test
  void allContributesNothingBesideNamedPorts() {
    assertThat(printed("all,2222")).containsExactly("TCP [*]:2222 => 2222");
  }

  @Test
  void allTakesBindAndTarget() {
    assertThat(printed("192.0.2.1%eth0/all:198.51.100.7,~1-32767"))
        .containsExactly(
            "TCP [192.0.2.1]%eth0:61000-65535 => 198.51.100.7:61000-65535 (best effort)");
  }

  @Test
  void listsJoinedByQemuMayCarryTheirOwnBinds() {
    assertThat(printed("192.0.2.1/80,81,127.0.0.1%lo/80:8080,::/all,~1-61000"))
        .containsExactly(
            "TCP [192.0.2.1]:80 => 80",
            "TCP [192.0.2.1]:81 => 81",
            "TCP [127.0.0.1]%lo:80 => 8080",
            "TCP [::]:61001-65535 => 61001-65535 (best effort)");
  }

  @Test
  void oneFamilyMakesTheWildcardExplicit() {
    assertThat(rules(true, false, "22").getFirst().bind()).contains(IpAddress.ANY4);
    assertThat(rules(false, true, "22").getFirst().bind()).contains(IpAddress.ANY6);
    assertThat(rules(true, false, "22:192.0.2.9").getFirst().targetAddress()).isPresent();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          70000               | port 70000 is above 65535
          22,65536            | port 65536 is above 65535
          1-65536             | port 65536 is above 65535
          99999999999         | port 99999999999 is above 65535
          22:70000            | port 70000 is above 65535
          ~70000              | port 70000 is above 65535
          ::1/70000           | port 70000 is above 65535
          0.0.0.0/1:[::1]/70000 | port 70000 is above 65535
          24-22               | range 24-22 runs backwards; write 22-24
          22-23:99-98         | range 99-98 runs backwards; write 98-99
          ~5-4                | range 5-4 runs backwards; write 4-5
          """)
  void theMistakeInASpecIsNamed(String spec, String mistake) {
    for (Protocol protocol : Protocol.values()) {
      assertThatThrownBy(() -> new ForwardRules(true, true, EPHEMERAL).add(protocol, spec))
          .isInstanceOf(ConfigurationException.class)
          .hasMessageEndingWith(": " + mistake);
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        ",",
        "22,",
        ",22",
        "x",
        "22x",
        "22 ",
        "-1",
        "22-",
        "-22",
        "24-22",
        "65536",
        "1-65536",
        "99999999999",
        "0",
        "0-5",
        "22:0",
        "22:0-0",
        "22-23:24",
        "22:23-24",
        "22:",
        "22:x",
        "~",
        "~x",
        "~5-4",
        "192.0.2.1/",
        "192.0.2.1",
        "%/22",
        "%abcdefghijklmnop/22",
        "eth0/22",
        "192.0.2.256/22",
        "[192.0.2.1/22",
        "[]/22",
        "22/23",
        "22:192.0.2.9",
        "22:2001:db8::5",
        "192.0.2.1/22:2001:db8::5",
        "2001:db8::1/22:192.0.2.9",
        "::/22:2001:db8::5/23",
        "0.0.0.0/22:224.0.0.1",
        "0.0.0.0/22:0.0.0.0",
        "::/22:::",
        "all:",
        "all:x",
        "all:192.0.2.9",
        "allx",
        "auto",
        "22,auto",
        "22,none",
        "none,22",
        "0.0.0.0/22:192.0.2.9/0"
      })
  void aMalformedSpecIsRefusedInOneLine(String spec) {
    assertThatThrownBy(() -> both(spec))
        .isInstanceOf(ConfigurationException.class)
        .hasMessageStartingWith("--tcp-ports " + spec + ": ")
        .hasMessageNotContaining("\n");
  }

  @Test
  void anAddressOfADisabledFamilyIsRefused() {
    assertThatThrownBy(() -> rules(false, true, "192.0.2.1/22"))
        .hasMessageContaining("192.0.2.1 is of a family that is disabled");
    assertThatThrownBy(() -> rules(true, false, "::1/22")).hasMessageContaining("disabled");
  }

  @ParameterizedTest
  @CsvSource({
    "22, 22",
    "20-30, 30-40",
    "22, 192.0.2.1/22",
    "22, ::/22",
    "0.0.0.0/22, 192.0.2.1/22",
    "::1/22, ::/22",
    "%eth0/22, 22",
    "%eth0/22, %eth0/22:23",
    "192.0.2.1/22, 192.0.2.1%eth0/22"
  })
  void rulesForTheSamePortConflict(String one, String other) {
    assertThatThrownBy(() -> both(one, other)).hasMessageContaining("wants the same ports as");
    assertThatThrownBy(() -> both(other, one)).hasMessageContaining("wants the same ports as");
  }

  @ParameterizedTest
  @CsvSource({
    "22, 23",
    "0.0.0.0/22, ::/22",
    "192.0.2.1/22, 192.0.2.2/22",
    "192.0.2.1/22, ::/22",
    "%eth0/22, %eth1/22"
  })
  void rulesThatTheKernelKeepsApartStandTogether(String one, String other) {
    assertThat(both(one, other)).hasSize(2);
  }

  @Test
  void protocolsAreIndependent() {
    ForwardRules rules = new ForwardRules(true, true, EPHEMERAL);
    rules.add(Protocol.TCP, "53");
    rules.add(Protocol.UDP, "none");
    rules.add(Protocol.UDP, "53");
    assertThat(rules.rules())
        .extracting(ForwardRule::protocol)
        .containsExactly(Protocol.TCP, Protocol.UDP);
  }

  @Test
  void noneMayStandBeforeRulesButNotBehindThem() {
    assertThat(both("none", "none", "22")).hasSize(1);
    assertThat(both("22,~22", "none")).isEmpty();
    assertThatThrownBy(() -> both("22", "none")).hasMessageContaining("forwarded already");
  }

  @Test
  void rulesAreLimited() {
    ForwardRules rules = new ForwardRules(true, true, EPHEMERAL);
    for (int port = 1; port <= ForwardRules.MAX_RULES; port++) {
      rules.add(Protocol.TCP, Integer.toString(port));
    }
    assertThatThrownBy(() -> rules.add(Protocol.TCP, "9999"))
        .hasMessageContaining("too many rules");
  }

  @Test
  void portsAreLimited() {
    ForwardRules rules = new ForwardRules(true, true, EPHEMERAL);
    for (int i = 1; i <= 5; i++) {
      rules.add(Protocol.TCP, "192.0.2." + i + "/1-65535");
    }
    assertThatThrownBy(() -> rules.add(Protocol.TCP, "192.0.2.6/1-6"))
        .hasMessageContaining("too many ports");
  }

  @Test
  void portsKeepStepWithTheirTargets() {
    ForwardRule rule = both("100-110:200-210").getFirst();
    assertThat(rule.targetOf(105)).isEqualTo(205);
    assertThat(rule.targetLast()).isEqualTo(210);
    assertThat(rule.size()).isEqualTo(11);
  }

  @Test
  void everyRuleIsReadBackFromItsSpec() {
    RandomGenerator random = RandomGeneratorFactory.of("L64X128MixRandom").create(20261101);
    for (int i = 0; i < 5000; i++) {
      String spec = randomSpec(random);
      List<ForwardRule> rules = ForwardSpec.parse(Protocol.TCP, spec, host());
      List<ForwardRule> again = new ArrayList<>();
      for (ForwardRule rule : rules) {
        again.addAll(ForwardSpec.parse(Protocol.TCP, rule.spec(), host()));
      }
      assertThat(again).as(spec).isEqualTo(rules);
    }
  }

  private static ForwardSpec.Host host() {
    return new ForwardSpec.Host(true, true, EPHEMERAL);
  }

  private static String randomSpec(RandomGenerator random) {
    int kind = random.nextInt(4);
    String target = List.of("", "198.51.100.7", "[2001:db8::5]", "").get(kind);
    String address = List.of("", "192.0.2.1", "::", "2001:db8::1").get(kind);
    String interfaceName = random.nextInt(3) == 0 ? "%eth0" : "";
    StringBuilder text = new StringBuilder(address + interfaceName);
    if (!text.isEmpty()) {
      text.append('/');
    }
    boolean all = random.nextInt(3) == 0;
    for (int i = random.nextInt(4); i >= 0; i--) {
      int first = 1 + random.nextInt(60000);
      int last = first + random.nextInt(200);
      if (all || random.nextInt(4) == 0) {
        text.append('~').append(first).append('-').append(last).append(',');
        continue;
      }
      int to = 1 + random.nextInt(60000);
      boolean remapped = random.nextBoolean();
      text.append(first).append('-').append(last);
      if (!target.isEmpty()) {
        text.append(':').append(target);
        text.append(remapped ? "/" + to + "-" + (to + last - first) : "");
      } else if (remapped) {
        text.append(':').append(to).append('-').append(to + last - first);
      }
      text.append(',');
    }
    text.append(all ? target.isEmpty() ? "all" : "all:" + target : "1");
    return text.toString();
  }

  @Test
  void noTextWhateverMakesTheParserFailOtherwise() {
    RandomGenerator random = RandomGeneratorFactory.of("L64X128MixRandom").create(7);
    String alphabet = "0123456789-:,/~%[]. alnoeutxf+";
    int accepted = 0;
    for (int i = 0; i < 200_000; i++) {
      StringBuilder text = new StringBuilder();
      for (int length = random.nextInt(12); length > 0; length--) {
        text.append(alphabet.charAt(random.nextInt(alphabet.length())));
      }
      try {
        ForwardSpec.parse(Protocol.UDP, text.toString(), host());
        accepted++;
      } catch (ConfigurationException refused) {
        assertThat(refused.getMessage()).doesNotContain("\n");
      }
    }
    assertThat(accepted).isPositive();
  }

  @Test
  void aRuleRefusesPortsOutOfRange() {
    assertThatThrownBy(() -> rule(0, 1, 1)).isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> rule(2, 1, 1)).isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> rule(1, 10, 65530)).isInstanceOf(IllegalArgumentException.class);
  }

  private static ForwardRule rule(int first, int last, int target) {
    return new ForwardRule(
        Protocol.TCP,
        Optional.empty(),
        Optional.empty(),
        first,
        last,
        target,
        Optional.empty(),
        false);
  }

  @ParameterizedTest
  @CsvSource({
    "'32768\t60999\n', 32768, 60999",
    "'1024 65535', 1024, 65535",
    "'', 49152, 65535",
    "'5 x', 49152, 65535",
    "'9 8', 49152, 65535",
    "'1 99999', 49152, 65535"
  })
  void theEphemeralRangeIsReadOrTheStandardOneHolds(String text, int first, int last) {
    assertThat(PortRange.ephemeral(text)).isEqualTo(new PortRange(first, last));
  }
}
