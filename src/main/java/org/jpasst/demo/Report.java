package org.jpasst.demo;

import java.io.PrintStream;

/** Lines on what was done, one per step. */
record Report(PrintStream to) {

  /** A step that worked; true. */
  boolean done(String step, String what) {
    line("ok", step, what);
    return true;
  }

  /** A step that did not work; false. */
  boolean failed(String step, String what) {
    line("FAILED", step, what);
    return false;
  }

  /** A step that the host does not allow. */
  void skipped(String step, String what) {
    line("-", step, what);
  }

  private void line(String state, String step, String what) {
    to.printf("%-6s %-5s %s%n", state, step, what);
  }
}
