package org.jpasst.guest.vhostuser;

/** The front-end sent what can't be; the message says what, for people. */
final class BadMessageException extends Exception {
  private static final long serialVersionUID = 1;

  BadMessageException(String message) {
    super(message);
  }
}
