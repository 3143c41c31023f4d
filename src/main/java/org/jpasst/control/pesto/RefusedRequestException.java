package org.jpasst.control.pesto;

/** A request that can't be met whatever else comes; the message tells why. */
final class RefusedRequestException extends Exception {
  private static final long serialVersionUID = 1L;

  RefusedRequestException(String message) {
    super(message);
  }
}
