package org.jpasst.app;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import jnr.unixsocket.UnixDatagramChannel;
import jnr.unixsocket.UnixSocketAddress;
import org.jpasst.lab.Await;
import org.jpasst.lab.BackEnd;
import org.jpasst.lab.Lab;
import org.jpasst.lab.LabDirectory;
import org.jpasst.lab.LabProcess;
import org.jpasst.lab.LabTest;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** How the program begins, what it writes meanwhile, and what it leaves when it ends. */
@LabTest
final class ProcessLifeIT {
  private static final Duration SOON = Duration.ofSeconds(30);
  private static final Pattern OTHERS = Pattern.compile("(\\d+) times more since the last message");
  private static final int DROPS = 100_000;
  private static final int FRAME = 60;

  private Lab lab;
  private Path socket;
  private Path pid;

  @BeforeEach
  void open() {
    lab = Lab.open();
    socket = lab.directory().resolve("socket");
    pid = lab.directory().resolve("pid");
  }

  @AfterEach
  void close() {
    lab.close();
  }

  @ParameterizedTest
  @ValueSource(strings = {"TERM", "INT", "QUIT"})
  void aSignalEndsItWithStatusZeroAndItsFilesAreRemoved(String signal) throws IOException {
    List<Path> files =
        List.of(
            socket,
            pid,
            lab.directory().resolve("socket.repair"),
            lab.directory().resolve("control"),
            lab.directory().resolve("conf"));
    try (LabProcess backEnd =
        foreground(
            "--vhost-user",
            "-P",
            pid + "",
            "--control",
            files.get(3) + "",
            "-c",
            files.get(4) + "")) {
      awaitPid();
      assertThat(files).allSatisfy(each -> assertThat(each).exists());
      assertThat(Files.readString(pid)).isEqualTo(backEnd.pid() + "\n");
      assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(pid)))
          .isEqualTo("rw-------");

      backEnd.signal(signal);

      assertThat(backEnd.awaitExit(SOON)).as(backEnd.output()).isZero();
      assertThat(backEnd.output()).isEmpty();
      assertThat(files).allSatisfy(each -> assertThat(each).doesNotExist());
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"INT", "QUIT"})
  void aSignalEndsItInTheBackgroundToo(String signal) throws IOException {
    try (LabProcess launcher = start("-P", pid + "", "-s", socket + "")) {
      assertThat(launcher.awaitExit(SOON)).as(launcher.output()).isZero();
    }
    LabProcess.run(List.of("kill", "-s", signal, Files.readString(pid).strip()), SOON);

    Await.until("the files are gone", SOON, () -> !Files.exists(pid) && !Files.exists(socket));
  }

  @Test
  void whatHasTakenThePlaceOfItsFilesStays() throws IOException {
    try (LabProcess backEnd = foreground("-P", pid + "")) {
      awaitPid();
      for (Path each : List.of(socket, pid)) {
        Files.delete(each);
        Files.writeString(each, "somebody else's");
      }

      backEnd.signal("TERM");

      assertThat(backEnd.awaitExit(SOON)).as(backEnd.output()).isZero();
      assertThat(socket).hasContent("somebody else's");
      assertThat(pid).hasContent("somebody else's");
    }
  }

  @Test
  void aPidFileThatIsGoneAlreadyIsNoError() throws IOException {
    try (LabProcess backEnd = foreground("-P", pid + "")) {
      awaitPid();
      Files.delete(pid);

      backEnd.signal("TERM");

      assertThat(backEnd.awaitExit(SOON)).isZero();
      assertThat(backEnd.output()).isEmpty();
    }
  }

  @Test
  void aFileOrALiveSocketAtThePathStaysAndTheStartFailsInOneLine() throws IOException {
    Files.writeString(socket, "a file");
    assertRefused(socket);
    assertThat(socket).hasContent("a file");
    Files.delete(socket);

    try (LabProcess first = foreground("-P", pid + "")) {
      awaitPid();
      assertRefused(socket);
      connect().close();
      assertThat(first.alive()).isTrue();
    }
  }

  @Test
  void theLogFileKeepsItsSizeAndItsLatestLines() throws IOException {
    Path file = lab.directory().resolve("log");
    try (LabProcess backEnd =
        start("-f", "-s", socket + "", "-P", pid + "", "-l", file + "", "--log-size", "40960")) {
      awaitPid();
      for (int i = 0; i < 800; i++) {
        guest().close();
      }
      backEnd.signal("TERM");
      assertThat(backEnd.awaitExit(SOON)).as(backEnd.output()).isZero();

      assertThat(Files.size(file)).isBetween(20_000L, 40_960L);
      List<String> lines = Files.readAllLines(file);
      assertThat(lines.getFirst())
          .matches("passt .+: .+ \\(" + backEnd.pid() + "\\) - log truncated at .+");
      assertThat(lines.subList(1, lines.size()))
          .allMatch(
              each -> each.matches("\\d+\\.\\d{4}: (ERROR:  |WARNING:|info:   |        ) .*"));
      assertThat(lines).anyMatch(each -> each.contains("guest connected"));
    }
  }

  @Test
  void aHundredThousandDropsAreAFewLinesAndTheLastOneTellsHowMany() throws IOException {
    try (LabProcess backEnd = start("-f", "-s", socket + "", "-P", pid + "")) {
      awaitPid();
      int before = backEnd.lineCount();
      try (SocketChannel guest = guest()) {
        ByteBuffer frames = damaged(1000);
        for (int i = 0; i < DROPS / 1000; i++) {
          frames.rewind();
          while (frames.hasRemaining()) {
            guest.write(frames);
          }
        }
      }
      // It has read all that came before this connection's end when the next guest is accepted.
      guest().close();
      backEnd.signal("TERM");
      assertThat(backEnd.awaitExit(SOON)).isZero();

      List<String> said = backEnd.output().lines().skip(before).toList();
      List<String> drops = said.stream().filter(each -> each.contains("wrong checksum")).toList();
      assertThat(drops).hasSizeBetween(2, 10);
      assertThat(drops.getLast()).contains("times more since the last message");
      assertThat(drops.stream().mapToInt(ProcessLifeIT::count).sum()).isEqualTo(DROPS);
    }
  }

  @Test
  void statisticsAreToldBehindEvents() throws IOException {
    try (LabProcess backEnd = start("-fq", "--stats", "1", "-s", socket + "", "-P", pid + "")) {
      awaitPid();
      try (SocketChannel _ = guest()) {
        backEnd.awaitLine("^ {9}guest's connection$", SOON);
        backEnd.awaitLine("^[ |]+listening TCP socket$", SOON);
        // The guest's connection is the first column, its listening socket the fourth.
        backEnd.awaitLine("^ +\\d+ +0 +0 +1 ", SOON);
      }
    }
  }

  @Test
  void inTheBackgroundMessagesGoToTheSystemLogger() throws IOException {
    Path devices = Files.createDirectory(lab.directory().resolve("dev"));
    try (UnixDatagramChannel logger = UnixDatagramChannel.open()) {
      logger.bind(new UnixSocketAddress(devices.resolve("log").toString()));
      Files.setPosixFilePermissions(
          devices.resolve("log"), PosixFilePermissions.fromString("rwxrwxrwx"));
      String withDevices =
          "for d in null zero random urandom; do : >$0/$d; mount --bind /dev/$d $0/$d; done;"
              + " mount --rbind $0 /dev; exec \"$@\"";
      var command =
          new ArrayList<>(
              List.of("unshare", "--mount", "sh", "-c", withDevices, devices.toString()));
      command.addAll(command("-P", pid + "", "-s", socket + ""));
      try (LabProcess launcher = lab.host().start(command, BackEnd.environment())) {
        assertThat(launcher.awaitExit(SOON)).as(launcher.output()).isZero();
      }
      connect().close();

      ByteBuffer message = ByteBuffer.allocate(2000);
      logger.receive(message);
      assertThat(new String(message.array(), 0, message.position()))
          .startsWith("<30>passt: guest connected");
    }
    LabProcess.run(List.of("kill", Files.readString(pid).strip()), SOON);
    Await.until("its end", SOON, () -> !Files.exists(pid));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "bug | internal error, please report: java.lang.IllegalStateException: a bug at ",
        "memory | out of memory (Java heap space): giving up; start it again",
        "stack | internal error, please report: java.lang.StackOverflowError at "
      })
  void aBugIsOneLineForTheUserAndItsStackIsInTheDebugLog(String bug, String line)
      throws IOException {
    Path services = lab.directory().resolve("META-INF/services");
    Files.createDirectories(services);
    Files.writeString(
        services.resolve("org.jpasst.guest.GuestLinkProvider"), FailingProvider.class.getName());
    Map<String, String> environment = new HashMap<>(BackEnd.environment());
    environment.put(
        "JPASST_CLASSPATH",
        lab.directory() + ":" + LabDirectory.checkout().resolve("target/test-classes"));
    List<String> options = List.of("--backend", "failing=" + bug, "-P", pid + "");

    try (LabProcess backEnd =
        lab.host().start(command(options.toArray(String[]::new)), environment)) {
      assertThat(backEnd.awaitExit(SOON)).isEqualTo(1);
      assertThat(backEnd.output().lines()).singleElement().asString().startsWith(line);
    }
    var debug = new ArrayList<>(options);
    debug.add("--debug");
    try (LabProcess backEnd =
        lab.host().start(command(debug.toArray(String[]::new)), environment)) {
      assertThat(backEnd.awaitExit(SOON)).isEqualTo(1);
      assertThat(backEnd.output()).contains("    at org.jpasst.");
    }
    assertThat(pid).doesNotExist();
  }

  @Test
  void whatOtherJavaProgramsAreToldDoesNotShow() {
    Map<String, String> environment = new HashMap<>(BackEnd.environment());
    environment.put("JAVA_TOOL_OPTIONS", "-XX:+UseG1GC");
    environment.put("JDK_JAVA_OPTIONS", "-Dx=y");
    try (LabProcess version = lab.host().start(command("--version"), environment)) {
      assertThat(version.awaitExit(SOON)).isZero();
      assertThat(version.output()).startsWith("passt ");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"--ipv4-only", "--vhost-user"})
  void whoComesAndGoesIsALineEach(String option) throws IOException {
    try (LabProcess backEnd = start("-f", "-s", socket.toString(), option)) {
      backEnd.awaitLine("You can now start QEMU", SOON);
      for (int i = 0; i < 2; i++) {
        int before = backEnd.lineCount();
        connect().close();
        backEnd.awaitLine(
            before, "^guest disconnected, process \\d+, which has sent nothing$", SOON);
      }
      assertThat(backEnd.output().lines().filter(line -> line.startsWith("guest ")))
          .hasSize(4)
          .filteredOn(line -> line.matches("guest connected, process \\d+"))
          .hasSize(2);
    }
  }

  private void assertRefused(Path path) {
    try (LabProcess second = start("-fq", "-s", path + "")) {
      assertThat(second.awaitExit(SOON)).isEqualTo(1);
      assertThat(second.output().lines())
          .singleElement()
          .asString()
          .startsWith("passt: cannot listen on " + path + ": ");
    }
  }

  private LabProcess foreground(String... options) {
    var all = new ArrayList<>(List.of("-fq", "-s", socket.toString()));
    all.addAll(List.of(options));
    return start(all.toArray(String[]::new));
  }

  private LabProcess start(String... options) {
    return lab.host().start(command(options), BackEnd.environment());
  }

  private List<String> command(String... options) {
    // A shell that puts this test into the background has it ignore SIGINT.
    var command = new ArrayList<>(List.of("env", "--default-signal=INT,QUIT", BackEnd.program()));
    command.addAll(List.of("--dns", "none", "--runas", "nobody"));
    command.addAll(List.of(options));
    return command;
  }

  private void awaitPid() {
    Await.until("the pid file", SOON, () -> Files.exists(pid) && pid.toFile().length() > 0);
  }

  private SocketChannel connect() throws IOException {
    SocketChannel guest = SocketChannel.open(StandardProtocolFamily.UNIX);
    guest.connect(UnixDomainSocketAddress.of(socket));
    return guest;
  }

  /** A guest's connection; one that comes before the end of the last is seen is closed at once. */
  private SocketChannel guest() {
    return Await.value(
        "a guest's connection",
        SOON,
        () -> {
          try {
            SocketChannel guest = connect();
            if (guest.read(ByteBuffer.allocate(4)) > 0) {
              return Optional.of(guest);
            }
            guest.close();
            return Optional.empty();
          } catch (IOException e) {
            throw new UncheckedIOException(e);
          }
        });
  }

  /** How many a line stands for: itself and others, or only others that were left out. */
  private static int count(String line) {
    Matcher others = OTHERS.matcher(line);
    int left = others.find() ? Integer.parseInt(others.group(1)) : 0;
    return line.contains(": " + left + " times more") ? left : 1 + left;
  }

  /** Damaged datagrams, each with its length in front as on the stream socket. */
  private static ByteBuffer damaged(int count) {
    ByteBuffer frames = ByteBuffer.allocate(count * (4 + FRAME));
    for (int i = 0; i < count; i++) {
      ByteBuffer frame = ByteBuffer.allocate(FRAME);
      frame.putShort((short) 0x9a55).putInt(0x9a559a55).putShort((short) 0x0200).putInt(1);
      frame.putShort((short) 0x0800);
      frame.putInt(0x4500_002e).putInt(i << 16).putInt(0x4011_0000);
      frame.putInt(0xc0000201).putInt(0xc0000203);
      frame.putInt(0x0007_0007).putInt(26 << 16 | 1);
      frame.putShort(24, (short) checksum(frame));
      frames.putInt(FRAME).put(frame.clear());
    }
    return frames.flip();
  }

  /** RFC 1071, of the IPv4 header. */
  private static int checksum(ByteBuffer frame) {
    int sum = 0;
    for (int at = 14; at < 34; at += 2) {
      sum += frame.getShort(at) & 0xffff;
    }
    return ~(sum + (sum >>> 16)) & 0xffff;
  }
}
