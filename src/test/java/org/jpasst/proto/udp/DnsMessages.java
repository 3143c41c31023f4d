package org.jpasst.proto.udp;

import java.util.Arrays;

/** Messages of a resolver and of a server, as far as their headers matter. */
final class DnsMessages {
  private static final byte[] QUESTION = {
    0, 0, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 4, 'h', 'o', 's', 't', 0, 0, 1, 0, 1
  };

  private DnsMessages() {}

  /** A standard query, of a number. */
  static byte[] question(int id) {
    byte[] message = QUESTION.clone();
    message[0] = (byte) (id >> 8);
    message[1] = (byte) id;
    return message;
  }

  /** The answer to it, without records. */
  static byte[] answer(int id) {
    byte[] message = question(id);
    message[2] |= (byte) 0x80;
    return message;
  }

  /** A message with another byte at an offset. */
  static byte[] with(byte[] message, int at, int value) {
    byte[] other = Arrays.copyOf(message, message.length);
    other[at] = (byte) value;
    return other;
  }
}
