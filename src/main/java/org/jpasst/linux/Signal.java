package org.jpasst.linux;

/** Signal numbers and dispositions, asm-generic/signal.h. */
public final class Signal {
  /** Interrupt from the keyboard. */
  public static final int SIGINT = 2;

  /** Quit from the keyboard. */
  public static final int SIGQUIT = 3;

  /** Termination. */
  public static final int SIGTERM = 15;

  /** The default action. */
  public static final long SIG_DFL = 0;

  /** No action. */
  public static final long SIG_IGN = 1;

  private Signal() {}
}
