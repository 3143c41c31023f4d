package org.jpasst.control.client;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.jpasst.linux.Terminal;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class TopViewTest {
  private static final int MANY = 100;

  private static FlowLine flow(long id, double age, long fromGuest, long toGuest) {
    return new FlowLine(
        id,
        "tcp",
        "established",
        id % 2 == 0,
        "192.0.2.15:" + id,
        "192.0.2.2:22",
        "127.0.0.1:5000",
        "127.0.0.1:22",
        age,
        fromGuest,
        toGuest,
        Optional.empty(),
        Optional.empty());
  }

  private static List<String> lines(
      Optional<Sample> before, Sample now, TopState state, int rows, int columns) {
    return TopView.lines(before, now, state, new Terminal.Size(rows, columns));
  }

  private static List<String> lines(Optional<Sample> before, Sample now, int rows) {
    return lines(before, now, TopState.INITIAL, rows, 150);
  }

  private static TopState pressed(String keys) {
    TopState state = TopState.INITIAL;
    for (char each : keys.toCharArray()) {
      state = state.press(each);
    }
    return state;
  }

  private static Sample sample(long seconds, long fromGuest, long toGuest, FlowLine... flows) {
    long nanos = TimeUnit.SECONDS.toNanos(seconds);
    return new Sample(nanos, 100 + seconds, fromGuest, toGuest, 3, List.of(flows));
  }

  @Test
  void flowsWithTheHighestRatesComeFirstAndTotalsAreTold() {
    Sample before = sample(0, 1_000_000, 0, flow(2, 10, 900_000, 0), flow(3, 10, 0, 0));
    Sample now =
        sample(
            2,
            1_500_000,
            42,
            flow(2, 12, 900_010, 0),
            flow(3, 12, 40, 2_000_000),
            flow(4, 1, 7, 0));
    List<String> lines = lines(Optional.of(before), now, MANY);
    assertThat(lines.get(0)).isEqualTo("passt up 1m42s, 3 flows: 3 tcp");
    assertThat(lines.get(1))
        .isEqualTo("from guest 250kB/s, to guest 21B/s, in all 1.50MB and 42B, dropped 3");
    assertThat(lines.subList(5, 8))
        .satisfiesExactly(
            first -> assertThat(first).contains("1.00M", "192.0.2.15:3 < 192.0.2.2:22"),
            second -> assertThat(second).contains(" 7 ", "192.0.2.15:4 > 192.0.2.2:22"),
            third -> assertThat(third).contains(" 5 ", "192.0.2.15:2 > 192.0.2.2:22"));
  }

  @Test
  void theFirstViewHasTheRatesOfTheFlowsWholeLives() {
    List<String> lines = lines(Optional.empty(), sample(0, 500, 0, flow(2, 10, 500, 20)), MANY);
    assertThat(lines.get(1)).startsWith("from guest 5B/s, to guest 0B/s");
    assertThat(lines.getLast()).startsWith("          50           2");
  }

  @Test
  void aViewIsNotLongerThanTheTerminal() {
    Sample now = sample(0, 0, 0, flow(1, 1, 1, 1), flow(2, 1, 1, 1), flow(3, 1, 1, 1));
    assertThat(lines(Optional.empty(), now, 6)).hasSize(6);
    assertThat(lines(Optional.empty(), now, 1)).hasSize(1);
  }

  @Test
  void sixtyColumnsHaveWhatCountsOfEachFlow() {
    Sample now = sample(0, 123_000_000, 456_000_000, flow(40432, 12, 999_999_999, 123_456));
    List<String> lines = lines(Optional.empty(), now, TopState.INITIAL, 24, 60);
    assertThat(lines).allMatch(each -> each.length() <= 60);
    assertThat(lines.getLast()).contains("83.3M", "10.3k", "tcp", "12s", ":40432 > 192.0.2.2:22");
    assertThat(String.join("\n", lines)).contains("in all 123MB and 456MB, dropped 3");
  }

  @Test
  void anAddressThatIsTooLongKeepsBothItsEnds() {
    FlowLine v4 = flow(40432, 12, 1, 1);
    FlowLine v6 =
        new FlowLine(
            1,
            "tcp",
            "established",
            true,
            "[2001:db8:1:2:3:4:5:6]:40432",
            "[2001:db8:ffff:ffff:ffff:ffff:ffff:1]:8443",
            v4.hostOwn(),
            v4.hostEndpoint(),
            12,
            1,
            1,
            Optional.empty(),
            Optional.empty());
    String line = lines(Optional.empty(), sample(0, 0, 0, v6), TopState.INITIAL, 24, 60).getLast();
    assertThat(line).hasSize(60).contains(":40432 > [2").contains("..").endsWith(":1]:8443");
  }

  @Test
  void aWiderWindowShowsMore() {
    Sample now = sample(0, 0, 0, flow(40432, 12, 1, 1));
    assertThat(lines(Optional.empty(), now, TopState.INITIAL, 24, 80).getLast())
        .contains("established")
        .doesNotContain("127.0.0.1");
    assertThat(lines(Optional.empty(), now, TopState.INITIAL, 24, 150).getLast())
        .contains("established", "192.0.2.15:40432 > 192.0.2.2:22", "127.0.0.1:5000");
  }

  @Test
  void keysSortAndTurnRound() {
    Sample now = sample(0, 0, 0, flow(1, 10, 100, 0), flow(2, 1000, 5000, 0), flow(3, 1, 0, 50));
    assertThat(order(now, "")).containsExactly("3", "1", "2");
    assertThat(order(now, "s")).containsExactly("2", "1", "3");
    assertThat(order(now, "sr")).containsExactly("3", "1", "2");
    assertThat(order(now, "ss")).containsExactly("2", "1", "3");
    assertThat(order(now, "sssss")).as("all round").containsExactly("3", "1", "2");
    assertThat(lines(Optional.empty(), now, pressed("ssr"), MANY, 150))
        .contains("by age, reversed (h: help)");
  }

  private static List<String> order(Sample now, String keys) {
    return lines(Optional.empty(), now, pressed(keys), MANY, 150).stream()
        .filter(each -> each.contains("192.0.2.15:"))
        .map(each -> each.replaceAll(".*192.0.2.15:([0-9]+).*", "$1"))
        .toList();
  }

  @Test
  void aFilterIsTypedAndTakenOrLeft() {
    Sample now = sample(0, 0, 0, flow(1, 1, 0, 0), flow(22222, 1, 0, 0));
    assertThat(pressed("/22").text()).isEqualTo("show only: 22_");
    assertThat(order(now, "/22")).as("while it is typed").hasSize(2);
    assertThat(order(now, "/:22x\u007f222\r")).containsExactly("22222");
    assertThat(order(now, "/:22222\r/nobody\u001b")).containsExactly("22222");
    assertThat(order(now, "/:22222\r/\b\b\b\b\b\b\r")).hasSize(2);
    assertThat(pressed("/q").ended()).as("a letter of the filter").isFalse();
  }

  @Test
  void helpIsShownUntilAnyKey() {
    Sample now = sample(0, 0, 0, flow(1, 1, 0, 0));
    assertThat(lines(Optional.empty(), now, pressed("h"), MANY, 60)).containsAll(TopKeys.lines());
    assertThat(TopKeys.lines()).allMatch(each -> each.length() <= 60);
    assertThat(pressed("hx").help()).isFalse();
  }

  @Test
  void itStandsStillAndGoesOnAndEnds() {
    assertThat(pressed("p").paused()).isTrue();
    assertThat(pressed("p ").paused()).isFalse();
    assertThat(pressed("q").ended()).isTrue();
    assertThat(pressed("\u0003").ended()).isTrue();
    assertThat(TopState.INITIAL.press(-1).ended()).as("a terminal that is gone").isTrue();
  }

  @ParameterizedTest
  @CsvSource({"0.0000854,85us", "0.0012,1.2ms", "0.340,340ms", "2.14,2.1s"})
  void roundTripsAreShort(double seconds, String text) {
    assertThat(Amounts.shortTime(seconds)).isEqualTo(text);
  }

  @ParameterizedTest
  @CsvSource({
    "0,0",
    "999,999",
    "1000,1.00k",
    "1234567,1.23M",
    "45600000,45.6M",
    "999400000,999M",
    "5e18,5.00E"
  })
  void amountsOfBytesAreShort(double bytes, String text) {
    assertThat(Amounts.bytes(bytes)).isEqualTo(text);
  }

  @ParameterizedTest
  @CsvSource({"0.9,0s", "59,59s", "69,1m09s", "7380,2h03m", "273600,3d04h"})
  void timesAreShort(double seconds, String text) {
    assertThat(Amounts.time(seconds)).isEqualTo(text);
  }
}
