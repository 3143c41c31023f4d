package org.jpasst.bench;

import java.util.List;
import org.jpasst.lab.Answer;

/** Traffic from the remote to a guest, of which it is known what arrived when. */
interface Probe extends AutoCloseable {
  /** Datagrams, bytes or requests. */
  long sent();

  /** Waits until something arrives that is sent from now on, if it can be known so early. */
  void awaitArrival();

  /**
   * Sends no more.
   *
   * @return what had arrived when, in order
   */
  List<Answer> stop();

  @Override
  void close();
}
