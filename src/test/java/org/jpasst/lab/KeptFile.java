package org.jpasst.lab;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Map;

/** A file as it was at a moment, to be compared with what it is later. */
public record KeptFile(Path path, String content, Map<String, Object> attributes) {
  private static final String ATTRIBUTES = "unix:ino,mode,uid,gid,size,lastModifiedTime";

  /** Makes a file that everybody may read, with a content of its own. */
  public static KeptFile make(Path path) {
    try {
      Files.writeString(path, ("what " + path.getFileName() + " had before\n").repeat(50));
      Files.setPosixFilePermissions(path, PosixFilePermissions.fromString("rw-r--r--"));
      return of(path);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** A file as it is now. */
  public static KeptFile of(Path path) {
    try {
      byte[] bytes = Files.readAllBytes(path);
      return new KeptFile(
          path,
          new String(bytes, StandardCharsets.ISO_8859_1),
          Files.readAttributes(path, ATTRIBUTES));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Fails if the file isn't the same any more: inode, owner, permissions, content. */
  public void assertUnchanged() {
    assertThat(of(path)).isEqualTo(this);
  }
}
