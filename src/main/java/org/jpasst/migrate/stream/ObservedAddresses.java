package org.jpasst.migrate.stream;

import java.nio.ByteBuffer;
import java.util.Optional;
import org.jpasst.net.IpAddress;
import org.jpasst.net.MacAddress;

/**
 * The addresses that the guest was last seen to use, 42 bytes of the stream. A guest may have used
 * anything as a source address, so these are taken as they are: who uses them asks {@link #usable}.
 *
 * @param ipv6 at first the address assigned
 * @param linkLocal {@code ::} while none was seen
 * @param ipv4 at first the address assigned
 * @param mac {@link MacAddress#BROADCAST} before the guest has sent anything
 */
public record ObservedAddresses(
    IpAddress ipv6, IpAddress linkLocal, IpAddress ipv4, MacAddress mac) {
  /** Bytes of this part. */
  public static final int SIZE = 42;

  /** An address, if it is one that a guest can have: unicast, neither loopback nor unspecified. */
  public static Optional<IpAddress> usable(IpAddress address) {
    return IpAddress.isUnicast(address.hi(), address.lo()) && !address.isLoopback()
        ? Optional.of(address)
        : Optional.empty();
  }

  /** The guest's Ethernet address, if it is known and is one of a single station. */
  public Optional<MacAddress> usableMac() {
    return Optional.of(mac).filter(MacAddress::isOfOne);
  }

  static ObservedAddresses read(ByteBuffer from) {
    return new ObservedAddresses(
        new IpAddress(from.getLong(), from.getLong()),
        new IpAddress(from.getLong(), from.getLong()),
        IpAddress.ofIpv4(from.getInt()),
        MacBytes.read(from));
  }

  void write(ByteBuffer to) {
    to.putLong(ipv6.hi()).putLong(ipv6.lo());
    to.putLong(linkLocal.hi()).putLong(linkLocal.lo());
    to.putInt(ipv4.ipv4());
    MacBytes.write(to, mac);
  }
}
