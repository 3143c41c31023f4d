package org.jpasst;

import org.jpasst.app.Application;
import org.jpasst.app.Launch;
import org.jpasst.app.Termination;

/** The program's entry point, and the only place that ends the process. */
public final class Main {

  private Main() {}

  /**
   * Runs the back-end.
   *
   * @param arguments the command line, as in passt(1)
   */
  public static void main(String[] arguments) {
    Launch launch = Launch.ofThisProcess();
    Termination termination = Termination.install(launch);
    int status = new Application(launch, termination).run(arguments);
    launch.ending(status);
    termination.exit(status);
  }
}
