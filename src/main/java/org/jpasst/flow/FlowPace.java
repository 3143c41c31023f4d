package org.jpasst.flow;

/**
 * How many flows of the guest's begin in a turn of the loop. Each takes some ten system calls and
 * 50 µs, whatever few bytes it comes by, so that a buffer full of SYNs would keep the loop for a
 * second.
 *
 * <p>After a number of them the rest of what the guest has sent waits for the next turn. If that
 * goes on turn by turn, the guest isn't busy but floods: then those beyond the number are left out,
 * so that what else it has sent (a question of ARP, say) doesn't wait behind thousands of them.
 */
public final class FlowPace {
  /** Flows that may begin in a turn. */
  static final int A_TURN = 256;

  /** Turns in a row: a guest may begin eight times as many at once without losing one. */
  static final int PATIENCE = 8;

  private int begun;
  private int crowdedTurns;

  FlowPace() {}

  /** Whether what else there is should wait for the next turn. */
  public boolean isSated() {
    return begun >= A_TURN && !isFlooded();
  }

  /** Whether the guest may begin one more now; else it is left out, as if a packet were lost. */
  public boolean admits() {
    return begun < A_TURN || !isFlooded();
  }

  private boolean isFlooded() {
    return crowdedTurns >= PATIENCE;
  }

  void began() {
    begun++;
  }

  void endTurn() {
    crowdedTurns = begun < A_TURN ? 0 : Math.min(PATIENCE, crowdedTurns + 1);
    begun = 0;
  }
}
