package org.jpasst.app;

import static java.nio.file.StandardCopyOption.REPLACE_EXISTING;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class FileWatchTest {
  @TempDir private Path root;
  private Path file;
  private Path elsewhere;

  @BeforeEach
  void makeDirectories() throws IOException {
    file = Files.createDirectory(root.resolve("etc")).resolve("resolv.conf");
    elsewhere = Files.createDirectory(root.resolve("run")).resolve("stub-resolv.conf");
  }

  private static void replace(Path file, String text) throws IOException {
    Path other = Files.writeString(file.resolveSibling("new"), text);
    Files.move(other, file, REPLACE_EXISTING);
  }

  @Test
  void aFileThatAppearsIsNoticedAndFollowed() throws IOException {
    try (var watch = new FileWatch(file)) {
      assertThat(watch.read()).isFalse();
      Files.writeString(file, "a");
      assertThat(watch.read()).isTrue();
      assertThat(watch.read()).isFalse();
      Files.writeString(file, "b");
      assertThat(watch.read()).isTrue();
      Files.delete(file);
      assertThat(watch.read()).isTrue();
    }
  }

  @Test
  void aFileThatIsReplacedIsNoticedEachTime() throws IOException {
    Files.writeString(file, "a");
    try (var watch = new FileWatch(file)) {
      for (int i = 0; i < 3; i++) {
        replace(file, "b" + i);
        assertThat(watch.read()).isTrue();
      }
      assertThat(watch.read()).isFalse();
    }
  }

  @Test
  void theFileBehindALinkIsFollowed() throws IOException {
    Files.writeString(elsewhere, "a");
    Files.createSymbolicLink(file, Path.of("../run/stub-resolv.conf"));
    try (var watch = new FileWatch(file)) {
      replace(elsewhere, "b");
      assertThat(watch.read()).as("replaced").isTrue();
      replace(elsewhere, "c");
      assertThat(watch.read()).as("replaced again").isTrue();
      Path third = Files.createDirectory(root.resolve("other")).resolve("resolv.conf");
      Files.writeString(third, "d");
      Files.delete(file);
      Files.createSymbolicLink(file, third);
      assertThat(watch.read()).as("linked elsewhere").isTrue();
      replace(third, "e");
      assertThat(watch.read()).as("replaced there").isTrue();
    }
  }

  @Test
  void aLinkIntoADirectoryThatIsNotThereYetIsHarmless() throws IOException {
    Files.createSymbolicLink(file, root.resolve("later/resolv.conf"));
    try (var watch = new FileWatch(file)) {
      assertThat(watch.read()).isFalse();
    }
  }
}
