package org.jpasst.loop;

/** A connection that doesn't block and does what it can whenever it is ready. */
public interface Connection extends AutoCloseable {
  /** What the loop is to watch it for, of {@link org.jpasst.linux.EpollFlag}. */
  int interest();

  /**
   * Takes or sends what can be at once, of bounded length.
   *
   * @return false if it is over
   */
  boolean advance();

  @Override
  void close();
}
