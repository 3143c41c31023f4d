package org.jpasst.lab;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/**
 * Where things are: the checkout, its lab scripts, and the directory outside the checkout that
 * keeps what the lab builds once and reuses ({@code JPASST_LAB}, else /var/tmp/jpasst-lab).
 */
public final class LabDirectory {
  private LabDirectory() {}

  /** The lab's own directory, made if it isn't there. */
  public static Path path() {
    Path path =
        Path.of(Optional.ofNullable(System.getenv("JPASST_LAB")).orElse("/var/tmp/jpasst-lab"));
    try {
      return Files.createDirectories(path);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot make the lab's directory " + path, e);
    }
  }

  /** The checkout's top directory, absolute. */
  public static Path checkout() {
    return Path.of(System.getProperty("basedir", "")).toAbsolutePath();
  }

  /** A script or source of src/test/lab. */
  public static Path script(String name) {
    return checkout().resolve("src/test/lab").resolve(name);
  }
}
