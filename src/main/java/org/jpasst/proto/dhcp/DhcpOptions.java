package org.jpasst.proto.dhcp;

import java.io.ByteArrayOutputStream;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import org.jpasst.config.Ipv4Settings;
import org.jpasst.config.NameSettings;
import org.jpasst.net.IpAddress;
import org.jpasst.wire.DomainName;
import org.jpasst.wire.NetworkOrder;

/**
 * The options of our answers: the contents that are the same in all, made once, and their order in
 * each.
 */
final class DhcpOptions {
  private static final int CODES = 256;

  /** Flag E: the name is in DNS encoding; and the two obsolete RCODEs (RFC 4702 section 2). */
  private static final byte[] FQDN_PREFIX = {0x04, (byte) 0xff, (byte) 0xff};

  /** By code; null where we never send the option. */
  private final byte[][] contents = new byte[CODES][];

  private final long[] done = new long[CODES / Long.SIZE];
  private final byte[] messageType = new byte[1];
  private boolean rapidCommit;
  private boolean lease;

  DhcpOptions(Ipv4Settings settings, NameSettings names, int mtu, IpAddress gateway) {
    int router = gateway.ipv4();
    set(DhcpOption.SUBNET_MASK, bytes(settings.netmask()));
    set(DhcpOption.ROUTER, bytes(router));
    set(DhcpOption.LEASE_TIME, bytes(settings.leaseTime()));
    set(DhcpOption.SERVER_IDENTIFIER, bytes(router));
    if (mtu != 0) {
      set(DhcpOption.INTERFACE_MTU, new byte[] {(byte) (mtu >>> 8), (byte) mtu});
    }
    if (names.tellResolvers()) {
      set(DhcpOption.NAME_SERVERS, addresses(settings.resolvers()));
    }
    names.hostName().ifPresent(n -> set(DhcpOption.HOST_NAME, n.getBytes(StandardCharsets.UTF_8)));
    names.fullyQualifiedName().flatMap(DomainName::encode).ifPresent(this::setFqdn);
    if (names.tellSearchList()) {
      set(DhcpOption.SEARCH_LIST, SearchList.encode(names.searchList()));
    }
    if (!gateway.sharesPrefix(settings.assigned(), settings.prefixLength())) {
      set(DhcpOption.CLASSLESS_ROUTES, routesTo(router));
    }
    contents[DhcpOption.MESSAGE_TYPE] = messageType;
    contents[DhcpOption.RAPID_COMMIT] = new byte[0];
  }

  private void set(int code, byte[] content) {
    if (content.length > 0 && content.length <= DhcpOption.MAX_LENGTH) {
      contents[code] = content;
    }
  }

  private void setFqdn(byte[] name) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.writeBytes(FQDN_PREFIX);
    out.writeBytes(name);
    set(DhcpOption.CLIENT_FQDN, out.toByteArray());
  }

  /** The router itself on the link, and everything else through it (RFC 3442). */
  private static byte[] routesTo(int router) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.write(32);
    out.writeBytes(bytes(router));
    out.writeBytes(bytes(0));
    out.write(0);
    out.writeBytes(bytes(router));
    return out.toByteArray();
  }

  private static byte[] addresses(List<IpAddress> addresses) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    addresses.forEach(address -> out.writeBytes(bytes(address.ipv4())));
    return out.toByteArray();
  }

  private static byte[] bytes(int value) {
    return new byte[] {
      (byte) (value >>> 24), (byte) (value >>> 16), (byte) (value >>> 8), (byte) value
    };
  }

  /**
   * Writes the options of an answer and the end option. Those asked for come first, in the client's
   * order, but the message type before them unless it is asked for; then all others by code. What
   * no longer fits is left out.
   *
   * @param type the message type; {@link DhcpRequest#BOOTP} for none
   * @param rapid whether to say that this is a rapid commit
   * @param leases whether an address is leased
   * @param in holds the request
   * @param list offset of the codes asked for
   * @param listLength their number
   * @return bytes written
   */
  int write(
      int type,
      boolean rapid,
      boolean leases,
      MemorySegment in,
      long list,
      int listLength,
      MemorySegment out,
      long at) {
    begin(type, rapid, leases);
    long end = at;
    if (listLength > 0 && !contains(in, list, listLength, DhcpOption.MESSAGE_TYPE)) {
      end = append(DhcpOption.MESSAGE_TYPE, out, at, end);
    }
    for (int i = 0; i < listLength; i++) {
      end = append(NetworkOrder.get8(in, list + i), out, at, end);
    }
    for (int code = 1; code < DhcpOption.END; code++) {
      end = append(code, out, at, end);
    }
    NetworkOrder.put8(out, end, DhcpOption.END);
    return (int) (end + 1 - at);
  }

  private void begin(int type, boolean rapid, boolean leases) {
    Arrays.fill(done, 0);
    messageType[0] = (byte) type;
    rapidCommit = rapid;
    lease = leases;
  }

  private static boolean contains(MemorySegment in, long list, int length, int code) {
    for (int i = 0; i < length; i++) {
      if (NetworkOrder.get8(in, list + i) == code) {
        return true;
      }
    }
    return false;
  }

  private boolean sent(int code) {
    return switch (code) {
      case DhcpOption.MESSAGE_TYPE -> messageType[0] != DhcpRequest.BOOTP;
      case DhcpOption.RAPID_COMMIT -> rapidCommit;
      case DhcpOption.LEASE_TIME -> lease;
      default -> contents[code] != null;
    };
  }

  private long append(int code, MemorySegment out, long at, long end) {
    long bit = 1L << code;
    int word = code / Long.SIZE;
    if ((done[word] & bit) != 0 || !sent(code)) {
      return end;
    }
    done[word] |= bit;
    byte[] content = contents[code];
    int room = DhcpMessage.MAX_LENGTH - DhcpMessage.FIXED_LENGTH - 1;
    if (end - at + 2 + content.length > room) {
      return end;
    }
    NetworkOrder.put8(out, end, code);
    NetworkOrder.put8(out, end + 1, content.length);
    MemorySegment.copy(content, 0, out, ValueLayout.JAVA_BYTE, end + 2, content.length);
    return end + 2 + content.length;
  }
}
