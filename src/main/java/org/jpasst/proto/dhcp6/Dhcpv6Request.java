package org.jpasst.proto.dhcp6;

import java.lang.foreign.MemorySegment;
import org.jpasst.net.IpAddress;
import org.jpasst.wire.NetworkOrder;

/** What the options of a client's message say; one instance is filled again and again. */
final class Dhcpv6Request {
  private static final int MAX_DUID = 128;
  private static final int FQDN_S = 1;

  private final ServerDuid ours;
  private final Associations associations;

  private long clientId;
  private int clientIdLength;
  private boolean hasServer;
  private boolean hasOurServer;
  private boolean hasIa;
  private boolean rapidCommit;
  private boolean wantsDnsUpdated;

  Dhcpv6Request(ServerDuid ours, IpAddress assigned) {
    this.ours = ours;
    associations = new Associations(assigned);
  }

  /**
   * Reads the options; one that overruns the message ends them.
   *
   * @return false where the client's identifier is longer than any (RFC 8415 section 11.1)
   */
  boolean parse(MemorySegment s, long at, int length) {
    clientIdLength = 0;
    hasServer = false;
    hasOurServer = false;
    hasIa = false;
    associations.clear();
    rapidCommit = false;
    wantsDnsUpdated = false;
    long end = at + length;
    long i = at;
    while (end - i >= Dhcpv6Option.HEADER) {
      int code = NetworkOrder.get16(s, i);
      int size = NetworkOrder.get16(s, i + 2);
      i += Dhcpv6Option.HEADER;
      if (size > end - i) {
        break;
      }
      take(s, i, code, size);
      i += size;
    }
    return clientIdLength <= MAX_DUID;
  }

  private void take(MemorySegment s, long at, int code, int size) {
    switch (code) {
      case Dhcpv6Option.CLIENT_ID -> {
        clientId = at;
        clientIdLength = size;
      }
      case Dhcpv6Option.SERVER_ID -> {
        hasServer = true;
        hasOurServer = ours.equalsAt(s, at, size);
      }
      case Dhcpv6Option.IA_NA, Dhcpv6Option.IA_TA, Dhcpv6Option.IA_PD -> {
        hasIa = true;
        associations.take(s, code, at, size);
      }
      case Dhcpv6Option.RAPID_COMMIT -> rapidCommit = true;
      case Dhcpv6Option.CLIENT_FQDN ->
          wantsDnsUpdated = size >= 1 && (NetworkOrder.get8(s, at) & FQDN_S) != 0;
      default -> {
        // Nothing else changes the answer.
      }
    }
  }

  boolean hasClientId() {
    return clientIdLength > 0;
  }

  /** Offset of the client's identifier. */
  long clientId() {
    return clientId;
  }

  int clientIdLength() {
    return clientIdLength;
  }

  /** Whether there is a server identifier, ours or not. */
  boolean hasServer() {
    return hasServer;
  }

  boolean hasOurServer() {
    return hasOurServer;
  }

  /** Whether there is an identity association of any kind. */
  boolean hasIa() {
    return hasIa;
  }

  Associations associations() {
    return associations;
  }

  boolean rapidCommit() {
    return rapidCommit;
  }

  /** Whether the client asks that the server update the DNS (RFC 4704, flag S). */
  boolean wantsDnsUpdated() {
    return wantsDnsUpdated;
  }
}
