package org.jpasst.demo;

import java.io.PrintStream;
import java.util.Locale;

/** Lines on what was done, one per step, and how many of each kind there were. */
final class Report {
  private final PrintStream to;
  private int done;
  private int skipped;
  private int failed;

  Report(PrintStream to) {
    this.to = to;
  }

  /** A step that worked; true. */
  boolean done(String step, String what) {
    done++;
    line("ok", step, what);
    return true;
  }

  /** A step that did not work; false. */
  boolean failed(String step, String what) {
    failed++;
    line("FAILED", step, what);
    return false;
  }

  /** A step that the host does not allow, or the user does not want; true. */
  boolean skipped(String step, String why) {
    skipped++;
    line("-", step, why);
    return true;
  }

  /** A step whose line another process has written. */
  void count(boolean worked) {
    if (worked) {
      done++;
    } else {
      failed++;
    }
  }

  boolean allWorked() {
    return failed == 0;
  }

  /** What it all comes to, in one line. */
  void verdict() {
    String count = "%d steps worked, %d left out".formatted(done, skipped);
    to.println();
    if (failed > 0) {
      to.println(count + ", " + failed + " FAILED: not all works on this host.");
    } else if (skipped > 0) {
      to.println(count + " (the lines with \"-\" say why): this host can run guests with it.");
    } else {
      to.println(count + ": this host can run guests with it.");
    }
  }

  private void line(String state, String step, String what) {
    to.printf(Locale.ROOT, "%-6s %-5s %s%n", state, step, what);
  }
}
