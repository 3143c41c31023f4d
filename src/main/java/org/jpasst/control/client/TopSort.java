package org.jpasst.control.client;

import java.util.Comparator;
import java.util.Locale;

/** What {@code top} sorts by. */
enum TopSort {
  RATE(Comparator.comparingDouble(RatedFlow::sum).reversed()),
  BYTES(
      Comparator.<RatedFlow>comparingLong(
              each -> each.flow().bytesFromGuest() + each.flow().bytesToGuest())
          .reversed()),
  AGE(Comparator.<RatedFlow>comparingDouble(each -> each.flow().age()).reversed()),
  TYPE(
      Comparator.<RatedFlow, String>comparing(each -> each.flow().type())
          .thenComparing(each -> each.flow().state())),
  PEER(Comparator.comparing(each -> each.flow().guestOwn()));

  private final Comparator<RatedFlow> order;

  TopSort(Comparator<RatedFlow> order) {
    this.order = order;
  }

  Comparator<RatedFlow> order() {
    return order;
  }

  /** The next one, and behind the last the first. */
  TopSort next() {
    return values()[(ordinal() + 1) % values().length];
  }

  /** For people. */
  String id() {
    return name().toLowerCase(Locale.ROOT);
  }
}
