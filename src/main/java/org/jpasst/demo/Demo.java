package org.jpasst.demo;

import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * bin/passt-demo: starts a back-end, plays a small guest over its socket, reports what happened.
 * With {@code --qemu} as first option QEMU starts the back-end, and a real guest does much the
 * same.
 */
public final class Demo {
  private static final String HELP =
      """
      Usage: passt-demo [--qemu] [OPTION]...

      Shows this program at work, in some ten seconds: starts a back-end, plays a small guest
      over its socket, and prints what the guest does, step by step, and a verdict.

        --qemu    boot a real guest under QEMU instead, or say what is missing for that
        --help    show this text

      OPTIONs are the back-end's (passt --help), such as -4, -6, --no-dhcp or --mtu 1500. What
      they switch off is left out. No privileges are needed. Where the host does not let users
      ping, all of it happens in a network namespace. Temporary files are in TMPDIR, else /tmp.
      The exit status is 0 if everything worked that was not left out.
      """;

  /** For lib/demo-move.sh alone. */
  private static final String MOVE = "--move";

  /** What lib/demo-move.sh ends with where it can't begin. */
  private static final Map<Integer, String> OBSTACLES =
      Map.of(
          77, "needs the command ip: apt-get install iproute2",
          78, "needs network namespaces, which this host does not let us make: try as root");

  private Demo() {}

  /**
   * Runs the demonstration; ends with status 0 if everything worked.
   *
   * @param arguments the distribution's directory, then options for the back-end
   */
  public static void main(String[] arguments) throws IOException, InterruptedException {
    // Digits as everywhere else, whatever the user's language is.
    Locale.setDefault(Locale.ROOT);
    Path home = Path.of(arguments[0]);
    List<String> options = List.of(arguments).subList(1, arguments.length);
    String first = options.isEmpty() ? "" : options.getFirst();
    boolean worked =
        switch (first) {
          case "--help", "-h" -> help();
          case "--qemu" -> boot(home, options.subList(1, options.size()));
          case MOVE -> Relocation.show(home, new Report(System.out));
          default -> play(home, options);
        };
    System.exit(worked ? 0 : 1);
  }

  private static boolean help() {
    System.out.print(HELP);
    return true;
  }

  private static boolean play(Path home, List<String> options) throws InterruptedException {
    var report = new Report(System.out);
    try {
      AskedFor asked = Play.asked(options);
      play(home, options, asked, report);
      move(home, asked, report);
    } catch (IOException e) {
      report.failed("demo", e.getMessage());
    }
    report.verdict();
    System.out.printf(
        """
        Try next:
          %1$s/bin/passt-demo --qemu    boots a real guest
          qemu-system-x86_64 ... -netdev passt,id=n,path=%1$s/bin/passt,tcp-ports=2222:22 \\
            -device virtio-net-pci,netdev=n    your own guest, QEMU 10.1 or newer
          %1$s/bin/passt --help    all options; man -l %1$s/share/man/man1/passt.1
        """,
        home);
    return report.allWorked();
  }

  private static void play(Path home, List<String> options, AskedFor asked, Report report)
      throws IOException, InterruptedException {
    var all = new ArrayList<>(List.of("--quiet"));
    all.addAll(Play.options(options));
    Optional<ForwardedPort> forwarded = Optional.empty();
    if (asked.tcp() && asked.ipv4() && !asked.ownPorts()) {
      forwarded = Optional.of(ForwardedPort.choose());
      all.addAll(List.of("--tcp-ports", forwarded.get().rule()));
    }
    AskedFor everything = Play.asked(all);
    // Told by lib/demo-namespace.sh.
    String resolver = System.getenv("JPASST_DEMO_RESOLVER");
    if (resolver != null) {
      NameServer.start(resolver);
    }
    try (var backEnd = BackEndProcess.start(List.of(), home, Map.of(), Redirect.INHERIT, all);
        GuestPort port = backEnd.connect()) {
      report.done(
          "start",
          "passt (pid %d) listens on %s after %d ms"
              .formatted(backEnd.pid(), backEnd.socket(), backEnd.age().toMillis()));
      var play = new Play(new Guest(port), everything, report);
      play.ipv4();
      play.ipv6();
      play.services(forwarded);
    }
  }

  /** In a process of its own, which has a network of its own. */
  private static void move(Path home, AskedFor asked, Report report)
      throws IOException, InterruptedException {
    if (!asked.ipv4() || !asked.tcp()) {
      report.skipped("move", "left out, as the options ask");
      return;
    }
    var command = new ArrayList<>(List.of(home.resolve("lib/demo-move.sh").toString()));
    command.addAll(
        List.of(
            Path.of(System.getProperty("java.home"), "bin/java").toString(),
            "-XX:+UseSerialGC",
            "-XX:TieredStopAtLevel=1",
            "-Xlog:disable",
            "-Djava.io.tmpdir=" + System.getProperty("java.io.tmpdir"),
            "-Djpasst.demo.terminal=" + System.getProperty("jpasst.demo.terminal", ""),
            "-cp",
            System.getProperty("java.class.path"),
            Demo.class.getName(),
            home.toString(),
            MOVE));
    int status = new ProcessBuilder(command).inheritIO().start().waitFor();
    if (OBSTACLES.containsKey(status)) {
      report.skipped("move", OBSTACLES.get(status));
    } else {
      report.count(status == 0);
    }
  }

  private static boolean boot(Path home, List<String> options) throws InterruptedException {
    try (PageServer server = PageServer.start("127.0.0.1", 1 << 20, Duration.ZERO)) {
      var command = new ArrayList<>(List.of(home.resolve("lib/qemu-demo.sh").toString()));
      command.addAll(List.of(home.toString(), Integer.toString(server.port())));
      command.addAll(options);
      return new ProcessBuilder(command).inheritIO().start().waitFor() == 0;
    } catch (IOException e) {
      return new Report(System.out).failed("demo", e.getMessage());
    }
  }
}
