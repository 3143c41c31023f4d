package org.jpasst.control.pesto;

import java.util.List;
import org.jpasst.config.ForwardRule;

/** How far a client has got. */
sealed interface Progress {
  /** There is more to come. */
  record Pending() implements Progress {}

  /** It has asked for these rules, which may stand together. */
  record Asked(List<ForwardRule> rules) implements Progress {
    public Asked {
      rules = List.copyOf(rules);
    }
  }

  /**
   * What it asks for can't be. It isn't to be hung up on yet: it dies of SIGPIPE if it still
   * writes.
   *
   * @param reason for the log
   */
  record Refused(String reason) implements Progress {}

  /**
   * It has hung up, or has to be hung up on.
   *
   * @param reason for the log; empty where there is nothing to tell
   */
  record Gone(String reason) implements Progress {}
}
