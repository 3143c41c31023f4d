package org.jpasst.demo;

import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.file.Path;
import java.util.Map;

/** bin/passt-demo: starts a back-end, plays a small guest over its socket, tells what happened. */
public final class Demo {
  private Demo() {}

  /**
   * Runs the demonstration; ends with status 0 if everything worked.
   *
   * @param arguments the distribution's directory, then options for the back-end
   */
  public static void main(String[] arguments) throws InterruptedException {
    System.exit(run(arguments) ? 0 : 1);
  }

  private static boolean run(String[] arguments) throws InterruptedException {
    Path home = Path.of(arguments[0]);
    String[] options = new String[arguments.length];
    System.arraycopy(arguments, 1, options, 1, arguments.length - 1);
    options[0] = "--quiet";
    var report = new Report(System.out);
    try (var backEnd = BackEndProcess.start(home, Map.of(), Redirect.INHERIT, options);
        GuestPort port = backEnd.connect()) {
      report.done(
          "start",
          "passt (pid %d) listens on %s after %d ms"
              .formatted(backEnd.pid(), backEnd.socket(), backEnd.age().toMillis()));
      var play = new Play(port, report);
      boolean ipv4 = play.ipv4();
      return play.ipv6() && ipv4;
    } catch (IOException e) {
      return report.failed("demo", e.getMessage());
    }
  }
}
