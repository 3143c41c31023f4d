package org.jpasst.fuzz;

import java.io.IOException;
import java.util.SplittableRandom;

/**
 * A part of the program under attack. It lives through many sessions, as the process does through
 * many guests: what one leaves behind is the next one's. All of it belongs to one thread.
 *
 * <p>What must hold is checked by whoever sees it, here: whatever {@link #apply} and {@link #end}
 * throw is a finding. The same inputs do the same, whatever inputs are left out.
 */
interface Target extends AutoCloseable {
  /** Begins a session: whoever attacks is there. */
  void begin() throws IOException;

  /**
   * Thinks of an input that makes sense in the present state, or nearly so.
   *
   * @param random the only thing besides the state that this depends on
   */
  Input next(SplittableRandom random);

  /**
   * Does what an input says.
   *
   * @throws IOException or an error if it has done harm
   */
  void apply(Input input) throws IOException;

  /**
   * Ends the session as a good one would go on: what must be delivered is, the next one is served,
   * and nothing is left over.
   *
   * @throws IOException or an error if that isn't so
   */
  void end() throws IOException;

  @Override
  void close() throws IOException;
}
