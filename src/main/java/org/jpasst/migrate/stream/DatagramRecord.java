package org.jpasst.migrate.stream;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.util.List;
import org.jpasst.net.Endpoint;

/**
 * A datagram that waits for the guest: its sender's address (16 bytes) and port, its length (16
 * bits each), its bytes.
 *
 * @param from who has sent it, on the host's side
 * @param bytes the payload, at most {@link #MAX_LENGTH}; of an echo reply from its ICMP header on
 */
public record DatagramRecord(Endpoint from, MemorySegment bytes) {
  /** Most bytes that one has. */
  public static final int MAX_LENGTH = 0xffff;

  static final int FIXED = 20;

  long size() {
    return FIXED + bytes.byteSize();
  }

  static DatagramRecord read(SectionReader from) throws MalformedSectionException {
    ByteBuffer fixed = from.part(FIXED);
    Endpoint sender = FlowSideRecord.readEndpoint(fixed);
    return new DatagramRecord(sender, from.bytes(fixed.getShort() & 0xffff));
  }

  void write(StreamWriter to) throws IOException {
    ByteBuffer fixed = to.room(FIXED);
    FlowSideRecord.writeEndpoint(fixed, from);
    fixed.putShort((short) bytes.byteSize());
    to.bytes(bytes);
  }

  static long size(List<DatagramRecord> records) {
    return Integer.BYTES + records.stream().mapToLong(DatagramRecord::size).sum();
  }

  static void write(StreamWriter to, List<DatagramRecord> records) throws IOException {
    to.room(Integer.BYTES).putInt(records.size());
    for (DatagramRecord each : records) {
      each.write(to);
    }
  }
}
