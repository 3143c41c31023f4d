package org.jpasst.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.jpasst.control.Command;
import org.jpasst.control.file.OperatorFile.Use;
import org.jpasst.lab.Await;
import org.jpasst.lab.BackEnd;
import org.jpasst.lab.KeptFile;
import org.jpasst.lab.Lab;
import org.jpasst.lab.LabDirectory;
import org.jpasst.lab.LabProcess;
import org.jpasst.lab.LabTest;
import org.jpasst.lab.Operator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Files that passtctl is told to write, or the back-end by a request's path. */
@LabTest
final class OperatorFilesIT {
  private static final Duration SOON = Duration.ofSeconds(40);
  private static final String USER = "1234";

  private Lab lab;
  private Path directory;

  @BeforeEach
  void open() throws IOException {
    lab = Lab.open();
    directory = Files.createDirectory(lab.directory().resolve("files"));
  }

  @AfterEach
  void close() {
    lab.close();
  }

  /** Those that write a file. */
  private static List<Command> writing() {
    return Arrays.stream(Command.values()).filter(each -> use(each).isPresent()).toList();
  }

  private static Optional<Use> use(Command command) {
    return command.file().filter(each -> each != Use.READ);
  }

  private BackEnd start(String... more) {
    var options = new ArrayList<>(BackEnd.controlOption(lab));
    options.addAll(List.of(more));
    return BackEnd.start(lab, options.toArray(String[]::new));
  }

  private record Ended(int status, String output) {}

  /** Runs passtctl by a command that goes before it. */
  private Ended ctl(List<String> before, String... words) {
    try (LabProcess ctl = startCtl(before, words)) {
      return new Ended(ctl.awaitExit(SOON), ctl.output());
    }
  }

  private LabProcess startCtl(List<String> before, String... words) {
    var command = new ArrayList<>(before);
    command.add(LabDirectory.checkout().resolve("target/jpasst/bin/passtctl").toString());
    command.addAll(List.of("-s", BackEnd.controlOption(lab).getLast()));
    command.addAll(List.of(words));
    return LabProcess.start(command, BackEnd.environment());
  }

  private Ended ctl(Command command, Path file) {
    return ctl(command.text(), file);
  }

  private Ended ctl(String verb, Path file) {
    var words = new ArrayList<>(List.of(verb.split(" ")));
    words.add(file.toString());
    return ctl(List.of(), words.toArray(String[]::new));
  }

  private List<Path> listing() throws IOException {
    try (Stream<Path> all = Files.list(directory)) {
      return all.sorted().toList();
    }
  }

  /** Each fails when it is said a second time. */
  @ParameterizedTest
  @MethodSource("writing")
  void aCommandThatFailsLeavesItsFileAsItWas(Command command) throws IOException {
    Path first = directory.resolve("a");
    KeptFile other = KeptFile.make(directory.resolve("b"));
    try (BackEnd backEnd = start()) {
      assertThat(ctl(command, first).status()).as(backEnd.process().output()).isZero();
      KeptFile written = KeptFile.of(first);
      assertThat(written.content()).isNotEmpty();
      for (KeptFile each : List.of(other, written)) {
        assertThat(ctl(command, each.path()).status()).isEqualTo(1);
        each.assertUnchanged();
      }
      assertThat(ctl(command, directory.resolve("c")).status()).isEqualTo(1);
      assertThat(listing()).containsExactly(first, other.path());
    }
    assertThat(ctl(command, other.path()).output()).contains("cannot connect");
    other.assertUnchanged();
  }

  @ParameterizedTest
  @MethodSource("writing")
  void aRequestThatFailsLeavesTheFileAtItsPathAsItWas(Command command) throws IOException {
    Path first = directory.resolve("a");
    KeptFile other = KeptFile.make(directory.resolve("b"));
    String text = command.text();
    try (BackEnd backEnd = start("--sandbox", "off");
        Operator operator = Operator.connect(lab)) {
      assertThat(operator.askWithPath(text, first)).contains("\"ok\"");
      KeptFile written = KeptFile.of(first);
      for (KeptFile each : List.of(other, written)) {
        assertThat(operator.askWithPath(text, each.path())).contains("\"error\"");
        each.assertUnchanged();
      }
      assertThat(operator.askWithPath(text, directory.resolve("c"))).contains("\"error\"");
      assertThat(listing()).containsExactly(first, other.path());
      assertThat(backEnd.process().alive()).isTrue();
    }
  }

  @ParameterizedTest
  @MethodSource("writing")
  void aCommandThatSucceedsWritesNothingButItsOwn(Command command) throws IOException {
    KeptFile former = KeptFile.make(directory.resolve("b"));
    try (BackEnd backEnd = start()) {
      assertThat(ctl(command, former.path()).status()).as(backEnd.process().output()).isZero();
      assertThat(KeptFile.of(former.path()).content()).doesNotContain("before");
      boolean inPlace = use(command).orElseThrow() == Use.OVERWRITE;
      Object inode = Files.getAttribute(former.path(), "unix:ino");
      assertThat(inode.equals(former.attributes().get("ino"))).isEqualTo(inPlace);
      assertThat(listing()).containsExactly(former.path());
    }
  }

  @Test
  void aStateIsItsOwnersAloneWhateverItReplaces() throws IOException {
    KeptFile former = KeptFile.make(directory.resolve("state"));
    lab.host().run("chown", USER + ":" + USER, former.path().toString());
    try (BackEnd backEnd = start()) {
      assertThat(ctl("migrate save", former.path()).status())
          .as(backEnd.process().output())
          .isZero();
    }
    assertIsPrivateState(former.path());
    Object inode = Files.getAttribute(former.path(), "unix:ino");
    assertThat(inode).isNotEqualTo(former.attributes().get("ino"));
    Object owner = Files.getAttribute(former.path(), "unix:uid");
    assertThat(owner).as("whose it is").hasToString(USER);
  }

  private void assertIsPrivateState(Path state) throws IOException {
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(state)))
        .isEqualTo("rw-------");
    Ended shown = ctl(List.of(), "migrate", "show", state.toString());
    assertThat(shown.status()).as(shown.output()).isZero();
  }

  /** As where a container is given a file, without its directory or with that to be read only. */
  @ParameterizedTest
  @ValueSource(strings = {"", "mount --rbind $0 $0 && mount -o remount,bind,ro $0 && "})
  void aStateThatIsMountedByItselfIsWrittenInto(String more) throws IOException {
    KeptFile former = KeptFile.make(directory.resolve("state"));
    String script = "mount --bind $0/state $0/state && " + more + "exec \"$@\"";
    List<String> within = List.of("unshare", "--mount", "sh", "-c", script, directory.toString());
    try (BackEnd backEnd = start()) {
      Ended ended = ctl(within, "migrate", "save", former.path().toString());
      assertThat(ended.status()).as(ended.output() + backEnd.process().output()).isZero();
    }
    assertThat(Files.getAttribute(former.path(), "unix:ino"))
        .isEqualTo(former.attributes().get("ino"));
    assertIsPrivateState(former.path());
    assertThat(listing()).containsExactly(former.path());
  }

  @Test
  void aUserWritesIntoAStateWhoseDirectoryIsNotHisIfItIsHisOwn() throws IOException {
    Path home = Files.createDirectory(lab.directory().resolve("home"));
    lab.host().run("chown", USER, home.toString());
    lab.host().run("chmod", "755", directory.toString());
    List<String> user =
        List.of("setpriv", "--reuid", USER, "--regid", USER, "--clear-groups", "--inh-caps=-all");
    Path control = home.resolve("control");
    var command = new ArrayList<>(user);
    command.addAll(List.of(BackEnd.program(), "-f", "-s", home + "/s", "--control", "" + control));
    KeptFile others = KeptFile.make(directory.resolve("others"));
    Files.setPosixFilePermissions(others.path(), PosixFilePermissions.fromString("rw-rw-rw-"));
    KeptFile exposed = KeptFile.of(others.path());
    KeptFile roots = KeptFile.make(directory.resolve("roots"));
    KeptFile own = KeptFile.make(directory.resolve("own"));
    lab.host().run("chown", USER, own.path().toString());
    try (LabProcess backEnd = lab.host().start(command, BackEnd.environment())) {
      lab.host().awaitUnixListener(control, SOON);
      assertThat(save(user, control, exposed.path()).output()).contains("others could read", "EPE");
      exposed.assertUnchanged();
      assertThat(save(user, control, roots.path()).output()).contains("EACCES");
      roots.assertUnchanged();
      assertThat(save(user, control, directory.resolve("new")).output()).contains("EACCES");
      Ended saved = save(user, control, own.path());
      assertThat(saved.status()).as(saved.output() + backEnd.output()).isZero();
    }
    assertThat(Files.getAttribute(own.path(), "unix:ino")).isEqualTo(own.attributes().get("ino"));
    assertIsPrivateState(own.path());
    assertThat(listing()).hasSize(3);
  }

  private Ended save(List<String> user, Path control, Path state) {
    var command = new ArrayList<>(user);
    command.add(LabDirectory.checkout().resolve("target/jpasst/bin/passtctl").toString());
    command.addAll(List.of("-s", control.toString(), "migrate", "save", state.toString()));
    try (LabProcess ctl = LabProcess.start(command, BackEnd.environment())) {
      return new Ended(ctl.awaitExit(SOON), ctl.output());
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"KILL", "TERM"})
  void aSaveThatIsInterruptedLeavesTheStateAsItWas(String signal) throws Exception {
    KeptFile former = KeptFile.make(directory.resolve("state"));
    try (BackEnd backEnd = start()) {
      backEnd.process().signal("STOP");
      try (LabProcess saving = startCtl(List.of(), "migrate", "save", former.path().toString())) {
        Await.until("the file beside it", SOON, () -> directory.toFile().list().length == 2);
        former.assertUnchanged();
        saving.signal(signal);
        assertThat(saving.awaitExit(SOON)).isNotZero();
      } finally {
        backEnd.process().signal("CONT");
      }
      former.assertUnchanged();
      assertThat(listing()).hasSize(signal.equals("KILL") ? 2 : 1);
      // Whether it has saved or not: it goes on.
      assertThat(ctl(List.of(), "migrate", "cancel").status()).isZero();
      assertThat(ctl("migrate save", former.path()).status()).isZero();
    }
    assertIsPrivateState(former.path());
  }

  @ParameterizedTest
  @MethodSource("writing")
  void aDeviceStaysOne(Command command) throws IOException {
    Path device = directory.resolve("null");
    lab.host().run("mknod", "-m", "666", device.toString(), "c", "1", "3");
    try (BackEnd backEnd = start()) {
      assertThat(ctl(command, device).status()).as(backEnd.process().output()).isZero();
      assertThat(listing()).containsExactly(device);
      assertThat(Files.exists(device) && !Files.isRegularFile(device)).isTrue();
    }
  }

  @Test
  void aStateGoesToStandardOutputWhateverThatIs() throws IOException {
    Path state = directory.resolve("state");
    try (BackEnd backEnd = start()) {
      for (String target : List.of(">$0", "| cat >$0")) {
        KeptFile former = KeptFile.make(state);
        List<String> shell = List.of("sh", "-c", "\"$@\" " + target, state.toString());
        Ended ended = ctl(shell, "migrate", "save", "/dev/stdout");
        assertThat(ended.status()).as(ended.output() + backEnd.process().output()).isZero();
        assertThat(Files.getAttribute(state, "unix:ino")).isEqualTo(former.attributes().get("ino"));
        Ended shown = ctl(List.of(), "migrate", "show", state.toString());
        assertThat(shown.status()).as(shown.output()).isZero();
        assertThat(ctl(List.of(), "migrate", "cancel").status()).isZero();
      }
      assertThat(listing()).containsExactly(state);
    }
  }
}
