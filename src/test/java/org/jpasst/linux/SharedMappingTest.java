package org.jpasst.linux;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.VarHandle;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class SharedMappingTest {
  private static final int SIZE = 10_000;

  @TempDir Path directory;

  private Path path;
  private int fd;

  @BeforeEach
  void open() throws IOException {
    path = directory.resolve("memory");
    try (var file = new RandomAccessFile(path.toFile(), "rw")) {
      file.setLength(SIZE);
    }
    fd = FileDescriptors.open(path.toString(), FileFlag.O_RDWR, 0);
  }

  @AfterEach
  void close() {
    FileDescriptors.close(fd);
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

  @Test
  void whatIsGoneIsZerosAndToldByTheMappingThatHadIt() throws IOException {
    try (var mapping = SharedMapping.of(fd, SIZE);
        var whole = SharedMapping.of(fd, 4096)) {
      mapping.memory().set(JAVA_BYTE, 0, (byte) 7);
      mapping.memory().set(JAVA_BYTE, 5000, (byte) 7);
      long before = SharedMapping.lost();
      resize(4096);

      assertThat(mapping.isTorn()).isFalse();
      assertThat(mapping.memory().get(JAVA_BYTE, 5000)).isZero();
      assertThat(SharedMapping.lost()).isGreaterThan(before);
      assertThat(mapping.isTorn()).isTrue();
      assertThat(whole.isTorn()).isFalse();
      assertThat(mapping.memory().get(JAVA_BYTE, 0)).isEqualTo((byte) 7);
    }
  }

  @Test
  void eachKindOfAccessToWhatIsGoneIsSurvived() throws IOException {
    VarHandle shorts = JAVA_SHORT.varHandle();
    VarHandle longs = JAVA_LONG.varHandle();
    MemorySegment ours = MemorySegment.ofArray(new byte[SIZE]);
    List<Consumer<MemorySegment>> accesses =
        List.of(
            memory -> memory.get(JAVA_BYTE, 0),
            memory -> memory.set(JAVA_SHORT, 2, (short) 1),
            memory -> shorts.getVolatile(memory, 2L),
            memory -> shorts.setVolatile(memory, 2L, (short) 1),
            memory -> shorts.getAcquire(memory, 2L),
            memory -> shorts.setRelease(memory, 2L, (short) 1),
            memory -> longs.getAndBitwiseOr(memory, 8L, 5L),
            memory -> longs.compareAndSet(memory, 8L, 0L, 5L),
            memory -> memory.fill((byte) 3),
            memory -> MemorySegment.copy(memory, 0, ours, 0, SIZE),
            memory -> MemorySegment.copy(ours, 0, memory, 0, SIZE),
            memory -> ours.mismatch(memory));
    for (Consumer<MemorySegment> access : accesses) {
      resize(SIZE);
      try (var mapping = SharedMapping.of(fd, SIZE)) {
        resize(0);
        access.accept(mapping.memory());
        assertThat(mapping.isTorn()).isTrue();
      }
    }
  }

  @Test
  void systemCallsOnWhatIsGoneFailUntilItWasTouched() throws IOException {
    try (var mapping = SharedMapping.of(fd, SIZE);
        var event = new EventFd()) {
      resize(0);
      assertThat(FileDescriptors.write(event.fd(), mapping.memory(), 0, Long.BYTES))
          .isEqualTo(-Errno.EFAULT);
      assertThat(mapping.isTorn()).isFalse();
    }
  }

  @Test
  void moreMappingsThanAreWatchedOverAreRefused() throws IOException {
    var mappings = new ArrayList<SharedMapping>();
    assertThatIOException()
        .isThrownBy(
            () -> {
              while (mappings.size() <= BusErrorHandler.MAPPINGS) {
                mappings.add(SharedMapping.of(fd, SIZE));
              }
            })
        .withMessage("more than 128 shared mappings");
    mappings.forEach(SharedMapping::close);
    SharedMapping.of(fd, SIZE).close();
  }

  private void resize(long length) throws IOException {
    try (var file = new RandomAccessFile(path.toFile(), "rw")) {
      file.setLength(length);
    }
  }
}
