package org.jpasst.linux;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class SharedMappingTest {
  private static final int SIZE = 10_000;

  @TempDir Path directory;

  private final FileDescriptors descriptors = new FileDescriptors();
  private Path path;
  private int fd;

  @BeforeEach
  void open() throws IOException {
    path = directory.resolve("memory");
    try (var file = new RandomAccessFile(path.toFile(), "rw")) {
      file.setLength(SIZE);
    }
    fd = descriptors.open(path.toString(), FileFlag.O_RDWR, 0);
  }

  @AfterEach
  void close() {
    descriptors.close(fd);
  }

  @Test
  void whatIsWrittenIsInTheFile() throws IOException {
    try (var mapping = SharedMapping.of(fd, SIZE)) {
      assertThat(mapping.memory().byteSize()).isEqualTo(SIZE);
      mapping.memory().set(JAVA_BYTE, SIZE - 1, (byte) 7);
    }
    assertThat(Files.readAllBytes(path)[SIZE - 1]).isEqualTo((byte) 7);
  }

  @Test
  void moreThanTheFileHasIsRefused() {
    assertThatIOException()
        .isThrownBy(() -> SharedMapping.of(fd, SIZE + 1))
        .withMessageContaining("only 10000 bytes");
  }

  @Test
  void whatIsNoFileIsRefused() {
    assertThatIOException().isThrownBy(() -> SharedMapping.of(-1, 1));
  }

  @Test
  void nothingIsTouchedOnceItIsClosed() throws IOException {
    var mapping = SharedMapping.of(fd, SIZE);
    MemorySegment part = mapping.memory().asSlice(4096, 100);
    mapping.close();
    mapping.close();
    assertThatIllegalStateException().isThrownBy(() -> part.get(JAVA_BYTE, 0));
  }
}
