package org.jpasst.proto.dhcp6;

import java.io.ByteArrayOutputStream;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import java.util.Optional;
import org.jpasst.config.Ipv6Settings;
import org.jpasst.config.NameSettings;
import org.jpasst.net.IpAddress;
import org.jpasst.wire.DomainName;
import org.jpasst.wire.NetworkOrder;

/**
 * The options that are the same in all answers, made once: resolvers, search list (RFC 3646) and
 * the guest's name (RFC 4704).
 */
final class NameOptions {
  /** Most bytes of names in the search list; the longest answer then fits any link. */
  private static final int MAX_SEARCH_LIST = 512;

  /** Flag O: the client's wish that the server update the DNS is overridden. */
  private static final int FQDN_O = 2;

  private final byte[] bytes;
  private final int fqdnFlags;

  NameOptions(Ipv6Settings settings, NameSettings names) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    if (names.tellResolvers() && !settings.resolvers().isEmpty()) {
      put16(out, Dhcpv6Option.NAME_SERVERS);
      put16(out, settings.resolvers().size() * 16);
      settings.resolvers().forEach(resolver -> putAddress(out, resolver));
    }
    if (names.tellSearchList()) {
      putSearchList(out, names.searchList());
    }
    Optional<byte[]> fqdn = names.fullyQualifiedName().flatMap(DomainName::encode);
    if (fqdn.isPresent()) {
      put16(out, Dhcpv6Option.CLIENT_FQDN);
      put16(out, 1 + fqdn.get().length);
      fqdnFlags = out.size();
      out.write(0);
      out.writeBytes(fqdn.get());
    } else {
      fqdnFlags = -1;
    }
    bytes = out.toByteArray();
  }

  private static void putSearchList(ByteArrayOutputStream out, List<String> names) {
    ByteArrayOutputStream list = new ByteArrayOutputStream();
    for (String name : names) {
      Optional<byte[]> encoded = DomainName.encode(name);
      if (encoded.isPresent() && list.size() + encoded.get().length <= MAX_SEARCH_LIST) {
        list.writeBytes(encoded.get());
      }
    }
    if (list.size() > 0) {
      put16(out, Dhcpv6Option.SEARCH_LIST);
      put16(out, list.size());
      out.writeBytes(list.toByteArray());
    }
  }

  /** How many bytes the options take. */
  int length() {
    return bytes.length;
  }

  /**
   * Writes the options.
   *
   * @param overrides whether to say that a DNS update asked for is not done
   * @return bytes written
   */
  int write(MemorySegment out, long at, boolean overrides) {
    MemorySegment.copy(bytes, 0, out, ValueLayout.JAVA_BYTE, at, bytes.length);
    if (overrides && fqdnFlags >= 0) {
      NetworkOrder.put8(out, at + fqdnFlags, FQDN_O);
    }
    return bytes.length;
  }

  private static void putAddress(ByteArrayOutputStream out, IpAddress address) {
    for (int shift = 48; shift >= 0; shift -= 16) {
      put16(out, (int) (address.hi() >>> shift));
    }
    for (int shift = 48; shift >= 0; shift -= 16) {
      put16(out, (int) (address.lo() >>> shift));
    }
  }

  private static void put16(ByteArrayOutputStream out, int value) {
    out.write(value >>> 8);
    out.write(value);
  }
}
