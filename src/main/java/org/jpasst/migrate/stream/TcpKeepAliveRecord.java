package org.jpasst.migrate.stream;

import java.io.IOException;
import java.nio.ByteBuffer;

/**
 * That a guest asks whether the peer of a TCP connection is still there: the connection's side on
 * the guest's link (36 bytes) and the pace (32 bits).
 *
 * @param guest names the connection
 * @param seconds of silence after which the peer is asked, more than none
 */
public record TcpKeepAliveRecord(FlowSideRecord guest, int seconds) implements ListSection.Item {
  static final int SIZE = FlowSideRecord.SIZE + Integer.BYTES;

  static TcpKeepAliveRecord read(SectionReader from) throws MalformedSectionException {
    ByteBuffer fixed = from.part(SIZE);
    FlowSideRecord guest = FlowSideRecord.readInOrder(fixed);
    from.require(guest.isOfOneGuest(), "a guest's side with addresses that can't be");
    int seconds = fixed.getInt();
    from.require(seconds > 0, "a pace of no time");
    return new TcpKeepAliveRecord(guest, seconds);
  }

  @Override
  public long size() {
    return SIZE;
  }

  @Override
  public void write(StreamWriter to) throws IOException {
    ByteBuffer fixed = to.room(SIZE);
    guest.writeInOrder(fixed);
    fixed.putInt(seconds);
  }
}
