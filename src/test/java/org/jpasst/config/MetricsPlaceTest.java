package org.jpasst.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class MetricsPlaceTest {
  @ParameterizedTest
  @CsvSource({
    "9464,127.0.0.1:9464",
    "127.0.0.1:1,127.0.0.1:1",
    "127.8.9.10:65535,127.8.9.10:65535",
    "[::1]:9464,[::1]:9464"
  })
  void aPortIsOneOfTheLoopbackInterface(String text, String endpoint) {
    assertThat(MetricsPlace.loopback(text))
        .hasValueSatisfying(
            place -> assertThat(((MetricsPlace.Loopback) place).endpoint()).hasToString(endpoint));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "0",
        "65536",
        "0.0.0.0:9464",
        ":9464",
        "192.0.2.1:9464",
        "[::]:9464",
        "[2001:db8::1]:9464",
        "localhost:9464",
        "::1:9464",
        "127.0.0.1:",
        "127.0.0.1:http"
      })
  void nothingIsServedToTheNetwork(String text) {
    assertThatThrownBy(() -> MetricsPlace.loopback(text))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void allElseIsAPath() {
    assertThat(MetricsPlace.loopback("/run/9464")).isEmpty();
    assertThat(MetricsPlace.loopback("./127.0.0.1:80")).isEmpty();
    assertThat(MetricsPlace.loopback("metrics.socket")).isEmpty();
  }
}
