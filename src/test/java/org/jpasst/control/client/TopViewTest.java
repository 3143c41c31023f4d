package org.jpasst.control.client;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
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
        toGuest);
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
    List<String> lines = TopView.lines(Optional.of(before), now, MANY);
    assertThat(lines.get(0)).isEqualTo("passt up 1m42s, 3 flows: 3 tcp");
    assertThat(lines.get(1))
        .isEqualTo("from guest 250kB/s, to guest 21B/s, in all 1.50MB and 42B, dropped 3");
    assertThat(lines.subList(4, 7))
        .satisfiesExactly(
            first -> assertThat(first).contains("1.00M", "192.0.2.15:3 < 192.0.2.2:22"),
            second -> assertThat(second).contains(" 7 ", "192.0.2.15:4 > 192.0.2.2:22"),
            third -> assertThat(third).contains(" 5 ", "192.0.2.15:2 > 192.0.2.2:22"));
  }

  @Test
  void theFirstViewHasTheRatesOfTheFlowsWholeLives() {
    List<String> lines =
        TopView.lines(Optional.empty(), sample(0, 500, 0, flow(2, 10, 500, 20)), MANY);
    assertThat(lines.get(1)).startsWith("from guest 5B/s, to guest 0B/s");
    assertThat(lines.getLast()).startsWith("          50           2");
  }

  @Test
  void aViewIsNotLongerThanTheTerminal() {
    Sample now = sample(0, 0, 0, flow(1, 1, 1, 1), flow(2, 1, 1, 1), flow(3, 1, 1, 1));
    assertThat(TopView.lines(Optional.empty(), now, 6)).hasSize(6);
    assertThat(TopView.lines(Optional.empty(), now, 1)).hasSize(1);
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
