package org.jpasst.migrate.stream;

import java.io.IOException;
import java.nio.ByteBuffer;

/**
 * What guest and back-end have agreed upon for a TCP connection of the stream: its side on the
 * guest's link (36 bytes), flags (32 bits: 1 SACK, 2 timestamps), the timestamp to be echoed and
 * our own present one (32 bits each).
 *
 * @param guest names the connection
 * @param sack selective acknowledgments (RFC 2018)
 * @param timestamps in each segment (RFC 7323 section 3)
 * @param recent TS.Recent, of the guest's timestamps
 * @param value what our next segment would have said
 */
public record TcpOptionsRecord(
    FlowSideRecord guest, boolean sack, boolean timestamps, int recent, int value)
    implements ListSection.Item {
  static final int SIZE = FlowSideRecord.SIZE + 3 * Integer.BYTES;

  private static final int SACK = 1;
  private static final int TIMESTAMPS = 2;

  static TcpOptionsRecord read(SectionReader from) throws MalformedSectionException {
    ByteBuffer fixed = from.part(SIZE);
    FlowSideRecord guest = FlowSideRecord.readInOrder(fixed);
    int flags = fixed.getInt();
    from.require((flags & ~(SACK | TIMESTAMPS)) == 0, "flags that are unknown");
    from.require(guest.isOfOneGuest(), "a guest's side with addresses that can't be");
    return new TcpOptionsRecord(
        guest, (flags & SACK) != 0, (flags & TIMESTAMPS) != 0, fixed.getInt(), fixed.getInt());
  }

  @Override
  public long size() {
    return SIZE;
  }

  @Override
  public void write(StreamWriter to) throws IOException {
    ByteBuffer fixed = to.room(SIZE);
    guest.writeInOrder(fixed);
    fixed.putInt((sack ? SACK : 0) | (timestamps ? TIMESTAMPS : 0));
    fixed.putInt(recent).putInt(value);
  }
}
