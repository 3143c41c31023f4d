package org.jpasst.control.file;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jpasst.control.file.OperatorFile.Use;
import org.jpasst.linux.DescriptorChannel;
import org.jpasst.linux.FileDescriptors;
import org.jpasst.linux.FileFlag;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What becomes of a file that an operator names, whether its command succeeds or fails. */
final class OperatorFileTest {
  private static final String OLD = "what was there before, and is rather long\n";
  private static final String NEW = "new\n";

  @TempDir Path directory;

  private Path file;

  @BeforeEach
  void begin() throws IOException {
    file = directory.resolve("file");
    Files.writeString(file, OLD);
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-r--r--"));
  }

  /** Writes to a file as the two commands that write do; answers what came of it. */
  private static void write(Path path, Use use, boolean succeeds) throws IOException {
    try (OperatorFile opened = OperatorFile.open(path, use, FileFlag.O_NONBLOCK);
        var channel = new DescriptorChannel(opened.take(), 0)) {
      if (use == Use.OVERWRITE) {
        if (!succeeds) {
          return; // it is written to only when the command has succeeded
        }
        channel.cutOff();
      }
      channel.write(ByteBuffer.wrap(NEW.getBytes(StandardCharsets.US_ASCII)));
      if (succeeds) {
        opened.commit();
      }
    }
  }

  private static Map<String, Object> attributes(Path path) throws IOException {
    return Files.readAttributes(path, "unix:ino,mode,uid,gid,size,lastModifiedTime");
  }

  private List<Path> listing() throws IOException {
    try (Stream<Path> all = Files.list(directory)) {
      return all.sorted().toList();
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"OVERWRITE", "REPLACE"})
  void aFailureLeavesTheFileAsItWas(Use use) throws IOException {
    Map<String, Object> before = attributes(file);
    write(file, use, false);
    assertThat(attributes(file)).isEqualTo(before);
    assertThat(file).hasContent(OLD);
    assertThat(listing()).containsExactly(file);
  }

  @ParameterizedTest
  @EnumSource(names = {"OVERWRITE", "REPLACE"})
  void aFailureLeavesNothingWhereNothingWas(Use use) throws IOException {
    write(directory.resolve("other"), use, false);
    assertThat(listing()).containsExactly(file);
  }

  @ParameterizedTest
  @EnumSource(names = {"OVERWRITE", "REPLACE"})
  void whatIsNewIsItsOwnersAlone(Use use) throws IOException {
    Path other = directory.resolve("other");
    write(other, use, true);
    assertThat(other).hasContent(NEW);
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(other)))
        .isEqualTo("rw-------");
    assertThat(listing()).containsExactly(file, other);
  }

  @Test
  void whatIsOverwrittenKeepsItsPlaceAndItsPermissions() throws IOException {
    Object inode = Files.getAttribute(file, "unix:ino");
    write(file, Use.OVERWRITE, true);
    assertThat(file).hasContent(NEW);
    assertThat(Files.getAttribute(file, "unix:ino")).isEqualTo(inode);
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
        .isEqualTo("rw-r--r--");
  }

  @Test
  void whatReplacesAFileThatOthersCouldReadIsNotShownToThem() throws IOException {
    try (FileChannel reader = FileChannel.open(file, StandardOpenOption.READ)) {
      write(file, Use.REPLACE, true);
      ByteBuffer seen = ByteBuffer.allocate(100);
      reader.read(seen, 0);
      assertThat(new String(seen.array(), 0, seen.position(), StandardCharsets.US_ASCII))
          .as("what somebody sees who had it open")
          .isEqualTo(OLD);
    }
    assertThat(file).hasContent(NEW);
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
        .isEqualTo("rw-------");
    assertThat(listing()).containsExactly(file);
  }

  @ParameterizedTest
  @EnumSource(names = {"OVERWRITE", "REPLACE"})
  void linksStayLinks(Use use) throws IOException {
    Path elsewhere = Files.createDirectory(directory.resolve("d"));
    Path first = Files.createSymbolicLink(directory.resolve("first"), Path.of("d/second"));
    Path second = Files.createSymbolicLink(elsewhere.resolve("second"), Path.of("../file"));
    write(first, use, false);
    assertThat(file).hasContent(OLD);
    write(first, use, true);
    assertThat(file).hasContent(NEW);
    assertThat(Files.readSymbolicLink(first)).isEqualTo(Path.of("d/second"));
    assertThat(Files.readSymbolicLink(second)).isEqualTo(Path.of("../file"));
  }

  @ParameterizedTest
  @EnumSource(names = {"OVERWRITE", "REPLACE"})
  void aLinkToWhatIsNotThereYetIsFollowed(Use use) throws IOException {
    Path link = Files.createSymbolicLink(directory.resolve("link"), Path.of("other"));
    write(link, use, true);
    assertThat(link).isSymbolicLink();
    assertThat(directory.resolve("other")).hasContent(NEW);
  }

  @Test
  void linksThatLeadInACircleAreAnError() throws IOException {
    Path link = Files.createSymbolicLink(directory.resolve("link"), Path.of("link"));
    assertThatThrownBy(() -> OperatorFile.open(link, Use.REPLACE, 0))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("ELOOP");
  }

  @ParameterizedTest
  @EnumSource(names = {"OVERWRITE", "REPLACE"})
  void whatCanNotBeWrittenIsAnErrorAtOnce(Use use) {
    assertThatThrownBy(() -> OperatorFile.open(directory, use, 0)).hasMessageContaining("EISDIR");
    assertThatThrownBy(() -> OperatorFile.open(directory.resolve("no/file"), use, 0))
        .hasMessage("cannot open " + directory.resolve("no/file") + noSuch());
    assertThatThrownBy(() -> OperatorFile.open(file.resolve("below"), use, 0))
        .hasMessageContaining("ENOTDIR");
  }

  private static String noSuch() {
    return ": ENOENT: no such file or directory";
  }

  @ParameterizedTest
  @EnumSource(names = {"OVERWRITE", "REPLACE"})
  void aPipeIsWrittenToAndStays(Use use) throws Exception {
    Path pipe = directory.resolve("pipe");
    assertThat(new ProcessBuilder("mkfifo", pipe.toString()).start().waitFor()).isZero();
    assertThatThrownBy(() -> write(pipe, use, true)).as("nobody reads").hasMessageContaining("ENX");
    int reader = FileDescriptors.open(pipe.toString(), FileFlag.O_RDWR, 0);
    try (var channel = new DescriptorChannel(reader, 0)) {
      write(pipe, use, true);
      ByteBuffer got = ByteBuffer.allocate(100);
      channel.read(got);
      assertThat(got.position()).isEqualTo(NEW.length());
    }
    assertThat(Files.isRegularFile(pipe)).isFalse();
    assertThat(listing()).containsExactly(file, pipe);
  }

  @Test
  void whatIsNamedByADescriptorIsWrittenIntoAndNotRenamedTo() throws IOException {
    Object inode = Files.getAttribute(file, "unix:ino");
    int fd = FileDescriptors.open(file.toString(), FileFlag.O_RDWR, 0);
    try (var open = new DescriptorChannel(fd, 0)) {
      Path name = Path.of("/dev/fd/" + fd);
      write(name, Use.REPLACE, false);
      assertThat(file).hasContent(OLD);
      write(name, Use.REPLACE, true);
      assertThat(file).hasContent(NEW);
      assertThat(Files.getAttribute(file, "unix:ino")).isEqualTo(inode);
      assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
          .isEqualTo("rw-------");
      assertThat(open.isOpen()).isTrue();
    }
    assertThat(listing()).containsExactly(file);
  }
}
