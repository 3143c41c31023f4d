package org.jpasst.control.pesto;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Set;
import org.jpasst.config.ForwardRule;

/**
 * What a client is told as soon as it is there.
 *
 * @param capabilities what rules of the table may ask for
 * @param rules the table in force, at most {@link org.jpasst.config.ForwardRules#MAX_RULES}
 */
record Greeting(Set<Capability> capabilities, List<ForwardRule> rules) {
  private static final long MAGIC = 0x6261_7369_6c3a_7300L; // "basil:s" and a NUL
  private static final int VERSION = 2;
  private static final int HELLO_SIZE = 20;
  private static final int TABLE_HEAD_SIZE = 1 + Table.NAME_SIZE + 8;

  Greeting {
    capabilities = Set.copyOf(capabilities);
    rules = List.copyOf(rules);
  }

  /** As it is sent. */
  byte[] bytes() {
    int size = HELLO_SIZE + TABLE_HEAD_SIZE + rules.size() * WireRule.SIZE + 1;
    ByteBuffer bytes = ByteBuffer.allocate(size);
    bytes.putLong(MAGIC).putInt(VERSION);
    bytes.putInt(Table.NAME_SIZE).putInt(WireRule.INTERFACE_NAME_SIZE);
    byte[] name = Table.HOST_NAME.getBytes(StandardCharsets.US_ASCII);
    bytes.put((byte) Table.HOST).put(name).put(new byte[Table.NAME_SIZE - name.length]);
    bytes.putInt(Capability.bits(capabilities)).putInt(rules.size());
    rules.forEach(rule -> WireRule.of(rule).write(bytes));
    bytes.put((byte) Table.END);
    return bytes.array();
  }
}
