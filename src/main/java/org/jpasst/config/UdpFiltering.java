package org.jpasst.config;

/**
 * From whom a port that the guest sends UDP datagrams from takes some (RFC 4787 section 5). Between
 * those that it has sent to itself, datagrams pass in any case.
 */
public enum UdpFiltering {
  /** From whoever sends to it, as long as the guest sends to anybody. */
  ENDPOINT_INDEPENDENT,
  /** From all ports of the addresses that it sends to. */
  ADDRESS_DEPENDENT,
  /** From nobody else. */
  ADDRESS_AND_PORT_DEPENDENT
}
