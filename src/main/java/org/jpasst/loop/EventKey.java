package org.jpasst.loop;

/**
 * The 64 bits that travel with a watched descriptor: kind (8 bits), generation (24 bits), index (32
 * bits). The generation lets the owner of an index tell an event for an earlier use of that index
 * from one for the present use.
 */
public final class EventKey {
  /** Bits that a generation has; it wraps around. */
  public static final int GENERATION_MASK = 0xff_ffff;

  /** Kinds that a key can tell apart. */
  static final int KINDS = 256;

  private static final int KIND_SHIFT = 56;
  private static final int GENERATION_SHIFT = 32;

  private EventKey() {}

  /**
   * Puts a key together.
   *
   * @param kind its number, 0 to 255
   * @param generation only its low 24 bits are kept
   */
  static long encode(int kind, int generation, int index) {
    return (long) kind << KIND_SHIFT
        | (long) (generation & GENERATION_MASK) << GENERATION_SHIFT
        | index & 0xffff_ffffL;
  }

  /** The kind's number, 0 to 255. */
  static int kind(long key) {
    return (int) (key >>> KIND_SHIFT);
  }

  /** The generation, 0 to {@link #GENERATION_MASK}. */
  static int generation(long key) {
    return (int) (key >>> GENERATION_SHIFT) & GENERATION_MASK;
  }

  /** The index. */
  static int index(long key) {
    return (int) key;
  }
}
