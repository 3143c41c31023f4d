package org.jpasst.demo;

import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * bin/passt-demo: starts a back-end, plays a small guest over its socket, reports what happened.
 * With {@code --qemu} as first option QEMU starts the back-end, and a real guest does much the
 * same.
 */
public final class Demo {
  private static final String QEMU = "--qemu";

  private Demo() {}

  /**
   * Runs the demonstration; ends with status 0 if everything worked.
   *
   * @param arguments the distribution's directory, then options for the back-end
   */
  public static void main(String[] arguments) throws InterruptedException {
    Path home = Path.of(arguments[0]);
    List<String> options = List.of(arguments).subList(1, arguments.length);
    boolean worked =
        !options.isEmpty() && options.getFirst().equals(QEMU)
            ? boot(home, options.subList(1, options.size()))
            : play(home, options);
    System.exit(worked ? 0 : 1);
  }

  private static boolean play(Path home, List<String> options) throws InterruptedException {
    var report = new Report(System.out);
    var all = new ArrayList<>(List.of("--quiet"));
    all.addAll(options);
    try (var backEnd = BackEndProcess.start(home, Map.of(), Redirect.INHERIT, all);
        GuestPort port = backEnd.connect()) {
      report.done(
          "start",
          "passt (pid %d) listens on %s after %d ms"
              .formatted(backEnd.pid(), backEnd.socket(), backEnd.age().toMillis()));
      var play = new Play(new Guest(port), report);
      boolean ipv4 = play.ipv4();
      return play.ipv6() && ipv4;
    } catch (IOException e) {
      return report.failed("demo", e.getMessage());
    }
  }

  private static boolean boot(Path home, List<String> options) throws InterruptedException {
    try (PageServer server = PageServer.start("127.0.0.1")) {
      var command = new ArrayList<>(List.of(home.resolve("lib/qemu-demo.sh").toString()));
      command.addAll(List.of(home.toString(), Integer.toString(server.port())));
      command.addAll(options);
      return new ProcessBuilder(command).inheritIO().start().waitFor() == 0;
    } catch (IOException e) {
      return new Report(System.out).failed("demo", e.getMessage());
    }
  }
}
