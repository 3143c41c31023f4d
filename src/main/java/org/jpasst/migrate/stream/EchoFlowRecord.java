package org.jpasst.migrate.stream;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;

/**
 * The echo requests of one identifier to one destination: idle time and last sequence number (32
 * bits each), the guest's and the host's side (36 bytes each) with identifiers as ports, then a
 * count of replies (32 bits) and the {@link DatagramRecord}s.
 *
 * @param guest its side on the guest's link
 * @param host its side on the host
 * @param idleMillis how long ago the last request was
 * @param lastSequence that request's number
 * @param waiting replies that the guest is yet to be given
 */
public record EchoFlowRecord(
    FlowSideRecord guest,
    FlowSideRecord host,
    long idleMillis,
    int lastSequence,
    List<DatagramRecord> waiting)
    implements ListSection.Item {
  static final int FIXED = 2 * Integer.BYTES + 2 * FlowSideRecord.SIZE + Integer.BYTES;

  private static final int ICMP_HEADER = 8; // RFC 792

  /** Copies the list. */
  public EchoFlowRecord {
    waiting = List.copyOf(waiting);
  }

  @Override
  public long size() {
    return FIXED - Integer.BYTES + DatagramRecord.size(waiting);
  }

  static EchoFlowRecord read(SectionReader from) throws MalformedSectionException {
    ByteBuffer fixed = from.part(FIXED - Integer.BYTES);
    long idle = Integer.toUnsignedLong(fixed.getInt());
    int sequence = fixed.getInt();
    FlowSideRecord guest = FlowSideRecord.readInOrder(fixed);
    FlowSideRecord host = FlowSideRecord.readInOrder(fixed);
    from.require(sequence >>> Short.SIZE == 0, "a sequence number of more than 16 bits");
    from.require(
        FlowSideRecord.isUnicast(guest.endpoint().address())
            && FlowSideRecord.isUnicast(host.endpoint().address())
            && guest.isOneFamily()
            && host.isOneFamily()
            && guest.own().address().isIpv4() == host.own().address().isIpv4()
            && guest.own().port() == guest.endpoint().port(),
        "sides that can't be");
    List<DatagramRecord> waiting = from.list(DatagramRecord.FIXED, DatagramRecord::read);
    for (DatagramRecord each : waiting) {
      from.require(each.bytes().byteSize() >= ICMP_HEADER, "a reply without a header");
    }
    return new EchoFlowRecord(guest, host, idle, sequence, waiting);
  }

  @Override
  public void write(StreamWriter to) throws IOException {
    ByteBuffer fixed = to.room(FIXED - Integer.BYTES);
    fixed.putInt(StreamWriter.saturated(idleMillis));
    fixed.putInt(lastSequence);
    guest.writeInOrder(fixed);
    host.writeInOrder(fixed);
    DatagramRecord.write(to, waiting);
  }
}
