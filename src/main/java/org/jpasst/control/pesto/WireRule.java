package org.jpasst.control.pesto;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import org.jpasst.config.ForwardRule;
import org.jpasst.linux.IpProtocol;
import org.jpasst.net.IpAddress;

/**
 * A rule as it is sent, 56 bytes either way. Whether it makes sense is {@link RuleChecks}'
 * business.
 *
 * @param address where to listen
 * @param target the guest's address; {@code ::} for the one last seen
 * @param interfaceName listen there only; empty for all
 * @param first the first port, 0 to 65535 as the others
 * @param last the last port, included
 * @param targetFirst the guest's port for the first one
 * @param protocol the number of an IP protocol
 * @param flags see {@link RuleFlag}
 */
record WireRule(
    IpAddress address,
    IpAddress target,
    String interfaceName,
    int first,
    int last,
    int targetFirst,
    int protocol,
    int flags) {

  /** Bytes of a rule. */
  static final int SIZE = 56;

  /** IFNAMSIZ of linux/if.h: an interface's name with its NUL. */
  static final int INTERFACE_NAME_SIZE = 16;

  /** A rule in force. */
  static WireRule of(ForwardRule rule) {
    int anyFamily = rule.bind().isEmpty() ? RuleFlag.ANY_FAMILY : 0;
    int bestEffort = rule.bestEffort() ? RuleFlag.BEST_EFFORT : 0;
    return new WireRule(
        rule.bind().orElse(IpAddress.ANY6),
        rule.targetAddress().orElse(IpAddress.ANY6),
        rule.interfaceName().orElse(""),
        rule.first(),
        rule.last(),
        rule.targetFirst(),
        switch (rule.protocol()) {
          case TCP -> IpProtocol.TCP;
          case UDP -> IpProtocol.UDP;
        },
        anyFamily | bestEffort);
  }

  /**
   * Reads one.
   *
   * @param bytes at least {@link #SIZE}, big-endian
   * @throws RefusedRequestException if the interface's name is no text
   */
  static WireRule read(ByteBuffer bytes) throws RefusedRequestException {
    return new WireRule(
        address(bytes),
        address(bytes),
        name(bytes),
        Short.toUnsignedInt(bytes.getShort()),
        Short.toUnsignedInt(bytes.getShort()),
        Short.toUnsignedInt(bytes.getShort()),
        Byte.toUnsignedInt(bytes.get()),
        Byte.toUnsignedInt(bytes.get()));
  }

  private static IpAddress address(ByteBuffer bytes) {
    return new IpAddress(bytes.getLong(), bytes.getLong());
  }

  /** What is behind the NUL is of no meaning. */
  private static String name(ByteBuffer bytes) throws RefusedRequestException {
    byte[] field = new byte[INTERFACE_NAME_SIZE];
    bytes.get(field);
    int length = 0;
    while (length < field.length && field[length] != 0) {
      length++;
    }
    if (length == field.length) {
      throw new RefusedRequestException("an interface name isn't NUL-terminated");
    }
    try {
      return StandardCharsets.UTF_8
          .newDecoder()
          .decode(ByteBuffer.wrap(field, 0, length))
          .toString();
    } catch (CharacterCodingException e) {
      throw new RefusedRequestException("an interface name isn't UTF-8");
    }
  }

  /** Writes it. */
  void write(ByteBuffer bytes) {
    bytes.putLong(address.hi()).putLong(address.lo());
    bytes.putLong(target.hi()).putLong(target.lo());
    byte[] name = interfaceName.getBytes(StandardCharsets.UTF_8);
    bytes.put(name).put(new byte[INTERFACE_NAME_SIZE - name.length]);
    bytes.putShort((short) first).putShort((short) last).putShort((short) targetFirst);
    bytes.put((byte) protocol).put((byte) flags);
  }
}
