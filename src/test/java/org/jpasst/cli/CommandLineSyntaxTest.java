package org.jpasst.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.jpasst.cli.CliTest.error;
import static org.jpasst.cli.CliTest.ip;
import static org.jpasst.cli.CliTest.ipv4;
import static org.jpasst.cli.CliTest.run;

import java.nio.file.Path;
import java.util.List;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;
import org.jpasst.config.GuestSocket;
import org.jpasst.config.RequestedConfiguration;
import org.jpasst.config.Verbosity;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** How options, their arguments and their values may be written. */
final class CommandLineSyntaxTest {
  @ParameterizedTest
  @ValueSource(strings = {"--log-file=/x", "--log-fi=/x", "-l/x"})
  void valuesMayBeAttached(String argument) {
    assertThat(run(argument).process().logFile()).contains(Path.of("/x"));
  }

  @Test
  void lettersMayBeClustered() {
    RequestedConfiguration request = run("-fq1m1400", "-4s", "/tmp/s");
    assertThat(request.process().foreground()).isTrue();
    assertThat(request.link().oneOff()).isTrue();
    assertThat(request.mtu()).isEqualTo(1400);
    assertThat(request.ipv6()).isEmpty();
    assertThat(request.link().socket()).isEqualTo(new GuestSocket.Listen(Path.of("/tmp/s")));
  }

  @Test
  void unambiguousBeginningsSuffice() {
    assertThat(run("--sock", "/s").link().socket())
        .isEqualTo(new GuestSocket.Listen(Path.of("/s")));
    assertThat(run("--foreg", "--trac").process().verbosity()).isEqualTo(Verbosity.TRACE);
    assertThat(run("--no-dhcp").services().dhcpv6()).isTrue();
    assertThat(run("--dns", "none").withoutResolvers()).isTrue();
  }

  @ParameterizedTest
  @CsvSource({
    "--tcp, --tcp: ambiguous|could be --tcp-ports --tcp-ns",
    "--no-dh, --no-dh: ambiguous|--no-dhcp-dns --no-dhcp-search --no-dhcp --no-dhcpv6",
    "--nosuch, --nosuch: no such option",
    "--=x, --: no such option",
    "-x, -x: no such option",
    "-fx, -x: no such option",
    "--mtu, --mtu: argument missing",
    "-m, -m: argument missing",
    "--quiet=1, --quiet: takes no argument",
    "operand, operand: extra non-option argument",
    "-, -: extra non-option argument"
  })
  void whatGetoptRefusesIsRefusedInOneLine(String argument, String expected) {
    assertThat(error(argument)).contains(expected.split("\\|"));
  }

  @Test
  void optionsEndAtTheFirstOperand() {
    assertThat(error("-q", "operand", "--nosuch")).contains("operand: extra non-option");
    assertThat(error("--", "-q")).contains("-q: extra non-option");
    assertThat(run("-q", "--").process().verbosity()).isEqualTo(Verbosity.QUIET);
  }

  @Test
  void theFirstMistakeIsTold() {
    assertThat(error("-m", "x", "--nosuch")).contains("--mtu x");
    assertThat(Cli.parse("--help", "--nosuch")).isEqualTo(Cli.parse("-h"));
  }

  @ParameterizedTest
  @CsvSource({
    "-q -d, DEBUG",
    "-d -q, QUIET",
    "--trace -d, TRACE",
    "--trace -q, QUIET",
    "-q --trace, TRACE",
    "-q -q, QUIET"
  })
  void theLastVerbosityCounts(String arguments, Verbosity verbosity) {
    assertThat(run(arguments.split(" ")).process().verbosity()).isEqualTo(verbosity);
  }

  @Test
  void theLastOfAKindCounts() {
    assertThat(run("-m", "1", "-m", "2").mtu()).isEqualTo(2);
    assertThat(run("-4", "-6").ipv4()).isEmpty();
    assertThat(run("-4", "-6").ipv6()).isPresent();
    assertThat(run("-6", "-4").ipv6()).isEmpty();
    assertThat(run("-F", "3", "-s", "/s").link().socket())
        .isEqualTo(new GuestSocket.Listen(Path.of("/s")));
    assertThat(run("-s", "/s", "-F", "3").link().socket()).isEqualTo(new GuestSocket.Inherited(3));
    assertThat(ipv4("-a", "10.0.0.1/8", "-a", "10.0.0.2", "-a", "2001:db8::1").address())
        .contains(ip("10.0.0.2"));
  }

  @ParameterizedTest
  @CsvSource({"1400, 1400", "0x5dc, 1500", "0X5DC, 1500", "02734, 1500", "0, 0", "65521, 65521"})
  void numbersAreThoseOfC(String text, int mtu) {
    assertThat(run("-m", text).mtu()).isEqualTo(mtu);
  }

  @Test
  void noCommandLineMakesTheParserFailOtherwise() {
    RandomGenerator random = RandomGeneratorFactory.of("L64X128MixRandom").create(11);
    List<String> values =
        List.of("1", "10.0.0.1", "::1", "none", "", "x", "0x", "-", "--", "10.0.0.1/8", "é", "\0");
    PasstOption[] options = PasstOption.values();
    for (int i = 0; i < 50_000; i++) {
      String[] arguments = new String[random.nextInt(5)];
      for (int k = 0; k < arguments.length; k++) {
        PasstOption option = options[random.nextInt(options.length)];
        String name = option.synopsis().names().getFirst();
        String value = values.get(random.nextInt(values.size()));
        arguments[k] =
            switch (random.nextInt(4)) {
              case 0 -> "--" + name.substring(0, random.nextInt(name.length() + 1));
              case 1 -> option + "=" + value;
              case 2 -> "-" + option.synopsis().letter().orElse("f") + value;
              default -> value;
            };
      }
      if (Cli.parse(arguments) instanceof CliResult.Exit exit && exit.status() == 1) {
        assertThat(exit.text()).startsWith("passt: ");
      }
    }
  }
}
