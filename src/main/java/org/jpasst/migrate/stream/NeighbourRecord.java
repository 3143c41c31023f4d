package org.jpasst.migrate.stream;

import java.io.IOException;
import java.nio.ByteBuffer;
import org.jpasst.net.IpAddress;
import org.jpasst.net.MacAddress;

/**
 * What neighbours of a bridged guest know: an Ethernet address (6 bytes), an IP address that is
 * there (16 bytes, IPv4 as mapped, {@code ::} for the Ethernet address by itself), and flags (8
 * bits), of which 1 says that the address is a router's.
 *
 * @param mac one of the guest's
 * @param address of the guest, or of somebody behind it
 * @param router whether it is that of an IPv6 router
 */
public record NeighbourRecord(MacAddress mac, IpAddress address, boolean router)
    implements ListSection.Item {
  static final int SIZE = MacBytes.SIZE + 2 * Long.BYTES + Byte.BYTES;

  private static final int ROUTER = 1;

  static NeighbourRecord read(SectionReader from) throws MalformedSectionException {
    ByteBuffer fixed = from.part(SIZE);
    MacAddress mac = MacBytes.read(fixed);
    var address = new IpAddress(fixed.getLong(), fixed.getLong());
    int flags = fixed.get();
    from.require(mac.isOfOne(), "an Ethernet address of many");
    from.require(
        address.equals(IpAddress.ANY6) || FlowSideRecord.isUnicast(address), "an address of many");
    from.require((flags & ~ROUTER) == 0, "a flag that isn't known");
    return new NeighbourRecord(mac, address, flags != 0);
  }

  /** Whether it tells of the Ethernet address by itself. */
  public boolean isAlone() {
    return address.equals(IpAddress.ANY6);
  }

  @Override
  public long size() {
    return SIZE;
  }

  @Override
  public void write(StreamWriter to) throws IOException {
    ByteBuffer fixed = to.room(SIZE);
    MacBytes.write(fixed, mac);
    fixed.putLong(address.hi()).putLong(address.lo());
    fixed.put((byte) (router ? ROUTER : 0));
  }
}
