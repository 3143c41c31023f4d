package org.jpasst.net;

/**
 * One end of a transport-layer flow.
 *
 * @param address the address of either family
 * @param port 0 to 65535
 */
public record Endpoint(IpAddress address, int port) {
  @Override
  public String toString() {
    return address.isIpv4() ? address + ":" + port : "[" + address + "]:" + port;
  }
}
