/** A DHCPv6 server (RFC 8415) with one lease: the guest's assigned address. */
package org.jpasst.proto.dhcp6;
