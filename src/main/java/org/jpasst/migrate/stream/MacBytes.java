package org.jpasst.migrate.stream;

import java.nio.ByteBuffer;
import org.jpasst.net.MacAddress;

/** An Ethernet address as the stream has it: its six bytes. */
final class MacBytes {
  static final int SIZE = Short.BYTES + Integer.BYTES;

  private MacBytes() {}

  static MacAddress read(ByteBuffer from) {
    long high = from.getShort() & 0xffffL;
    return new MacAddress(high << Integer.SIZE | from.getInt() & 0xffff_ffffL);
  }

  static void write(ByteBuffer to, MacAddress mac) {
    to.putShort((short) (mac.bits() >>> Integer.SIZE)).putInt((int) mac.bits());
  }
}
