package org.jpasst.proto.dhcp;

/** Option codes (RFC 2132 unless noted) and message types (option 53). */
final class DhcpOption {
  static final int PAD = 0;
  static final int SUBNET_MASK = 1;
  static final int ROUTER = 3;
  static final int NAME_SERVERS = 6;
  static final int HOST_NAME = 12;
  static final int INTERFACE_MTU = 26;
  static final int REQUESTED_ADDRESS = 50;
  static final int LEASE_TIME = 51;
  static final int MESSAGE_TYPE = 53;
  static final int SERVER_IDENTIFIER = 54;
  static final int PARAMETER_LIST = 55;
  static final int MESSAGE = 56;

  /** RFC 4039. */
  static final int RAPID_COMMIT = 80;

  /** RFC 4702. */
  static final int CLIENT_FQDN = 81;

  /** RFC 3397. */
  static final int SEARCH_LIST = 119;

  /** RFC 3442. */
  static final int CLASSLESS_ROUTES = 121;

  static final int END = 255;

  /** Longest content of an option. */
  static final int MAX_LENGTH = 255;

  static final int DISCOVER = 1;
  static final int OFFER = 2;
  static final int REQUEST = 3;
  static final int ACK = 5;
  static final int NAK = 6;
  static final int INFORM = 8;

  private DhcpOption() {}
}
