package org.jpasst;

/** The program's entry point, and the only place that ends the process. */
public final class Main {

  private Main() {}

  /**
   * Runs the back-end.
   *
   * @param arguments the command line, as in passt(1)
   */
  public static void main(String[] arguments) {
    System.exit(0);
  }
}
