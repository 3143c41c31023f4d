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

  private static boolean isUnicast(IpAddress address) {
    return IpAddress.isUnicast(address.hi(), address.lo());
  }
}
