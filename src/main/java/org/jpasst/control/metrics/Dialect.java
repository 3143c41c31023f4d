package org.jpasst.control.metrics;

/** Formats of the text that differ in little. */
public enum Dialect {
  /** OpenMetrics 1.0. */
  OPEN_METRICS("application/openmetrics-text; version=1.0.0; charset=utf-8"),

  /**
   * What came before it, Prometheus' text format 0.0.4, for what reads nothing else, such as {@code
   * promtool check metrics}.
   */
  PROMETHEUS_TEXT("text/plain; version=0.0.4; charset=utf-8");

  private final String contentType;

  Dialect(String contentType) {
    this.contentType = contentType;
  }

  /** As HTTP names it. */
  public String contentType() {
    return contentType;
  }
}
