package org.jpasst.proto.listen;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Optional;

/**
 * The way from one table to another, and back where the other can't be had. In this order:
 *
 * <ol>
 *   <li>Sockets that both have are kept.
 *   <li>New ones are opened where no old one is in their way.
 *   <li>Old ones that are in the way of new ones are closed (such as that of {@code 0.0.0.0} for
 *       one of 127.0.0.1 with the same port: the kernel doesn't have both), and the new ones
 *       opened.
 *   <li>The other old ones are closed.
 * </ol>
 *
 * <p>A failure before the last step takes back the earlier ones. Only sockets that were closed in
 * the third have then lost what waited in them.
 */
final class TableSwitch {
  /**
   * A rule of the old table.
   *
   * @param kept its ports, by index, that the new table has too
   * @param inTheWay its ports that must be closed before a new one can be opened
   */
  private record Leaving(RulePorts ports, BitSet kept, BitSet inTheWay) {}

  /**
   * A rule of the new table.
   *
   * @param kept its ports, by index, that the old table had too
   * @param blocked its ports that an old one is in the way of
   */
  private record Coming(RulePorts ports, BitSet kept, BitSet blocked) {}

  private final RuleListeners listeners;
  private final List<Leaving> old = new ArrayList<>();
  private final List<Coming> next = new ArrayList<>();

  TableSwitch(RuleListeners listeners, List<RulePorts> from, List<RulePorts> to) {
    this.listeners = listeners;
    from.forEach(each -> old.add(new Leaving(each, new BitSet(), new BitSet())));
    to.forEach(each -> next.add(new Coming(each, new BitSet(), new BitSet())));
  }

  /** Goes there; what failed if that can't be, and all is as it was. */
  Optional<ForwardFailure> make() {
    forEachPair(TableSwitch::keep);
    forEachPair(TableSwitch::findWhatIsInTheWay);
    Optional<ForwardFailure> failure = open(false);
    if (failure.isEmpty()) {
      old.forEach(each -> each.inTheWay.stream().forEach(i -> close(each.ports, i)));
      failure = open(true);
    }
    if (failure.isPresent()) {
      return Optional.of(failure.get().and(goBack()));
    }
    finish();
    return failure;
  }

  private interface Comparison {
    void compare(Leaving leaving, Coming coming);
  }

  private void forEachPair(Comparison comparison) {
    for (Leaving leaving : old) {
      for (Coming coming : next) {
        comparison.compare(leaving, coming);
      }
    }
  }

  private static void keep(Leaving leaving, Coming coming) {
    RulePorts from = leaving.ports;
    RulePorts to = coming.ports;
    if (!from.listensAsDoes(to)) {
      return;
    }
    for (int port = from.firstShared(to); port <= from.lastShared(to); port++) {
      int index = from.indexOf(port);
      if (from.isOpen(index)) {
        to.set(to.indexOf(port), from.result(index));
        leaving.kept.set(index);
        coming.kept.set(to.indexOf(port));
      }
    }
  }

  private static void findWhatIsInTheWay(Leaving leaving, Coming coming) {
    RulePorts from = leaving.ports;
    RulePorts to = coming.ports;
    if (from.listensAsDoes(to) || !from.rule().conflictsWith(to.rule())) {
      return;
    }
    for (int port = from.firstShared(to); port <= from.lastShared(to); port++) {
      int index = from.indexOf(port);
      if (from.isOpen(index) && !leaving.kept.get(index) && to.isUntried(to.indexOf(port))) {
        leaving.inTheWay.set(index);
        coming.blocked.set(to.indexOf(port));
      }
    }
  }

  /** Opens the blocked ports, or all others, up to the end of the first rule that can't be had. */
  private Optional<ForwardFailure> open(boolean blocked) {
    for (Coming coming : next) {
      RulePorts ports = coming.ports;
      for (int i = 0; i < ports.size(); i++) {
        if (ports.isUntried(i) && coming.blocked.get(i) == blocked) {
          ports.set(i, listeners.open(ports.rule(), ports.port(i)));
        }
      }
      // A best-effort rule may get its first port once others are out of the way.
      boolean undecided = !blocked && ports.rule().bestEffort() && !coming.blocked.isEmpty();
      if (!undecided && !ports.isSatisfied()) {
        return Optional.of(ForwardFailure.of(ports));
      }
    }
    return Optional.empty();
  }

  private void close(RulePorts ports, int index) {
    listeners.close(ports.rule(), ports.result(index));
    ports.set(index, RulePorts.UNTRIED);
  }

  /** Takes back what was done; what can't be taken back is told. */
  private String goBack() {
    for (Coming coming : next) {
      for (int i = 0; i < coming.ports.size(); i++) {
        if (coming.ports.isOpen(i) && !coming.kept.get(i)) {
          close(coming.ports, i);
        }
      }
    }
    StringBuilder lost = new StringBuilder();
    for (Leaving leaving : old) {
      RulePorts ports = leaving.ports;
      leaving.inTheWay.stream()
          .filter(ports::isUntried)
          .forEach(i -> ports.set(i, listeners.open(ports.rule(), ports.port(i))));
      if (leaving.inTheWay.stream().anyMatch(ports::isFailed)) {
        lost.append("; of the old rules, ").append(ListenFailure.describe(ports));
      }
    }
    return lost.toString();
  }

  private void finish() {
    for (Leaving leaving : old) {
      for (int i = 0; i < leaving.ports.size(); i++) {
        if (leaving.ports.isOpen(i) && !leaving.kept.get(i)) {
          close(leaving.ports, i);
        }
      }
    }
    for (Coming coming : next) {
      coming.kept.stream()
          .forEach(i -> listeners.update(coming.ports.rule(), coming.ports.result(i)));
    }
  }
}
