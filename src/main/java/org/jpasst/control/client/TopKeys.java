package org.jpasst.control.client;

import java.util.List;

/** The keys of {@code top}, for people. */
final class TopKeys {
  private TopKeys() {}

  static List<String> lines() {
    return List.of(
        "Keys:",
        "  s        sort by the next of rate, bytes, age, type, peer",
        "  r        the other way round",
        "  p, space stand still, and go on",
        "  /        show only flows that have a text; Enter ends it,",
        "           Esc leaves all as it was",
        "  h, ?     these keys",
        "  q        end");
  }
}
