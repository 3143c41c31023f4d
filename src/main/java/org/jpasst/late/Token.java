package org.jpasst.late;

/**
 * What a state and the frames that come after it have in common: who has it has saved the state, or
 * has it from who did.
 *
 * @param hi the first 64 bits
 * @param lo the others
 */
public record Token(long hi, long lo) {
  /** Bytes that it has. */
  public static final int SIZE = 2 * Long.BYTES;
}
