package org.jpasst.net;

import com.google.common.base.CharMatcher;
import com.google.common.net.InetAddresses;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.util.Optional;

/** The textual forms of addresses: RFC 4291 section 2.2 in, RFC 5952 out. */
final class IpAddressText {
  /** As in inet_pton(3): neither a zone nor another script's digits. */
  private static final CharMatcher ALLOWED = CharMatcher.anyOf("0123456789abcdefABCDEF.:");

  private IpAddressText() {}

  static Optional<IpAddress> parse(String text) {
    if (!ALLOWED.matchesAllOf(text) || !InetAddresses.isInetAddress(text)) {
      return Optional.empty();
    }
    ByteBuffer bytes = ByteBuffer.wrap(InetAddresses.forString(text).getAddress());
    return Optional.of(
        bytes.remaining() == Integer.BYTES
            ? IpAddress.ofIpv4(bytes.getInt())
            : new IpAddress(bytes.getLong(), bytes.getLong()));
  }

  static String format(IpAddress address) {
    ByteBuffer bytes = ByteBuffer.allocate(2 * Long.BYTES);
    bytes.putLong(address.hi()).putLong(address.lo());
    try {
      return InetAddresses.toAddrString(InetAddress.getByAddress(bytes.array()));
    } catch (UnknownHostException e) {
      throw new AssertionError("16 bytes are an address", e);
    }
  }
}
