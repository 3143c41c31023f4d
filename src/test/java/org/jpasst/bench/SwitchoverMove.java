package org.jpasst.bench;

import java.util.List;
import org.jpasst.lab.Answer;

/**
 * What a move did to a flow.
 *
 * @param lost how many datagrams were passed over in a row, at the most: a guest that is too slow
 *     for what is sent loses some at any time, but not so many at once
 * @param again how many came more than once
 * @param behind how many came behind one with a higher number
 * @param gap the longest time between two arrivals, in milliseconds
 */
record SwitchoverMove(long lost, long again, long behind, double gap) {
  private static final double NANOS_PER_MILLISECOND = 1e6;

  /**
   * Looks at the time around a move. What came before its longest gap isn't the move's.
   *
   * @param answers in order
   * @param from when it began, as System.nanoTime() has it
   * @param to when all was as before
   */
  static SwitchoverMove of(List<Answer> answers, long from, long to) {
    List<Answer> during =
        answers.stream().filter(each -> each.nanos() >= from && each.nanos() <= to).toList();
    if (during.size() < 2) {
      throw new IllegalArgumentException("nothing came between " + from + " and " + to);
    }
    Answer before = during.getFirst();
    long longest = 0;
    for (int i = 1; i < during.size(); i++) {
      long gap = during.get(i).nanos() - during.get(i - 1).nanos();
      if (gap > longest) {
        longest = gap;
        before = during.get(i - 1);
      }
    }
    Answer after = during.getLast();
    return new SwitchoverMove(
        during.stream().mapToLong(Answer::jump).max().orElse(0),
        after.again() - before.again(),
        after.behind() - before.behind(),
        longest / NANOS_PER_MILLISECOND);
  }
}
