package org.jpasst.control;

import java.io.IOException;

/** Does what one command asks for. */
interface CommandHandler {
  /**
   * Does it.
   *
   * @return the answer
   * @throws IOException if it failed; then nothing has changed
   */
  Message handle(Request request) throws IOException;
}
