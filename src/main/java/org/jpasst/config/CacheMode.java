package org.jpasst.config;

/** Which frames for a guest that stands still are cached. */
public enum CacheMode {
  /** Those that the backend's state migration doesn't cover. */
  AUTO,
  /** All but TCP's, also those that could wait in their sockets: these hold less. */
  ON,
  /** None. */
  OFF
}
