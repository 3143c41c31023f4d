package org.jpasst.app;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jpasst.lab.Await;
import org.jpasst.lab.BackEnd;
import org.jpasst.lab.Lab;
import org.jpasst.lab.LabProcess;
import org.jpasst.lab.LabTest;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The back-end in the background, as QEMU and libvirt start it. */
@LabTest
final class BackgroundIT {
  private static final Duration START = Duration.ofSeconds(20);

  /**
   * Starts the command with a socket as descriptor $n, and prints the command's status and how many
   * bytes then come out of the socket's other end, before it closes that. Tells too whether the
   * back-end has loaded JNR's library.
   */
  private static final String WITH_DESCRIPTOR =
      """
      use Socket; use POSIX qw(dup2);
      $n = shift; $^F = 255;
      socketpair($ours, $theirs, AF_UNIX, SOCK_STREAM, 0) or die;
      if (!fork) {
        dup2(fileno($theirs), $n);
        for (3 .. 255) { POSIX::close($_) unless $_ == $n }
        exec @ARGV;
      }
      wait; print "status $?\\n"; close $theirs;
      print "frame of ", (sysread $ours, $length, 4) ? unpack("N", $length) : 0, "\\n";
      open $pid, "<", $ENV{PID_FILE}; chomp($pid = <$pid>);
      open $maps, "<", "/proc/$pid/maps"; print "with JNR\\n" if grep /jffi/, <$maps>;
      """;

  private Lab lab;
  private Path socket;
  private Path pidFile;

  @BeforeEach
  void open() {
    lab = Lab.open();
    socket = lab.directory().resolve("socket");
    pidFile = lab.directory().resolve("pid");
  }

  @AfterEach
  void close() {
    lab.close();
  }

  @Test
  void guestsCanConnectAndThePidIsWrittenWhenTheLauncherEnds() throws Exception {
    assertThat(end("--pid", pidFile.toString(), "--socket", socket.toString())).isZero();

    ProcessHandle backEnd = backEnd();
    try (SocketChannel guest = SocketChannel.open(StandardProtocolFamily.UNIX)) {
      guest.connect(UnixDomainSocketAddress.of(socket));
      assertThat(guest.read(ByteBuffer.allocate(4))).isEqualTo(4);
    }
    assertThat(backEnd.isAlive()).isTrue();
    backEnd.destroy();
    backEnd.onExit().get(5, TimeUnit.SECONDS);
  }

  @Test
  void nobodyWaitsForAPipeThatTheBackEndInherited() throws Exception {
    List<String> command = new ArrayList<>(List.of("bash", "-c", "exec 7>&1; \"$@\"", "bash"));
    command.addAll(command("-P", pidFile.toString(), "-s", socket.toString()));
    ProcessBuilder builder = new ProcessBuilder(lab.host().inside(command));
    builder.environment().putAll(BackEnd.environment());
    Process launcher = builder.start();

    assertThat(launcher.getInputStream().readAllBytes()).isEmpty();

    assertThat(launcher.waitFor()).isZero();
    assertThat(backEnd().isAlive()).isTrue();
  }

  @Test
  void aGuestThatLeavesEndsAOneOffBackEnd() throws Exception {
    assertThat(end("--one-off", "-P", pidFile.toString(), "-s", socket.toString())).isZero();

    ProcessHandle backEnd = backEnd();
    try (SocketChannel guest = SocketChannel.open(StandardProtocolFamily.UNIX)) {
      guest.connect(UnixDomainSocketAddress.of(socket));
      guest.write(frame());
    }
    backEnd.onExit().get(5, TimeUnit.SECONDS);
  }

  @ParameterizedTest
  @ValueSource(strings = {"--foreground", "--vhost-user"})
  void whoConnectsAndSendsNothingIsNotTheGuestOfAOneOffBackEnd(String link) throws Exception {
    ByteBuffer greeting = link.equals("--vhost-user") ? getFeatures() : frame();
    try (LabProcess backEnd = start("--foreground", "--one-off", link, "-s", socket.toString())) {
      lab.host().awaitUnixListener(socket, START);

      assertThat(end("--one-off", "-s", socket.toString())).as("a second instance").isOne();
      SocketChannel.open(UnixDomainSocketAddress.of(socket)).close();
      // Who comes before the end of the one before is seen is closed at once.
      Await.until("an answer", START, () -> isAnswered(greeting.duplicate()));

      assertThat(backEnd.awaitExit(START)).as(backEnd.output()).isZero();
    }
  }

  private boolean isAnswered(ByteBuffer greeting) {
    try (SocketChannel guest = SocketChannel.open(UnixDomainSocketAddress.of(socket))) {
      guest.write(greeting);
      return guest.read(ByteBuffer.allocate(4)) == 4;
    } catch (IOException e) {
      return false;
    }
  }

  /** A frame of the shortest length, of a type that nobody knows. */
  private static ByteBuffer frame() {
    return ByteBuffer.allocate(4 + 60).putInt(60).rewind();
  }

  /** The first message of a vhost-user front-end: request 1, version 1, nothing behind it. */
  private static ByteBuffer getFeatures() {
    ByteBuffer message = ByteBuffer.allocate(12).order(ByteOrder.LITTLE_ENDIAN);
    return message.putInt(1).putInt(1).putInt(0).flip();
  }

  @ParameterizedTest
  @ValueSource(ints = {3, 10, 255})
  void theGuestsDescriptorSurvivesTheLauncher(int descriptor) throws Exception {
    List<String> command = new ArrayList<>(List.of("perl", "-e", WITH_DESCRIPTOR));
    command.add(Integer.toString(descriptor));
    Path log = lab.directory().resolve("log");
    command.addAll(command("-P", pidFile.toString(), "--fd", Integer.toString(descriptor)));
    command.addAll(List.of("-l", log.toString()));
    command.remove("--quiet"); // it would not tell of guests
    var environment = new HashMap<>(BackEnd.environment());
    environment.put("PID_FILE", pidFile.toString());
    try (LabProcess process = lab.host().start(command, environment)) {
      assertThat(process.awaitExit(START)).as(process.output()).isZero();
      assertThat(process.output())
          .contains("status 0")
          .containsPattern("frame of [1-9]")
          .as("JNR takes as long to load as all the rest of a start")
          .doesNotContain("JNR");
    }
    Await.until("its end", START, () -> !Files.exists(pidFile));
    assertThat(Files.readAllLines(log))
        .filteredOn(line -> line.contains("guest "))
        .satisfiesExactly(
            line -> assertThat(line).contains("guest connected"),
            line -> assertThat(line).contains("guest disconnected"));
  }

  @Test
  void aPortInUseFailsInOneLineAndLeavesNothingBehind() throws Exception {
    try (LabProcess first = start("--foreground", "-t", "8080", "-s", socket.toString())) {
      lab.host().awaitTcpListener(8080, START);
      Path other = lab.directory().resolve("other");

      try (LabProcess second =
          start("-t", "8080", "-P", pidFile.toString(), "-s", other.toString())) {
        assertThat(second.awaitExit(START)).isEqualTo(1);
        assertThat(second.output().lines()).singleElement().asString().contains("8080");
      }
      assertThat(lab.host().processes()).containsExactly(first.pid());
    }
  }

  @Test
  void aSocketInUseFailsInOneLine() throws Exception {
    try (LabProcess first = start("--foreground", "-s", socket.toString())) {
      lab.host().awaitUnixListener(socket, START);
      try (LabProcess second = start("-s", socket.toString())) {
        assertThat(second.awaitExit(START)).isEqualTo(1);
        assertThat(second.output().lines()).singleElement().asString().contains(socket.toString());
      }
      assertThat(first.alive()).isTrue();
    }
  }

  private int end(String... options) {
    try (LabProcess launcher = start(options)) {
      return launcher.awaitExit(START);
    }
  }

  private LabProcess start(String... options) {
    return lab.host().start(command(options), BackEnd.environment());
  }

  private List<String> command(String... options) {
    var command = new ArrayList<>(List.of(BackEnd.program(), "--quiet", "--dns", "none"));
    command.addAll(List.of(options));
    return command;
  }

  private ProcessHandle backEnd() throws IOException {
    return ProcessHandle.of(pid()).orElseThrow();
  }

  private long pid() throws IOException {
    return Long.parseLong(Files.readString(pidFile).strip());
  }
}
