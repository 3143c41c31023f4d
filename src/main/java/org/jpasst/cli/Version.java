package org.jpasst.cli;

import org.jpasst.config.ProgramVersion;

/** What passt says about its version. */
public final class Version {
  private Version() {}

  /** The version's name. */
  public static String name() {
    return ProgramVersion.name();
  }

  /** What {@code --version} prints. */
  static String text() {
    return "passt "
        + name()
        + " (jpasst)\n"
        + """
        Licensed under the Apache License, Version 2.0
        <https://www.apache.org/licenses/LICENSE-2.0>
        This is free software: you are free to change and redistribute it.
        There is NO WARRANTY, to the extent permitted by law.
        """;
  }
}
