package org.jpasst.control.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.jpasst.linux.Credentials;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** With processes that are only files as proc(5) has them. */
final class ControlSocketsTest {
  private static final String JAVA = "/jdk/bin/java\0-cp\0/x.jar\0org.jpasst.Main\0";

  @TempDir private Path directory;
  private final int user = new Credentials().user();

  @BeforeEach
  void others() throws IOException {
    process(1, "/sbin/init\0");
    process(2, "/bin/sh\0passt\0--control\0" + directory.resolve("script") + "\0");
    process(3, "");
    Files.createDirectories(directory.resolve("self"));
    Files.createDirectories(directory.resolve("77"));
  }

  private void process(int id, String commandLine) throws IOException {
    Path process = Files.createDirectories(directory.resolve(Integer.toString(id)));
    Files.writeString(process.resolve("cmdline"), commandLine);
  }

  private Path backEnd(int id, String options) throws IOException {
    Path socket = Files.createFile(directory.resolve(id + ".socket"));
    process(id, JAVA + "--foreground\0" + options.replace("PATH", socket.toString()) + "\0-q\0");
    return socket;
  }

  private Path meant(String variable) throws IOException {
    return new ControlSockets(directory, user).meant(Optional.ofNullable(variable));
  }

  @Test
  void theVariableComesFirst() throws IOException {
    backEnd(10, "--control\0PATH");
    assertThat(meant("/named")).isEqualTo(Path.of("/named"));
  }

  @Test
  void theOnlyOneThereIsIsMeant() throws IOException {
    backEnd(9, "--socket\0PATH");
    Path socket = backEnd(10, "--control\0PATH");
    assertThat(meant(null)).isEqualTo(socket);
    assertThat(meant("")).isEqualTo(socket);
  }

  @Test
  void bothWaysToGiveAnOptionAreReadAndTheLastCounts() throws IOException {
    Path socket = backEnd(10, "--control\0/former\0--control=PATH");
    assertThat(meant(null)).isEqualTo(socket);
  }

  @Test
  void severalAreListed() throws IOException {
    Path first = backEnd(10, "--control\0PATH");
    Path second = backEnd(11, "--control\0PATH");
    assertThatThrownBy(() -> meant(null))
        .isInstanceOf(IOException.class)
        .hasMessageContaining(first + ", " + second)
        .hasMessageContaining("-s PATH");
  }

  @Test
  void aSocketThatIsGoneDoesNotCount() throws IOException {
    Files.delete(backEnd(10, "--control\0PATH"));
    assertThatThrownBy(() -> meant(null)).hasMessageContaining("no back-end with a control socket");
  }

  @Test
  void thoseOfOthersAreNamedAndNotTaken() throws IOException {
    Path socket = backEnd(10, "--control\0PATH");
    assertThatThrownBy(() -> new ControlSockets(directory, user + 1).meant(Optional.empty()))
        .hasMessageContaining("of others: " + socket);
  }
}
