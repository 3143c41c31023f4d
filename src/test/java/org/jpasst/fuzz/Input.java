package org.jpasst.fuzz;

import java.util.Arrays;
import java.util.HexFormat;
import java.util.stream.LongStream;

/**
 * One input of a session: what is done, with which numbers and bytes. Its text is one line, {@code
 * name number … xHEX}, and says all that is needed to do it again.
 *
 * @param name what is done; each target has its own
 * @param numbers what it is done with; any number makes sense to a target, and missing ones are 0
 * @param bytes content, where it isn't made of the numbers
 */
record Input(String name, long[] numbers, byte[] bytes) {
  private static final byte[] NO_BYTES = {};
  private static final HexFormat HEX = HexFormat.of();

  static Input of(String name, long... numbers) {
    return new Input(name, numbers, NO_BYTES);
  }

  /** Reads what {@link #toString} has written. */
  static Input parse(String line) {
    String[] words = line.strip().split(" ");
    String last = words[words.length - 1];
    boolean hasBytes = words.length > 1 && last.startsWith("x");
    long[] numbers =
        Arrays.stream(words, 1, words.length - (hasBytes ? 1 : 0))
            .mapToLong(Long::parseLong)
            .toArray();
    // Interned: names are compared for every input.
    return new Input(
        words[0].intern(), numbers, hasBytes ? HEX.parseHex(last.substring(1)) : NO_BYTES);
  }

  /** One of the numbers, or 0 where there aren't so many. */
  long number(int index) {
    return index < numbers.length ? numbers[index] : 0;
  }

  /** One of the numbers as one of so many choices, whatever it is. */
  int choice(int index, int count) {
    return (int) Long.remainderUnsigned(number(index), count);
  }

  /** The same with another number in one place. */
  Input with(int index, long number) {
    long[] changed = numbers.clone();
    changed[index] = number;
    return new Input(name, changed, bytes);
  }

  /** The same with fewer bytes. */
  Input cut(int length) {
    return new Input(name, numbers, Arrays.copyOf(bytes, length));
  }

  @Override
  public String toString() {
    var text = new StringBuilder(name);
    LongStream.of(numbers).forEach(each -> text.append(' ').append(each));
    if (bytes.length > 0) {
      text.append(" x").append(HEX.formatHex(bytes));
    }
    return text.toString();
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Input(String otherName, long[] otherNumbers, byte[] otherBytes)
        && name.equals(otherName)
        && Arrays.equals(numbers, otherNumbers)
        && Arrays.equals(bytes, otherBytes);
  }

  @Override
  public int hashCode() {
    return toString().hashCode();
  }
}
