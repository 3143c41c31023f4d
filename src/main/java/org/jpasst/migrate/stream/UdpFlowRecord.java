package org.jpasst.migrate.stream;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import org.jpasst.net.IpAddress;

/**
 * A UDP flow: flags (32 bits: 1 the guest opened it, 2 it has one peer only), idle time and both
 * counts (32 bits each), the guest's and the host's side (36 bytes each), then a count of datagrams
 * (32 bits) and the {@link DatagramRecord}s.
 *
 * @param fromGuest whether the guest opened it
 * @param connected whether it has one peer only
 * @param guest its side on the guest's link
 * @param host its side on the host
 * @param idleMillis how long nothing has happened
 * @param datagramsFromGuest how many datagrams the guest has sent
 * @param datagramsToGuest how many it was sent
 * @param waiting datagrams that the guest is yet to be given
 */
public record UdpFlowRecord(
    boolean fromGuest,
    boolean connected,
    FlowSideRecord guest,
    FlowSideRecord host,
    long idleMillis,
    long datagramsFromGuest,
    long datagramsToGuest,
    List<DatagramRecord> waiting)
    implements ListSection.Item {
  static final int FIXED = 4 * Integer.BYTES + 2 * FlowSideRecord.SIZE + Integer.BYTES;

  private static final int FROM_GUEST = 1;
  private static final int CONNECTED = 2;

  /** Copies the list. */
  public UdpFlowRecord {
    waiting = List.copyOf(waiting);
  }

  @Override
  public long size() {
    return FIXED - Integer.BYTES + DatagramRecord.size(waiting);
  }

  static UdpFlowRecord read(SectionReader from) throws MalformedSectionException {
    ByteBuffer fixed = from.part(FIXED - Integer.BYTES);
    int flags = fixed.getInt();
    long idle = Integer.toUnsignedLong(fixed.getInt());
    long fromGuest = Integer.toUnsignedLong(fixed.getInt());
    long toGuest = Integer.toUnsignedLong(fixed.getInt());
    FlowSideRecord guest = FlowSideRecord.readInOrder(fixed);
    FlowSideRecord host = FlowSideRecord.readInOrder(fixed);
    boolean connected = (flags & CONNECTED) != 0;
    from.require((flags & ~(FROM_GUEST | CONNECTED)) == 0, "flags that are unknown");
    from.require(guest.isOfOneGuest(), "a guest's side with addresses that can't be");
    from.require(host.isPossible(connected), "a host's side with addresses that can't be");
    from.require(isSameFamily(guest, host), "sides of different families");
    List<DatagramRecord> waiting = from.list(DatagramRecord.FIXED, DatagramRecord::read);
    return new UdpFlowRecord(
        (flags & FROM_GUEST) != 0, connected, guest, host, idle, fromGuest, toGuest, waiting);
  }

  private static boolean isSameFamily(FlowSideRecord guest, FlowSideRecord host) {
    IpAddress one = guest.endpoint().address();
    return one.isIpv4() == host.endpoint().address().isIpv4();
  }

  @Override
  public void write(StreamWriter to) throws IOException {
    ByteBuffer fixed = to.room(FIXED - Integer.BYTES);
    fixed.putInt((fromGuest ? FROM_GUEST : 0) | (connected ? CONNECTED : 0));
    fixed.putInt(StreamWriter.saturated(idleMillis));
    fixed.putInt(StreamWriter.saturated(datagramsFromGuest));
    fixed.putInt(StreamWriter.saturated(datagramsToGuest));
    guest.writeInOrder(fixed);
    host.writeInOrder(fixed);
    DatagramRecord.write(to, waiting);
  }
}
