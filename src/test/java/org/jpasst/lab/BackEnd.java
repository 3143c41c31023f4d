package org.jpasst.lab;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * The program under test, running in the foreground in a lab's host namespace and listening on a
 * socket. It is the launcher that the build made, target/jpasst/bin/passt, unless the system
 * property {@code jpasst.passt} names another; {@code lab:passt} means the real passt of the lab's
 * tree, which shows whether a test is right.
 */
public final class BackEnd implements AutoCloseable {
  private static final String CTL = "target/jpasst/bin/passtctl";
  private static final Duration CONTROL = Duration.ofSeconds(40);
  private static final Duration START = Duration.ofSeconds(20);

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
    Path socket = lab.directory().resolve("passt.socket");
    var all = new ArrayList<>(List.of("--foreground", "--socket", socket.toString()));
    all.addAll(options);
    BackEnd backEnd = new BackEnd(launch(lab, program, all), socket);
    lab.host().awaitUnixListener(socket, START);
    awaitEntrances(lab.host(), options);
    return backEnd;
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

  /** What the launcher needs in its environment: the JDK that runs this test. */
  public static Map<String, String> environment() {
    return Map.of("JPASST_JAVA_HOME", System.getProperty("java.home"));
  }

  /** Starts the real passt-repair for it, and waits until that is connected. */
  public LabProcess startHelper(Lab lab) {
    List<String> command = List.of("passt-repair", socket + ".repair");
    LabProcess helper =
        lab.host().start(BackEndProgram.real().inside(command, lab.resolvConf()), environment());
    Await.until(
        "the repair helper's connection",
        START,
        () -> lab.host().procNet("unix").stream().filter(l -> l.endsWith(".repair")).count() > 1);
    return helper;
  }

  /**
   * Where {@link #control} reaches a back-end of this lab that is started with this option, which
   * moves connections by itself.
   */
  public static List<String> controlOption(Lab lab) {
    return List.of("--migrate-direct", "--control", controlSocket(lab).toString());
  }

  /** Runs passtctl with the socket of {@link #controlOption}; it must succeed. */
  public static String control(Lab lab, String... words) {
    var command = new ArrayList<>(List.of(LabDirectory.checkout().resolve(CTL).toString()));
    command.addAll(List.of("-s", controlSocket(lab).toString()));
    command.addAll(List.of(words));
    try (LabProcess ctl = LabProcess.start(command, environment())) {
      int status = ctl.awaitExit(CONTROL);
      if (status != 0) {
        throw ctl.failure("exit status " + status);
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
      String value = options.get(i + 1);
      if (options.get(i).equals("--tcp-ports") && value.matches("[0-9]+")) {
        host.awaitTcpListener(Integer.parseInt(value), START);
      } else if (List.of("--control", "--conf-path").contains(options.get(i))) {
        host.awaitUnixListener(Path.of(value), START);
      } else if (options.get(i).equals("--udp-ports") && value.matches("[0-9]+")) {
        host.awaitUdpPort(Integer.parseInt(value), START);
      }
    }
  }
}
