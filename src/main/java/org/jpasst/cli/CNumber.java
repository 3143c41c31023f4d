package org.jpasst.cli;

import java.util.OptionalLong;

/** Numbers as strtol(3) with base 0 reads them: 0x begins hexadecimal, 0 octal. */
final class CNumber {
  private CNumber() {}

  /** The number, or nothing if the text isn't one as a whole, or beyond 63 bits. */
  static OptionalLong parse(String text) {
    String digits = text.stripLeading();
    boolean negative = digits.startsWith("-");
    if (negative || digits.startsWith("+")) {
      digits = digits.substring(1);
    }
    int radix = 10;
    if (digits.startsWith("0x") || digits.startsWith("0X")) {
      radix = 16;
      digits = digits.substring(2);
    } else if (digits.startsWith("0")) {
      radix = 8;
    }
    // Long.parseLong would take a second sign, and digits of any script.
    for (int i = 0; i < digits.length(); i++) {
      if (digits.charAt(i) > 'f' || Character.digit(digits.charAt(i), radix) < 0) {
        return OptionalLong.empty();
      }
    }
    try {
      long value = Long.parseLong(digits, radix);
      return OptionalLong.of(negative ? -value : value);
    } catch (NumberFormatException e) {
      return OptionalLong.empty();
    }
  }
}
