package org.jpasst.control;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import java.util.List;
import java.util.OptionalInt;
import org.jpasst.config.ForwardRule;
import org.jpasst.linux.Errno;

/**
 * What became of a rule.
 *
 * @param result for programs and people
 * @param errno why, where it failed
 */
record RuleResult(ForwardRule rule, String result, OptionalInt errno) {
  static RuleResult added(ForwardRule rule) {
    return new RuleResult(rule, "added", OptionalInt.empty());
  }

  /** Was in force before. */
  static RuleResult kept(ForwardRule rule) {
    return new RuleResult(rule, "kept", OptionalInt.empty());
  }

  static RuleResult deleted(ForwardRule rule) {
    return new RuleResult(rule, "deleted", OptionalInt.empty());
  }

  static RuleResult notFound(ForwardRule rule) {
    return new RuleResult(rule, "not found", OptionalInt.empty());
  }

  /** Is as it was, since another one failed. */
  static RuleResult unchanged(ForwardRule rule) {
    return new RuleResult(rule, "unchanged", OptionalInt.empty());
  }

  static RuleResult failed(ForwardRule rule, int errno) {
    return new RuleResult(rule, "failed", OptionalInt.of(errno));
  }

  static JsonArray describe(List<RuleResult> results) {
    JsonArray all = new JsonArray();
    for (RuleResult each : results) {
      JsonObject text = ForwardCommands.describe(each.rule);
      text.addProperty("result", each.result);
      each.errno.ifPresent(
          number -> {
            text.addProperty("errno", number);
            text.addProperty("error", Errno.name(number));
          });
      all.add(text);
    }
    return all;
  }

  @Override
  public String toString() {
    return rule + ": " + result;
  }
}
