package org.jpasst.guest.cache;

import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;

/** What an operator says about caching one kind of traffic while the program runs. */
public enum CacheChoice {
  /** As the run was started: mostly what the backend's state migration doesn't cover. */
  AUTO,
  /** It is cached, covered or not. */
  ON,
  /** It isn't. */
  OFF;

  /** As operators write it. */
  public String id() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** The one that is written so. */
  public static Optional<CacheChoice> of(String id) {
    return Arrays.stream(values()).filter(each -> each.id().equals(id)).findFirst();
  }
}
