package org.jpasst.app;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.jpasst.lab.Await;
import org.jpasst.lab.BackEnd;
import org.jpasst.lab.KeptFile;
import org.jpasst.lab.Lab;
import org.jpasst.lab.LabProcess;
import org.jpasst.lab.LabTest;
import org.jpasst.lab.TcpPair;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A start that fails leaves the files that its options name as they were. */
@LabTest
final class FailingStartIT {
  private static final Duration SOON = Duration.ofSeconds(30);
  private static final int PORT = 5001;

  /** Options whose files a run writes. */
  private static final List<String> WRITING = List.of("log-file", "pcap", "pid");

  /** Those whose files it reads, or listens at, where nothing but a socket is replaced. */
  private static final List<String> OTHERS =
      List.of(
          "conf-path",
          "control",
          "late-frames-from",
          "late-frames-to",
          "migrate-from",
          "migrate-to",
          "qmp",
          "repair-path",
          "restore",
          "socket-path");

  private Lab lab;
  private Path socket;
  private List<KeptFile> files;

  @BeforeEach
  void open() {
    lab = Lab.open();
    socket = lab.directory().resolve("socket");
    files = WRITING.stream().map(each -> KeptFile.make(lab.directory().resolve(each))).toList();
  }

  @AfterEach
  void close() {
    lab.close();
  }

  @Test
  void everyOptionThatNamesAFileIsOneOfThose() {
    String usage = lab.host().run(program(), "--help");
    var named = new TreeSet<>(WRITING);
    named.addAll(OTHERS);
    assertThat(
            Pattern.compile("--([a-z-]+)=(PATH|FILE)\\b")
                .matcher(usage)
                .results()
                .map((MatchResult each) -> each.group(1)))
        .containsExactlyInAnyOrderElementsOf(named);
  }

  private static String program() {
    return BackEnd.program();
  }

  /** Why a start fails, the earliest first. */
  enum Failure {
    BAD_OPTION("--mtu", "many"),
    FILE_THAT_CAN_NOT_BE_OPENED("--pid", "/nowhere/at/all"),
    NO_SUCH_INTERFACE("--interface", "nonesuch"),
    NO_SOCKET("--fd", "7"),
    NO_STATE("--restore", "/nowhere/at/all"),
    SOCKET_TAKEN(),
    PORT_TAKEN("--tcp-ports", "" + PORT),
    BROKEN_STATE("--restore", "/etc/passwd");

    private final List<String> options;

    Failure(String... options) {
      this.options = List.of(options);
    }
  }

  @ParameterizedTest
  @EnumSource
  void filesAreAsTheyWereWhereAStartFails(Failure failure) throws IOException {
    for (String foreground : List.of("--foreground", "")) {
      try (ServerSocketChannel taken = TcpPair.listen(lab.host(), "0.0.0.0", PORT);
          LabProcess other = other(failure)) {
        assertThat(taken.isOpen() && other.alive()).isTrue();
        try (LabProcess failing = start(foreground, failure.options)) {
          assertThat(failing.awaitExit(SOON)).as(failing.output()).isEqualTo(1);
          assertThat(failing.output()).as("%s %s", failure, foreground).contains("passt: ");
        }
        files.forEach(KeptFile::assertUnchanged);
      }
    }
  }

  /** Another run, at the same socket where that makes it fail. */
  private LabProcess other(Failure failure) {
    Path own = failure == Failure.SOCKET_TAKEN ? socket : lab.directory().resolve("another");
    LabProcess other = BackEnd.launch(lab, List.of("--foreground", "--socket", own.toString()));
    lab.host().awaitUnixListener(own, SOON);
    return other;
  }

  private LabProcess start(String foreground, List<String> more) {
    List<String> options = new ArrayList<>(List.of("--socket", socket.toString()));
    files.forEach(
        each -> options.addAll(List.of("--" + each.path().getFileName(), "" + each.path())));
    options.addAll(more);
    if (!foreground.isEmpty()) {
      options.add(foreground);
    }
    // For --fd 7: a file, which can't be waited for.
    List<String> command = new ArrayList<>(List.of("sh", "-c", "exec \"$@\" 7</etc/passwd", "sh"));
    command.add(program());
    command.addAll(options);
    return lab.host().start(command, BackEnd.environment());
  }

  @ParameterizedTest
  @ValueSource(strings = {"--foreground", ""})
  void filesAreOverwrittenInPlaceWhereAStartSucceeds(String foreground) throws Exception {
    try (LabProcess started = start(foreground, List.of())) {
      lab.host().awaitUnixListener(socket, SOON);
      Path pid = path("pid");
      if (foreground.isEmpty()) {
        assertThat(started.awaitExit(SOON)).as(started.output()).isZero();
      } else {
        Await.until("the pid", SOON, () -> isNumber(pid));
      }
      assertThat(Files.readString(path("log-file"))).startsWith("passt ").doesNotContain("before");
      assertThat(path("pcap")).hasSize(24);
      for (KeptFile each : files) {
        Object inode = Files.getAttribute(each.path(), "unix:ino");
        assertThat(inode).isEqualTo(each.attributes().get("ino"));
      }
      lab.host().run("kill", Files.readString(pid).strip());
      Await.until("its end", SOON, () -> !Files.exists(pid));
    }
  }

  private static boolean isNumber(Path file) {
    try {
      return Files.readString(file).matches("\\d+\n");
    } catch (IOException e) {
      return false;
    }
  }

  private Path path(String name) {
    return lab.directory().resolve(name);
  }

  @Test
  void aPidFileThatIsALinkOrADeviceIsLeftAtTheEnd() throws Exception {
    Path link = Files.createSymbolicLink(lab.directory().resolve("link"), Path.of("pid"));
    Path device = lab.directory().resolve("null");
    lab.host().run("mknod", "-m", "666", device.toString(), "c", "1", "3");
    for (Path each : List.of(link, device)) {
      String name = each.toString();
      try (LabProcess started = start("--foreground", List.of("--pid", name, "--sandbox", "off"))) {
        lab.host().awaitUnixListener(socket, SOON);
        started.awaitLine("You can start|listening|UNIX", SOON);
        started.signal("TERM");
        assertThat(started.awaitExit(SOON)).as(started.output()).isZero();
      }
    }
    assertThat(link).isSymbolicLink();
    assertThat(Files.exists(device) && !Files.isRegularFile(device)).isTrue();
  }
}
