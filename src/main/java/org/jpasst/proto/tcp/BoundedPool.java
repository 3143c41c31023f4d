package org.jpasst.proto.tcp;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;

/**
 * Objects that only some connections need and only for some time, made when first wanted and used
 * again; bounded for all connections together, since the guest decides who needs one.
 */
final class BoundedPool<T> {
  private final T none;
  private final Supplier<T> maker;
  private final List<T> free = new ArrayList<>();
  private int limit;
  private int made;

  /**
   * An empty pool.
   *
   * @param limit most objects there are
   * @param none stands for nothing: what {@link #take} answers where all are in use
   */
  BoundedPool(int limit, T none, Supplier<T> maker) {
    this.limit = limit;
    this.none = none;
    this.maker = maker;
  }

  /** An object as it was given back, or none. */
  T take() {
    if (!free.isEmpty()) {
      return free.removeLast();
    }
    if (made == limit) {
      return none;
    }
    made++;
    return maker.get();
  }

  /** Allows for so many objects more. */
  void allow(int more) {
    limit += more;
  }

  /** How many more can be taken. */
  int left() {
    return free.size() + limit - made;
  }

  void giveBack(T object) {
    free.add(object);
  }
}
