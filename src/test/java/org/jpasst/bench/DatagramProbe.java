package org.jpasst.bench;

import java.util.List;
import org.jpasst.lab.Answer;
import org.jpasst.lab.AnsweredDatagrams;

/** Numbered datagrams at a rate. */
record DatagramProbe(AnsweredDatagrams datagrams) implements Probe {
  @Override
  public long sent() {
    return datagrams.sent();
  }

  @Override
  public void awaitArrival() {
    datagrams.awaitArrival();
  }

  @Override
  public List<Answer> stop() {
    datagrams.stop();
    return datagrams.answers();
  }

  @Override
  public void close() {
    datagrams.close();
  }
}
