package org.jpasst.control.client;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class PlainWordsTest {
  private static final int RANDOM_LINES = 3000;

  private static void assertSameMeaning(List<String> words) {
    PlainWords.read(words)
        .ifPresent(
            plain ->
                assertThat(Syntax.read(words))
                    .as("%s", words)
                    .isEqualTo(new Syntax.Meaning.Do(plain)));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "flows",
        "-s /x flows",
        "flows --json -s ./x",
        "--json --socket /x/y flows",
        "stats --openmetrics",
        "-s /x stats --json --openmetrics",
        "top",
        "forward --json list",
        "forward add tcp 22 udp 53-54:~7",
        "pcap start a.pcap",
        "log level",
        "log level debug",
        "migrate show state",
        "migrate cache",
        "migrate --json cache",
        "migrate cache udp on",
        "-s /x migrate save /x/y"
      })
  void whatIsUsualIsPlain(String line) {
    List<String> words = List.of(line.split(" "));
    assertThat(PlainWords.read(words)).isPresent();
    assertSameMeaning(words);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "flwos",
        "flows --help",
        "--openmetrics stats",
        "flows --openmetrics",
        "-s flows",
        "-s x flows",
        "-s /x -s /y flows",
        "-s",
        "--json top",
        "flows now",
        "pcap start",
        "pcap start a b",
        "forward",
        "forward add tcp",
        "migrate cache udp",
        "migrate cache udp on off",
        "migrate show state --json",
        "-s /x migrate show state",
        "flows --json --json",
        "-- flows"
      })
  void whatNeedsAnAnswerIsPicoclis(String line) {
    assertThat(PlainWords.read(line.isEmpty() ? List.of() : List.of(line.split(" ")))).isEmpty();
  }

  @Test
  void whatIsPlainMeansTheSame() {
    List<String> some = new ArrayList<>();
    Verb.all().forEach(verb -> some.addAll(List.of(verb.words().split(" "))));
    some.addAll(
        List.of("-s", "--socket", "/x", "a/b", "x", "--json", "--openmetrics", "tcp", "22", "-h"));
    var random = new Random(17);
    for (int i = 0; i < RANDOM_LINES; i++) {
      List<String> words = new ArrayList<>();
      String[] verb = Verb.all().get(random.nextInt(Verb.all().size())).words().split(" ");
      words.addAll(List.of(verb));
      for (int j = random.nextInt(4); j > 0; j--) {
        words.add(random.nextInt(words.size() + 1), some.get(random.nextInt(some.size())));
      }
      assertSameMeaning(words);
    }
  }
}
