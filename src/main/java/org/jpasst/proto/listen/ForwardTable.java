package org.jpasst.proto.listen;

import java.util.List;
import java.util.Optional;
import org.jpasst.config.ForwardRule;
import org.jpasst.linux.Errno;

/**
 * The forwarding rules in force, and the listening sockets that stand for them. A table is replaced
 * as a whole or not at all.
 *
 * <p>Ports that the old and the new table have in common, by protocol, address and interface, keep
 * their sockets and what waits there, even if they are forwarded elsewhere from now on. Connections
 * and flows know nothing of the table.
 */
public final class ForwardTable {
  private final ListeningSockets sockets;
  private final RuleListeners listeners;
  private List<RulePorts> current = List.of();

  /**
   * An empty table.
   *
   * @param sockets opens the sockets
   * @param tcp takes over those of TCP's rules
   * @param udp takes over those of UDP's rules
   */
  public ForwardTable(ListeningSockets sockets, PortListeners tcp, PortListeners udp) {
    this.sockets = sockets;
    listeners = new RuleListeners(sockets, tcp, udp);
  }

  /** The rules in force, in order. */
  public List<ForwardRule> rules() {
    return current.stream().map(RulePorts::rule).toList();
  }

  /** The same, and how many ports of each are listened at. */
  public List<ForwardStatus> status() {
    return current.stream().map(each -> new ForwardStatus(each.rule(), each.open())).toList();
  }

  /**
   * Puts other rules in place of those in force.
   *
   * @param rules may stand together, see {@link org.jpasst.config.ForwardRules}
   * @return a rule that can't be listened for, if there is one; then the old rules are still in
   *     force
   */
  public Optional<ForwardFailure> replace(List<ForwardRule> rules) {
    Optional<ForwardFailure> missing =
        current.isEmpty() ? missingDescriptors(rules) : Optional.empty();
    if (missing.isPresent()) {
      return missing;
    }
    List<RulePorts> next = rules.stream().map(RulePorts::new).toList();
    Optional<ForwardFailure> failure = new TableSwitch(listeners, current, next).make();
    if (failure.isEmpty()) {
      current = next;
    }
    return failure;
  }

  /** Thousands of ports aren't opened only to find out that there are thousands too many. */
  private Optional<ForwardFailure> missingDescriptors(List<ForwardRule> rules) {
    int needed = rules.stream().mapToInt(ForwardRule::size).sum();
    int left = sockets.left();
    if (needed <= left) {
      return Optional.empty();
    }
    String text =
        String.format(
            "forwarding %d ports needs as many file descriptors, but of the %d allowed only %d"
                + " are left for it; raise the limit (ulimit -n, LimitNOFILE=) or forward fewer"
                + " ports",
            needed, sockets.limit(), left);
    return Optional.of(new ForwardFailure(rules.getLast(), Errno.EMFILE, text));
  }
}
