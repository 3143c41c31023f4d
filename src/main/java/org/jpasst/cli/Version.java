package org.jpasst.cli;

import java.io.IOException;
import java.io.InputStream;
import java.util.Properties;

/** The program's version, as the build wrote it into the archive. */
public final class Version {
  private static final String PROPERTIES = "/META-INF/maven/org.jpasst/jpasst/pom.properties";

  private Version() {}

  /** The version's name; "development" where the classes don't come from an archive. */
  public static String name() {
    try (InputStream in = Version.class.getResourceAsStream(PROPERTIES)) {
      if (in != null) {
        Properties properties = new Properties();
        properties.load(in);
        return properties.getProperty("version", "development");
      }
    } catch (IOException e) {
      // An unreadable archive has no name for its version either.
    }
    return "development";
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
