package org.jpasst.migrate.stream;

import java.io.IOException;

/** A section that has arrived as a whole and makes no sense; what follows it can be read. */
public final class MalformedSectionException extends IOException {
  private static final long serialVersionUID = 1L;

  MalformedSectionException(String message) {
    super(message);
  }
}
