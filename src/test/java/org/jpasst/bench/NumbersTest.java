package org.jpasst.bench;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class NumbersTest {
  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      value = {
        "0;0",
        "0.0012;0.00120",
        "0.047;0.0470",
        "1.234;1.23",
        "12.34;12.3",
        "345.6;346",
        "4567;4567",
        "139250.4;139,250",
        "NaN;–"
      })
  void threeDigitsAreEnough(double value, String text) {
    assertThat(Numbers.text(value)).isEqualTo(text);
  }
}
