package org.jpasst.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;
import org.jpasst.net.IpAddress;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ResolvConfTest {
  @ParameterizedTest
  @ValueSource(
      strings = {
        "nameserver 192.0.2.53",
        "nameserver\t192.0.2.53\n",
        "  nameserver   192.0.2.53  ",
        "nameserver 192.0.2.53 # the router",
        "nameserver 192.0.2.53 ; the router",
        "nameserver 192.0.2.53\r\n",
        "# nameserver 192.0.2.1\n;nameserver 192.0.2.2\nnameserver 192.0.2.53",
        "nameserver x\nnameserver\nnameserver 192.0.2.53\nnameservers 192.0.2.1"
      })
  void aResolverIsFoundHoweverItIsWritten(String text) {
    assertThat(ResolvConf.parse(text).resolvers())
        .extracting(IpAddress::toString)
        .containsExactly("192.0.2.53");
  }

  @Test
  void aScopeIsDropped() {
    assertThat(ResolvConf.parse("nameserver fe80::1%eth0").resolvers())
        .extracting(IpAddress::toString)
        .containsExactly("fe80::1");
  }

  @Test
  void theLastSearchOrDomainLineCounts() {
    assertThat(ResolvConf.parse("search a.example b.example\n").searchList())
        .isEqualTo(List.of("a.example", "b.example"));
    assertThat(ResolvConf.parse("domain c.example d.example\n").searchList())
        .isEqualTo(List.of("c.example"));
    assertThat(ResolvConf.parse("domain c.example\n search\ta.example # x\n").searchList())
        .isEqualTo(List.of("a.example"));
  }

  @Test
  void theRootIsNoDomainAndATrailingDotIsNotKept() {
    assertThat(ResolvConf.parse("search . example.org.").searchList())
        .isEqualTo(List.of("example.org"));
  }

  @Test
  void anyTextIsRead() {
    RandomGenerator random = RandomGeneratorFactory.of("L64X128MixRandom").create(3);
    List<String> pieces =
        List.of(
            "nameserver",
            "search",
            "domain",
            " ",
            "\t",
            "\n",
            "#",
            ";",
            "1.2.3.4",
            "::1",
            "%",
            ".",
            "\0",
            "é",
            "options");
    for (int i = 0; i < 50_000; i++) {
      StringBuilder text = new StringBuilder();
      for (int length = random.nextInt(12); length > 0; length--) {
        text.append(pieces.get(random.nextInt(pieces.size())));
      }
      ResolvConf read = ResolvConf.parse(text.toString());
      assertThat(read.searchList()).noneMatch(String::isBlank);
    }
  }
}
