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
public record StationRecord(IpAddress address, MacAddress mac) {
  static final int SIZE = 2 * Long.BYTES + 6;

  static StationRecord read(SectionReader from) throws MalformedSectionException {
    ByteBuffer fixed = from.part(SIZE);
    var address = new IpAddress(fixed.getLong(), fixed.getLong());
    long high = fixed.getShort() & 0xffffL;
    var mac = new MacAddress(high << Integer.SIZE | fixed.getInt() & 0xffff_ffffL);
    from.require(FlowSideRecord.isUnicast(address), "an address of many");
    from.require(mac.isOfOne(), "an Ethernet address of many");
    return new StationRecord(address, mac);
  }

  void write(StreamWriter to) throws IOException {
    ByteBuffer fixed = to.room(SIZE);
    fixed.putLong(address.hi()).putLong(address.lo());
    fixed.putShort((short) (mac.bits() >>> Integer.SIZE)).putInt((int) mac.bits());
  }
}
