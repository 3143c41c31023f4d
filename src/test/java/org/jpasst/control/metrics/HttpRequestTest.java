package org.jpasst.control.metrics;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class HttpRequestTest {
  private static HttpRequest read(String... lines) {
    return HttpRequest.read(String.join("\n", lines));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "GET /metrics HTTP/1.1",
        "GET /metrics HTTP/1.0",
        "GET /metrics?x=/y HTTP/1.1",
        "GET http://localhost:9464/metrics HTTP/1.1"
      })
  void theMetricsAreWhereTheyAreLookedFor(String line) {
    HttpRequest request = read(line, "Host: localhost", "X-Any: thing at all");
    assertThat(request.status()).isEqualTo(HttpRequest.OK);
    assertThat(request.withBody()).isTrue();
    assertThat(request.dialect()).isEqualTo(Dialect.OPEN_METRICS);
  }

  @Test
  void ofAHeadRequestTheAnswerHasNoBody() {
    assertThat(read("HEAD /metrics HTTP/1.1").withBody()).isFalse();
  }

  @ParameterizedTest
  @CsvSource({
    "GET / HTTP/1.1,404",
    "GET /metrics/ HTTP/1.1,404",
    "GET //metrics HTTP/1.1,404",
    "GET /../metrics HTTP/1.1,404",
    "POST /metrics HTTP/1.1,405",
    "OPTIONS * HTTP/1.1,405",
    "GET /metrics HTTP/2.0,505",
    "GET /metrics,400",
    "GET  /metrics HTTP/1.1,400",
    "GET /metrics HTTP/1.1 x,400",
    "GET /metrics http/1.1,400",
    "{\"command\":\"quit\"},400",
    "'',400"
  })
  void allElseIsRefused(String line, int status) {
    assertThat(read(line, "Host: localhost").status()).isEqualTo(status);
  }

  @ParameterizedTest
  @ValueSource(strings = {"Host", " Host: x", "Ho st: x", ": x"})
  void headersHaveToBeSome(String header) {
    assertThat(read("GET /metrics HTTP/1.1", header).status()).isEqualTo(HttpRequest.BAD_REQUEST);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "*/* | OPEN_METRICS",
        "text/html | OPEN_METRICS",
        "text/plain | PROMETHEUS_TEXT",
        "Text/Plain;version=0.0.4;q=1,*/*;q=0.1 | PROMETHEUS_TEXT",
        "application/openmetrics-text;version=1.0.0;q=0.5,text/plain;version=0.0.4;q=0.3"
            + " | OPEN_METRICS"
      })
  void theOlderFormatIsForWhoKnowsNoOther(String accept, Dialect dialect) {
    assertThat(read("GET /metrics HTTP/1.1", "Host: x", "aCCept: " + accept).dialect())
        .isEqualTo(dialect);
  }
}
