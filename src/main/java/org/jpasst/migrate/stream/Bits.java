package org.jpasst.migrate.stream;

import java.util.EnumSet;
import java.util.Set;

/** Sets of constants as the stream has them: the ordinal of each is its bit. */
final class Bits {
  private Bits() {}

  static int of(Enum<?> constant) {
    return 1 << constant.ordinal();
  }

  /** Those whose bits are set; bits of no constant are passed over. */
  static <E extends Enum<E>> Set<E> set(Class<E> type, int bits) {
    var set = EnumSet.allOf(type);
    set.removeIf(each -> (bits & of(each)) == 0);
    return set;
  }
}
