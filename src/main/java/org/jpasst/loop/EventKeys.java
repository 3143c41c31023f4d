package org.jpasst.loop;

/** The keys of one kind's descriptors in one loop, as {@link EventKey} lays them out. */
public final class EventKeys {
  private final int number;

  EventKeys(int number) {
    this.number = number;
  }

  /**
   * The key of one descriptor.
   *
   * @param generation only its low 24 bits are kept
   */
  public long of(int generation, int index) {
    return EventKey.encode(number, generation, index);
  }
}
