package org.jpasst.control.client;

import java.util.List;

/** The keys of {@code top}, for people. */
final class TopKeys {
  private TopKeys() {}

  static List<String> lines() {
    return List.of(
        "Keys:",
        "  s        sort by the next of rate, bytes, age, type, peer",
        "  r        reverse the order",
        "  p, space pause, and go on",
        "  /        show only flows with a text; Enter ends it,",
        "           Esc leaves things as they were",
        "  h, ?     show these keys",
        "  q        quit");
  }
}
