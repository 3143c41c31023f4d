package org.jpasst.migrate.stream;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.jpasst.net.Endpoint;
import org.jpasst.net.IpAddress;

/**
 * One side of a flow, 36 bytes of a {@link FlowRecord}. Link-local addresses carry no scope.
 *
 * @param own passt's own address and port on this side: what the socket is bound to, or what the
 *     guest talks to
 * @param endpoint the other end: the real peer, or the guest
 */
public record FlowSideRecord(Endpoint own, Endpoint endpoint) {
  /** Bytes of it. */
  static final int SIZE = 36;

  /** What is wrong with it, or an empty text. */
  String problem() {
    if (own.port() == 0 || endpoint.port() == 0) {
      return "port 0";
    }
    if (own.address().isIpv4() != endpoint.address().isIpv4()) {
      return "addresses of different families";
    }
    if (!isUnicast(own.address()) || !isUnicast(endpoint.address())) {
      return "an address that is no host's";
    }
    return "";
  }

  /** Whether a guest can be at its end: a host, that talks to anybody. */
  boolean isOfOneGuest() {
    return isOneFamily()
        && own.port() != 0
        && endpoint.port() != 0
        && isUnicast(endpoint.address())
        && !own.address().isUnspecified();
  }

  /**
   * Whether a socket can be at our end.
   *
   * @param connected whether there has to be one host at the other end
   */
  boolean isPossible(boolean connected) {
    return isOneFamily()
        && own.port() != 0
        && endpoint.port() != 0
        && (own.address().isUnspecified() || isUnicast(own.address()))
        && (connected ? isUnicast(endpoint.address()) : !endpoint.address().isUnspecified());
  }

  boolean isOneFamily() {
    return own.address().isIpv4() == endpoint.address().isIpv4();
  }

  /** As sections have it: our endpoint, then the other, each an address and a port. */
  static FlowSideRecord readInOrder(ByteBuffer from) {
    return new FlowSideRecord(readEndpoint(from), readEndpoint(from));
  }

  void writeInOrder(ByteBuffer to) {
    writeEndpoint(to, own);
    writeEndpoint(to, endpoint);
  }

  static Endpoint readEndpoint(ByteBuffer from) {
    return new Endpoint(new IpAddress(from.getLong(), from.getLong()), from.getShort() & 0xffff);
  }

  static void writeEndpoint(ByteBuffer to, Endpoint endpoint) {
    to.putLong(endpoint.address().hi()).putLong(endpoint.address().lo());
    to.putShort((short) endpoint.port());
  }

  static FlowSideRecord read(ByteBuffer from) {
    IpAddress own = new IpAddress(from.getLong(), from.getLong());
    IpAddress endpoint = new IpAddress(from.getLong(), from.getLong());
    // passt copies its own structure here, so the ports are as the machine has them.
    from.order(ByteOrder.nativeOrder());
    int ownPort = from.getShort() & 0xffff;
    int endpointPort = from.getShort() & 0xffff;
    from.order(ByteOrder.BIG_ENDIAN);
    return new FlowSideRecord(new Endpoint(own, ownPort), new Endpoint(endpoint, endpointPort));
  }

  void write(ByteBuffer to) {
    to.putLong(own.address().hi()).putLong(own.address().lo());
    to.putLong(endpoint.address().hi()).putLong(endpoint.address().lo());
    to.order(ByteOrder.nativeOrder());
    to.putShort((short) own.port()).putShort((short) endpoint.port());
    to.order(ByteOrder.BIG_ENDIAN);
  }

  static boolean isUnicast(IpAddress address) {
    return IpAddress.isUnicast(address.hi(), address.lo());
  }
}
