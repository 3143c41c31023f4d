package org.jpasst.app;

/** The process cannot go into the background. The message is for the user. */
public final class LaunchException extends Exception {
  private static final long serialVersionUID = 1L;

  LaunchException(String message) {
    super(message);
  }
}
