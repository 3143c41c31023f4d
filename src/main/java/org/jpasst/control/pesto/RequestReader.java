package org.jpasst.control.pesto;

import java.nio.ByteBuffer;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jpasst.config.ConfigurationException;
import org.jpasst.config.ForwardRule;
import org.jpasst.config.ForwardRules;

/**
 * Reads a request as it comes, in pieces of any size, and checks each rule before the next: a
 * request holds never more than the rules that passed, {@link ForwardRules#MAX_RULES} at most. Good
 * for one request.
 */
final class RequestReader {
  /** pesto's longest request is 14 286 bytes; one that names tables again and again gets longer. */
  static final int MAX_SIZE = 1 << 16;

  private enum Field {
    /** Interface number, or the end. */
    INTERFACE(1),
    /** Number of rules. */
    COUNT(4),
    /** A rule. */
    RULE(WireRule.SIZE);

    private final int size;

    Field(int size) {
      this.size = size;
    }
  }

  private final RuleChecks checks;
  private final ForwardRules rules;
  private final ByteBuffer field = ByteBuffer.allocate(WireRule.SIZE);
  private Field expected = Field.INTERFACE;
  private int rulesLeft;
  private int size;
  private boolean complete;

  /** For tables that can do these. */
  RequestReader(Set<Capability> capabilities) {
    checks = new RuleChecks(capabilities);
    rules = ForwardRules.ofBothFamilies();
    field.limit(expected.size);
  }

  /** Whether nothing has come yet. */
  boolean isUntouched() {
    return size == 0;
  }

  /**
   * Takes what has come. Bytes behind the end of the request are left alone.
   *
   * @return the rules, once the request is complete
   * @throws RefusedRequestException if it can't be met; nothing more is read then
   */
  Optional<List<ForwardRule>> read(ByteBuffer bytes) throws RefusedRequestException {
    while (bytes.hasRemaining() && !complete) {
      if (++size > MAX_SIZE) {
        throw new RefusedRequestException("longer than " + MAX_SIZE + " bytes");
      }
      field.put(bytes.get());
      if (!field.hasRemaining()) {
        field.flip();
        take();
        field.clear().limit(expected.size);
      }
    }
    return complete ? Optional.of(rules.rules()) : Optional.empty();
  }

  private void take() throws RefusedRequestException {
    switch (expected) {
      case INTERFACE -> takeInterface(Byte.toUnsignedInt(field.get()));
      case COUNT -> takeCount(Integer.toUnsignedLong(field.getInt()));
      case RULE -> takeRule(checks.check(WireRule.read(field)));
    }
  }

  private void takeInterface(int number) throws RefusedRequestException {
    if (number == Table.END) {
      complete = true;
    } else if (number == Table.HOST) {
      expected = Field.COUNT;
    } else {
      throw new RefusedRequestException("there is no table for interface " + number);
    }
  }

  private void takeCount(long count) throws RefusedRequestException {
    if (count > ForwardRules.MAX_RULES) {
      throw new RefusedRequestException(
          count + " rules in a table, at most " + ForwardRules.MAX_RULES + " are possible");
    }
    rulesLeft = (int) count;
    expected = rulesLeft == 0 ? Field.INTERFACE : Field.RULE;
  }

  private void takeRule(ForwardRule rule) throws RefusedRequestException {
    try {
      rules.add(rule);
    } catch (ConfigurationException e) {
      throw new RefusedRequestException(e.getMessage());
    }
    rulesLeft--;
    expected = rulesLeft == 0 ? Field.INTERFACE : Field.RULE;
  }
}
