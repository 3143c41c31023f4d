package org.jpasst.proto.dhcp6;

/** Option codes, message types and status codes (RFC 8415 unless noted). */
final class Dhcpv6Option {
  /** Bytes of code and length before an option's content. */
  static final int HEADER = 4;

  static final int CLIENT_ID = 1;
  static final int SERVER_ID = 2;
  static final int IA_NA = 3;
  static final int IA_TA = 4;
  static final int IA_ADDRESS = 5;
  static final int STATUS = 13;
  static final int RAPID_COMMIT = 14;

  /** RFC 3646. */
  static final int NAME_SERVERS = 23;

  /** RFC 3646. */
  static final int SEARCH_LIST = 24;

  static final int IA_PD = 25;
  static final int IA_PREFIX = 26;

  /** RFC 4704. */
  static final int CLIENT_FQDN = 39;

  /** Bytes before the options in an IA_NA or IA_PD: IAID, T1, T2. */
  static final int IA_NA_FIXED = 12;

  /** Bytes before the options in an IA_TA: IAID. */
  static final int IA_TA_FIXED = 4;

  /** Bytes before the options in an IA address: address and two lifetimes. */
  static final int IA_ADDRESS_FIXED = 24;

  static final int SOLICIT = 1;
  static final int ADVERTISE = 2;
  static final int REQUEST = 3;
  static final int CONFIRM = 4;
  static final int RENEW = 5;
  static final int REBIND = 6;
  static final int REPLY = 7;
  static final int RELEASE = 8;
  static final int DECLINE = 9;
  static final int INFORMATION_REQUEST = 11;

  static final int SUCCESS = 0;
  static final int NO_ADDRESSES_AVAILABLE = 2;
  static final int NO_BINDING = 3;
  static final int NOT_ON_LINK = 4;
  static final int USE_MULTICAST = 5;
  static final int NO_PREFIX_AVAILABLE = 6;

  private Dhcpv6Option() {}
}
