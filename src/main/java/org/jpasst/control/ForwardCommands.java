package org.jpasst.control;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jpasst.config.ConfigurationException;
import org.jpasst.config.ForwardRule;
import org.jpasst.config.ForwardRule.Protocol;
import org.jpasst.config.ForwardRules;
import org.jpasst.linux.Errno;
import org.jpasst.linux.ErrnoException;
import org.jpasst.log.Log;
import org.jpasst.migrate.Migration;
import org.jpasst.proto.listen.ForwardFailure;
import org.jpasst.proto.listen.ForwardStatus;
import org.jpasst.proto.listen.ForwardTable;

/** {@code forward}: all of a request's rules come into force, or none, and each has its result. */
final class ForwardCommands {
  private static final String RESULTS = "results";

  private final ForwardTable table;
  private final RuleReader reader;
  private final Migration migration;
  private final boolean bridged;
  private final Log log;

  ForwardCommands(Controlled run) {
    table = run.forwards();
    reader = new RuleReader(run.configuration(), run.ephemeral());
    migration = run.parts().migration();
    bridged = run.configuration().link().uplink().isPresent();
    log = run.log();
  }

  Message list(Request request) {
    JsonArray rules = new JsonArray();
    for (ForwardStatus each : table.status()) {
      JsonObject text = describe(each.rule());
      text.addProperty("ports", each.rule().size());
      text.addProperty("open", each.open());
      rules.add(text);
    }
    return Message.ok().with(Request.RULES, rules);
  }

  Message add(Request request) throws IOException {
    return change(table.rules(), reader.read(request), List.of());
  }

  Message delete(Request request) throws IOException {
    List<ForwardRule> left = new ArrayList<>(table.rules());
    List<ForwardRule> asked = reader.read(request);
    if (!left.containsAll(asked)) {
      List<RuleResult> results =
          asked.stream()
              .map(
                  each ->
                      left.contains(each) ? RuleResult.unchanged(each) : RuleResult.notFound(each))
              .toList();
      String why = "not all of these rules are in force, see forward list";
      return refusal(why, Errno.ENOENT, results);
    }
    left.removeAll(asked);
    return change(left, List.of(), asked.stream().map(RuleResult::deleted).toList());
  }

  Message replace(Request request) throws IOException {
    return replace(reader.read(request));
  }

  Message clear(Request request) throws IOException {
    return replace(List.of());
  }

  private Message replace(List<ForwardRule> rules) throws IOException {
    List<RuleResult> deleted =
        table.rules().stream()
            .filter(each -> !rules.contains(each))
            .map(RuleResult::deleted)
            .toList();
    return change(List.of(), rules, deleted);
  }

  /**
   * Puts rules in force.
   *
   * @param staying those of them that are in force and aren't spoken of
   * @param asked the others, of which some may be in force or the same
   * @param deleted what became of rules that are in neither
   */
  private Message change(
      List<ForwardRule> staying, List<ForwardRule> asked, List<RuleResult> deleted)
      throws IOException {
    if (bridged) {
      throw new ErrnoException(
          Errno.EOPNOTSUPP, "the guest is bridged (--uplink): nothing is forwarded");
    }
    if (migration.isSaved()) {
      throw new ErrnoException(Errno.EBUSY, "the guest's state is saved: resume the guest first");
    }
    List<ForwardRule> before = table.rules();
    ForwardRules next = ForwardRules.ofBothFamilies();
    staying.forEach(next::add);
    List<RuleResult> results = new ArrayList<>();
    for (ForwardRule each : asked) {
      if (!next.rules().contains(each)) {
        Optional<Message> refusal = addTo(next, each, asked, deleted);
        if (refusal.isPresent()) {
          return refusal.get();
        }
      }
      results.add(before.contains(each) ? RuleResult.kept(each) : RuleResult.added(each));
    }
    Optional<ForwardFailure> failure = table.replace(next.rules());
    if (failure.isPresent()) {
      ForwardFailure why = failure.get();
      RuleResult failed = RuleResult.failed(why.rule(), why.errno());
      return refusal(why.text(), why.errno(), instead(failed, asked, deleted));
    }
    results.addAll(deleted);
    tell(results);
    return Message.ok().with(RESULTS, RuleResult.describe(results));
  }

  private static Optional<Message> addTo(
      ForwardRules next, ForwardRule rule, List<ForwardRule> asked, List<RuleResult> deleted) {
    boolean conflict = next.rules().stream().anyMatch(rule::conflictsWith);
    try {
      next.add(rule);
      return Optional.empty();
    } catch (ConfigurationException e) {
      int errno = conflict ? Errno.EADDRINUSE : Errno.E2BIG;
      RuleResult failed = RuleResult.failed(rule, errno);
      return Optional.of(refusal(e.getMessage(), errno, instead(failed, asked, deleted)));
    }
  }

  /** Nothing has changed, because of one rule. */
  private static List<RuleResult> instead(
      RuleResult failed, List<ForwardRule> asked, List<RuleResult> deleted) {
    List<RuleResult> results = new ArrayList<>();
    for (ForwardRule each : asked) {
      results.add(each.equals(failed.rule()) ? failed : RuleResult.unchanged(each));
    }
    if (!asked.contains(failed.rule())) {
      results.add(failed);
    }
    deleted.forEach(each -> results.add(RuleResult.unchanged(each.rule())));
    return results;
  }

  private static Message refusal(String text, int errno, List<RuleResult> results) {
    boolean named = text.contains(Errno.name(errno));
    return Message.error(named ? text : text + ": " + Errno.name(errno), errno)
        .with(RESULTS, RuleResult.describe(results));
  }

  private void tell(List<RuleResult> results) {
    log.info("an operator has changed the forwarding rules:");
    results.forEach(each -> log.info("    " + each));
  }

  /** A rule for programs and people. */
  static JsonObject describe(ForwardRule rule) {
    JsonObject text = new JsonObject();
    text.addProperty(RuleReader.PROTOCOL, rule.protocol() == Protocol.TCP ? "tcp" : "udp");
    text.addProperty(RuleReader.SPEC, rule.spec());
    text.addProperty("rule", rule.toString());
    return text;
  }
}
