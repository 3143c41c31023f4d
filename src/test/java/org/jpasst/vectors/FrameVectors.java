package org.jpasst.vectors;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.jpasst.lab.LabDirectory;

/** Finds the frame vectors of this checkout. */
public final class FrameVectors {
  private static final String ENDING = ".json";

  private FrameVectors() {}

  /** Names of all recordings, sorted. */
  public static List<String> names() {
    return names("frames");
  }

  /** Names of the recordings that there is an alternative for, sorted. */
  public static List<String> deviating() {
    return names("deviations");
  }

  /** What is expected of this program: the recording, or what we want instead of it. */
  public static FrameVector load(String name) {
    return deviating().contains(name) ? read("deviations", name) : recorded(name);
  }

  /** What passt did. */
  public static FrameVector recorded(String name) {
    return read("frames", name);
  }

  /** All vectors whose name starts so, as expected of this program. */
  public static List<FrameVector> startingWith(String prefix) {
    return names().stream()
        .filter(each -> each.startsWith(prefix))
        .map(FrameVectors::load)
        .toList();
  }

  private static FrameVector read(String kind, String name) {
    return FrameVectorFile.read(directory(kind).resolve(name + ENDING));
  }

  private static List<String> names(String kind) {
    try (Stream<Path> files = Files.list(directory(kind))) {
      return files
          .map(each -> each.getFileName().toString())
          .filter(each -> each.endsWith(ENDING))
          .map(each -> each.substring(0, each.length() - ENDING.length()))
          .sorted()
          .toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static Path directory(String kind) {
    return LabDirectory.checkout().resolve("test-vectors").resolve(kind);
  }
}
