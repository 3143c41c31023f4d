package org.jpasst.config;

/**
 * The packet cache: frames for a guest that stands still.
 *
 * @param mode which frames are cached
 * @param size most bytes, {@link #MIN_SIZE} to {@link #MAX_SIZE}
 */
public record CacheSettings(CacheMode mode, int size) {
  /** Less would be no cache: a few of the longest frames. */
  public static final int MIN_SIZE = 1 << 18;

  /** As much as a state stream's section may hold. */
  public static final int MAX_SIZE = 1 << 27;

  /** Where nothing is said. */
  public static final CacheSettings USUAL = new CacheSettings(CacheMode.AUTO, 16 << 20);
}
