package org.jpasst.config;

import java.io.IOException;
import java.io.InputStream;
import java.util.Properties;

/** The program's version, as the build wrote it into the archive. */
public final class ProgramVersion {
  private static final String PROPERTIES = "/META-INF/maven/org.jpasst/jpasst/pom.properties";

  private ProgramVersion() {}

  /** The version's name; "development" where the classes don't come from an archive. */
  public static String name() {
    try (InputStream in = ProgramVersion.class.getResourceAsStream(PROPERTIES)) {
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
}
