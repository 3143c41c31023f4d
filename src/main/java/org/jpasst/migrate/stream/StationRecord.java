package org.jpasst.migrate.stream;

import java.io.IOException;
import java.nio.ByteBuffer;
import org.jpasst.net.IpAddress;
import org.jpasst.net.MacAddress;

/**
 * A station behind the guest's link besides the guest: its address (16 bytes, IPv4 as mapped) and
 * its Ethernet address (6 bytes).
 *
 * @param address of the station
 * @param mac where frames for it go
 */
public record StationRecord(IpAddress address, MacAddress mac) implements ListSection.Item {
  static final int SIZE = 2 * Long.BYTES + MacBytes.SIZE;

  static StationRecord read(SectionReader from) throws MalformedSectionException {
    ByteBuffer fixed = from.part(SIZE);
    var address = new IpAddress(fixed.getLong(), fixed.getLong());
    MacAddress mac = MacBytes.read(fixed);
    from.require(FlowSideRecord.isUnicast(address), "an address of many");
    from.require(mac.isOfOne(), "an Ethernet address of many");
    return new StationRecord(address, mac);
  }

  @Override
  public long size() {
    return SIZE;
  }

  @Override
  public void write(StreamWriter to) throws IOException {
    ByteBuffer fixed = to.room(SIZE);
    fixed.putLong(address.hi()).putLong(address.lo());
    MacBytes.write(fixed, mac);
  }
}
