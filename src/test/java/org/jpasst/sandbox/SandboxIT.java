package org.jpasst.sandbox;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeFalse;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jpasst.lab.Await;
import org.jpasst.lab.BackEnd;
import org.jpasst.lab.Lab;
import org.jpasst.lab.LabDirectory;
import org.jpasst.lab.LabProcess;
import org.jpasst.lab.LabTest;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What the running program has given up, as the kernel shows it, and as it finds itself. */
@LabTest
final class SandboxIT {
  private static final Duration SOON = Duration.ofSeconds(20);
  private static final String NOBODY = "65534";
  private static final String SOMEBODY = "4242";
  private static final String NO_CAPABILITIES = "0000000000000000";
  private static final String NET_ADMIN_ONLY = "0000000000001000";

  private Lab lab;

  @BeforeEach
  void open() {
    assumeFalse(BackEnd.isReal(), "it looks at our process");
    lab = Lab.open();
  }

  @AfterEach
  void close() {
    if (lab != null) {
      lab.close();
    }
  }

  @Test
  void startedAsRootItIsNobodyWithoutCapabilitiesInAllThreads() throws Exception {
    try (LabProcess program = start(Map.of())) {
      ready(program);
      assertThat(program.output()).contains("started as root: became nobody");
      assertThat(program.output()).doesNotContain("the sandbox is without");
      for (Map<String, String> status : threads(program)) {
        assertThat(status.get("Uid").split("\\s")).containsOnly(NOBODY);
        assertThat(status.get("Gid").split("\\s")).containsOnly(NOBODY);
        assertThat(status.get("Groups")).isBlank();
        assertThat(status)
            .containsEntry("CapEff", NO_CAPABILITIES)
            .containsEntry("CapPrm", NO_CAPABILITIES)
            .containsEntry("CapInh", NO_CAPABILITIES)
            .containsEntry("NoNewPrivs", "1")
            .containsEntry("Seccomp", "2");
      }
      assertHidden(program, false);
    }
  }

  @Test
  void startedByAUserItIsInAUserNamespaceWithTheSameUser() throws Exception {
    assumeReadableByAnyone();
    try (LabProcess program = lab.host().start(asSomebody(command()), BackEnd.environment())) {
      ready(program);
      assertThat(program.output())
          .doesNotContain("the sandbox is without")
          .doesNotContain("nobody");
      assertThat(status(proc(program))).containsEntry("Seccomp", "2");
      assertThat(status(proc(program)).get("Uid").split("\\s")).containsOnly(SOMEBODY);
      assertHidden(program, true);
    }
  }

  @Test
  void withoutNamespacesItServesAllTheSameAndSaysSoInOneLine() throws Exception {
    assumeReadableByAnyone();
    List<String> command = asSomebody(command());
    // In a user namespace in which no others can be made.
    List<String> within =
        new ArrayList<>(
            List.of(
                "unshare",
                "--user",
                "--map-root-user",
                "sh",
                "-c",
                "echo 0 >/proc/sys/user/max_user_namespaces && exec \"$@\"",
                "sh"));
    within.addAll(List.of("setpriv", "--inh-caps=-all", "--bounding-set=-all", "--"));
    within.addAll(command());
    command.subList(command.indexOf("--") + 1, command.size()).clear();
    command.addAll(within);
    try (LabProcess program = lab.host().start(command, BackEnd.environment())) {
      ready(program);
      program.awaitLine("the sandbox is without", SOON);
      assertThat(program.output().lines().filter(line -> line.contains("the sandbox is without")))
          .singleElement()
          .asString()
          .contains("own namespaces");
      assertThat(status(proc(program))).containsEntry("Seccomp", "2");
    }
  }

  @Test
  void whatItDoesNotNeedFailsFromWithin() throws Exception {
    Map<String, String> results = probe("all");
    for (String thread : List.of("main", "other")) {
      for (String refused :
          List.of(
              "exec",
              "fork",
              "ptrace",
              "raw-socket",
              "packet-socket",
              "kill",
              "mount",
              "new-user-namespace",
              "become-root")) {
        assertThat(results.get(thread + " " + refused)).as(refused).startsWith("EPERM");
      }
      for (String refused : List.of("write-passwd", "create-file")) {
        assertThat(results.get(thread + " " + refused)).as(refused).startsWith("EACCES");
      }
      assertThat(results.get(thread + " read-shell")).startsWith("ENOENT");
      assertThat(results.get(thread + " udp-socket")).isEqualTo("done");
      assertThat(results.get(thread + " java-process")).isEqualTo("refused");
      assertThat(results.get(thread + " java-file")).isEqualTo("refused");
    }
  }

  @Test
  void withoutASandboxAllOfThatIsPossible() throws Exception {
    Map<String, String> results = probe("some", "--sandbox", "off");
    for (String allowed : List.of("java-process", "raw-socket", "read-shell")) {

      assertThat(results.get("main " + allowed)).as(allowed).isEqualTo("done");
    }
  }

  @Test
  void anotherUserCanBeNamed() throws Exception {
    try (LabProcess program = start(Map.of(), "--runas", SOMEBODY + ":4343")) {
      ready(program);
      assertThat(status(proc(program)).get("Uid").split("\\s")).containsOnly(SOMEBODY);
      assertThat(status(proc(program)).get("Gid").split("\\s")).containsOnly("4343");
      assertThat(program.output()).doesNotContain("nobody");
    }
  }

  @Test
  void connectionsCanBeMovedDirectlyWhereThatIsAskedForByOneThread() throws Exception {
    try (LabProcess program = start(Map.of(), "--migrate-direct")) {
      ready(program);
      Set<String> capabilities = new TreeSet<>();
      for (Map<String, String> status : threads(program)) {
        capabilities.add(status.get("CapEff"));
      }
      assertThat(capabilities).containsExactly(NO_CAPABILITIES, NET_ADMIN_ONLY);
    }
  }

  @Test
  void itsSocketGoesWhenItEnds() throws Exception {
    try (LabProcess program = start(Map.of())) {
      ready(program);
      program.signal("TERM");
      assertThat(program.awaitExit(SOON)).isZero();
      assertThat(socket()).doesNotExist();
    }
  }

  private Map<String, String> probe(String what, String... options) {
    String classes = LabDirectory.checkout().resolve("target/test-classes").toString();
    List<String> all = new ArrayList<>(List.of("--backend", "sandbox-probe=" + what));
    all.addAll(List.of(options));
    List<String> command = new ArrayList<>(List.of(BackEnd.program(), "--foreground"));
    command.addAll(all);
    Map<String, String> environment = new HashMap<>(BackEnd.environment());
    environment.put("JPASST_CLASSPATH", classes);
    try (LabProcess program = lab.host().start(command, environment)) {
      program.awaitLine("^probe main over", SOON);
      program.awaitLine("^probe other over", SOON);
      return program
          .output()
          .lines()
          .filter(line -> line.startsWith("probe "))
          .map(line -> line.split(" ", 4))
          .filter(words -> words.length == 4)
          .collect(Collectors.toMap(words -> words[1] + " " + words[2], words -> words[3]));
    }
  }

  private LabProcess start(Map<String, String> environment, String... options) {
    Map<String, String> all = new HashMap<>(BackEnd.environment());
    all.putAll(environment);
    return lab.host().start(command(options), all);
  }

  private List<String> command(String... options) {
    List<String> command = new ArrayList<>(List.of(BackEnd.program(), "--foreground"));
    command.addAll(List.of("--socket", socket().toString()));
    command.addAll(List.of(options));
    return command;
  }

  private Path socket() {
    return lab.directory().resolve("socket");
  }

  private static List<String> asSomebody(List<String> command) {
    List<String> all = new ArrayList<>(List.of("setpriv", "--reuid", SOMEBODY));
    all.addAll(List.of("--regid", SOMEBODY, "--clear-groups", "--"));
    all.addAll(command);
    return all;
  }

  /** Where root's files aren't for others to read, nobody but root can start the program. */
  private void assumeReadableByAnyone() {
    try (LabProcess look =
        lab.host().start(asSomebody(List.of("test", "-x", BackEnd.program())), Map.of())) {
      assumeTrue(look.awaitExit(SOON) == 0, "others can't read " + BackEnd.program());
    }
  }

  /** The filter is what closes the sandbox. */
  private static void ready(LabProcess program) {
    program.awaitLine("You can now start QEMU", SOON);
    Await.until("the filter", SOON, () -> "2".equals(status(proc(program)).get("Seccomp")));
  }

  private static void assertHidden(LabProcess program, boolean user) throws IOException {
    Path proc = proc(program);
    for (String each : List.of("mnt", "ipc", "uts")) {
      assertThat(namespace(proc, each)).isNotEqualTo(namespace(Path.of("/proc/self"), each));
    }
    assertThat(namespace(proc, "user").equals(namespace(Path.of("/proc/self"), "user")))
        .isEqualTo(!user);
    Path root = proc.resolve("root");
    assertThat(root.resolve("proc")).doesNotExist();
    assertThat(root.resolve("bin/sh")).doesNotExist();
    assertThat(Files.readString(proc.resolve("mountinfo")).lines())
        .allSatisfy(line -> assertThat(line).matches(".* (ro,|\\S*/tmp/jpasst-lab\\S* rw,).*"));
  }

  private static Path namespace(Path proc, String name) throws IOException {
    return Files.readSymbolicLink(proc.resolve("ns").resolve(name));
  }

  private static Path proc(LabProcess program) {
    return Path.of("/proc", Long.toString(program.pid()));
  }

  /** The status of every thread, but for those that end at this moment. */
  private static List<Map<String, String>> threads(LabProcess program) throws IOException {
    List<Map<String, String>> found = new ArrayList<>();
    try (Stream<Path> all = Files.list(proc(program).resolve("task"))) {
      for (Path thread : all.toList()) {
        try {
          found.add(read(thread));
        } catch (IOException e) {
          assertThat(thread).as("a thread that can't be read").doesNotExist();
        }
      }
    }
    assertThat(found).hasSizeGreaterThan(1);
    return found;
  }

  private static Map<String, String> status(Path process) {
    try {
      return read(process);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static Map<String, String> read(Path process) throws IOException {
    return Files.readAllLines(process.resolve("status")).stream()
        .map(line -> line.split(":", 2))
        .collect(Collectors.toMap(words -> words[0], words -> words[1].strip()));
  }
}
