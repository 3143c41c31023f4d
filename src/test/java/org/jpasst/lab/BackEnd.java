package org.jpasst.lab;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;

/**
 * The program under test, running in the foreground in a lab's host namespace and listening on a
 * socket. It is the launcher that the build made, target/jpasst/bin/passt, unless the system
 * property {@code jpasst.passt} names another; {@code lab:passt} means the real passt of the lab's
 * tree, which shows whether a test is right.
 */
public final class BackEnd implements AutoCloseable {
  private static final String CTL = "target/jpasst/bin/passtctl";
  private static final Duration CONTROL = Duration.ofSeconds(40);
  static final Duration START = Duration.ofSeconds(20);

  private final LabProcess process;
  private final Path socket;

  private BackEnd(LabProcess process, Path socket) {
    this.process = process;
    this.socket = socket;
  }

  /** Starts it in the foreground and waits until it listens. */
  public static BackEnd start(Lab lab, String... options) {
    return start(lab, List.of(options));
  }

  /** Starts it so that it ends with its first client. */
  public static BackEnd startOneOff(Lab lab, List<String> options) {
    var all = new ArrayList<>(List.of("--one-off"));
    all.addAll(options);
    return start(lab, all);
  }

  private static BackEnd start(Lab lab, List<String> options) {
    return start(lab, BackEndProgram.underTest(), options);
  }

  /** Starts another program than the one under test, in the same way. */
  public static BackEnd start(Lab lab, BackEndProgram program, List<String> options) {
    return start(lab, options, all -> program.command(all, lab.resolvConf()));
  }

  /** Starts the program under test in one of the ways that connections can move with. */
  public static BackEnd start(Lab lab, Deployment deployment, List<String> options) {
    var all = new ArrayList<>(deployment.options(socket(lab)));
    all.addAll(options);
    BackEndProgram program = BackEndProgram.underTest();
    return start(
        lab,
        all,
        command ->
            program.inside(deployment.start(program.plainCommand(command)), lab.resolvConf()));
  }

  private static BackEnd start(Lab lab, List<String> options, UnaryOperator<List<String>> command) {
    Path socket = socket(lab);
    var all = new ArrayList<>(List.of("--foreground", "--socket", socket.toString()));
    all.addAll(options);
    BackEnd backEnd = new BackEnd(lab.host().start(command.apply(all), environment()), socket);
    lab.host().awaitUnixListener(socket, START);
    awaitEntrances(lab.host(), options);
    return backEnd;
  }

  private static Path socket(Lab lab) {
    return lab.directory().resolve("passt.socket");
  }

  /** Starts it with just the given options, and waits for nothing. */
  public static LabProcess launch(Lab lab, List<String> options) {
    return launch(lab, BackEndProgram.underTest(), options);
  }

  private static LabProcess launch(Lab lab, BackEndProgram program, List<String> options) {
    return lab.host().start(program.command(options, lab.resolvConf()), environment());
  }

  /** Whether the real passt runs instead of this project's program. */
  public static boolean isReal() {
    return BackEndProgram.underTest().inTree();
  }

  /** Path of the program, as valid within the lab's tree too. */
  public static String program() {
    return BackEndProgram.underTest().existing().toString();
  }

  /** What it needs in its environment: nothing, as it brings its runtime. */
  public static Map<String, String> environment() {
    return Map.of();
  }

  /** Starts the real passt-repair for it, and waits until that is connected. */
  public LabProcess startHelper(Lab lab) {
    return startHelper(lab, Deployment.NOBODY_WITH_PASSTS_HELPER).orElseThrow();
  }

  /** Starts the helper that goes with the way in which it was started, if there is one. */
  public Optional<LabProcess> startHelper(Lab lab, Deployment deployment) {
    return deployment.startHelper(lab, this);
  }

  /** Whether a helper is connected to its repair socket, as far as it has noticed. */
  boolean hasHelper(Lab lab) {
    // Both its listening socket and a connection have the path.
    String path = " " + socket + ".repair";
    return lab.host().procNet("unix").stream().filter(each -> each.endsWith(path)).count() > 1;
  }

  /**
   * Where {@link #control} reaches a back-end of this lab that is started with this option, which
   * moves connections by itself.
   */
  public static List<String> controlOption(Lab lab) {
    return List.of("--migrate-direct", "--control", controlSocket(lab).toString());
  }

  /** The same for a back-end that is started in a certain way. */
  public static List<String> controlSocketOption(Lab lab) {
    return List.of("--control", controlSocket(lab).toString());
  }

  /** Runs passtctl with the socket of {@link #controlOption}; it must succeed. */
  public static String control(Lab lab, String... words) {
    return control(lab, Deployment.DIRECT, words);
  }

  /** The same as the user that the back-end belongs to. */
  public static String control(Lab lab, Deployment deployment, String... words) {
    try (LabProcess ctl = startControl(lab, deployment, words)) {
      int status = ctl.awaitExit(CONTROL);
      if (status != 0) {
        throw ctl.failure("exit status " + status);
      }
      return ctl.output();
    }
  }

  private static LabProcess startControl(Lab lab, Deployment deployment, String... words) {
    var command = new ArrayList<>(List.of(LabDirectory.checkout().resolve(CTL).toString()));
    command.addAll(List.of("-s", controlSocket(lab).toString()));
    command.addAll(List.of(words));
    return LabProcess.start(deployment.as(command), environment());
  }

  /** Runs passtctl, which must fail with status 1, and returns what it prints. */
  public static String failingControl(Lab lab, String... words) {
    try (LabProcess ctl = startControl(lab, Deployment.DIRECT, words)) {
      if (ctl.awaitExit(CONTROL) != 1) {
        throw ctl.failure("no exit status 1");
      }
      return ctl.output();
    }
  }

  static Path controlSocket(Lab lab) {
    return lab.directory().resolve("control");
  }

  /** The running process. */
  public LabProcess process() {
    return process;
  }

  /** The UNIX socket that it listens on. */
  public Path socket() {
    return socket;
  }

  @Override
  public void close() {
    process.close();
  }

  /** The guest's socket comes first at start-up, forwarded ports and other sockets later. */
  private static void awaitEntrances(NetworkNamespace host, List<String> options) {
    for (int i = 0; i + 1 < options.size(); i++) {
      String option = options.get(i);
      String value = options.get(i + 1);
      if (option.equals("--tcp-ports")) {
        plainPorts(value).forEach(port -> host.awaitTcpListener(port, START));
      } else if (option.equals("--udp-ports")) {
        plainPorts(value).forEach(port -> host.awaitUdpPort(port, START));
      } else if (List.of("--control", "--conf-path").contains(option)) {
        host.awaitUnixListener(Path.of(value), START);
      }
    }
  }

  private static IntStream plainPorts(String spec) {
    return Arrays.stream(spec.split(","))
        .filter(each -> each.matches("[0-9]+"))
        .mapToInt(Integer::parseInt);
  }
}
