package org.jpasst.linux;

import com.google.common.io.ByteStreams;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Reads files of {@code /proc/sys} and the like whole, by large reads. The kernel gives a sysctl's
 * value to the first read and nothing to later ones (proc_dointvec), and {@link Files#readString}
 * begins with a read of one byte where a file's size is told as zero: "32768 60999" becomes "3".
 */
public final class SmallFile {
  private static final int CAPACITY = 1 << 16;

  private SmallFile() {}

  /**
   * The file's text, up to 64 KiB of it.
   *
   * @throws IOException if it can't be read
   */
  public static String read(Path file) throws IOException {
    byte[] content = new byte[CAPACITY];
    int length;
    try (InputStream in = Files.newInputStream(file)) {
      length = ByteStreams.read(in, content, 0, CAPACITY);
    }
    return new String(content, 0, length, StandardCharsets.UTF_8);
  }
}
