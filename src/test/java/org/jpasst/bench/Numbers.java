package org.jpasst.bench;

import java.math.BigDecimal;
import java.math.MathContext;
import java.util.Locale;

/** Numbers as people read them in a table. */
final class Numbers {
  private static final MathContext THREE_DIGITS = new MathContext(3);
  private static final double WHOLE_FROM = 100;
  private static final double GROUPED_FROM = 10_000;

  private Numbers() {}

  /** Three significant digits, or all digits of the integer part. */
  static String text(double value) {
    if (Double.isNaN(value)) {
      return "–";
    }
    if (Math.abs(value) >= GROUPED_FROM) {
      return String.format(Locale.ROOT, "%,.0f", value);
    }
    if (Math.abs(value) >= WHOLE_FROM || value == Math.rint(value)) {
      return String.format(Locale.ROOT, "%.0f", value);
    }
    BigDecimal rounded = new BigDecimal(value).round(THREE_DIGITS);
    int integerDigits = rounded.precision() - rounded.scale();
    return rounded.setScale(THREE_DIGITS.getPrecision() - integerDigits).toPlainString();
  }
}
