/**
 * Echo through ping sockets, and ICMP errors for the guest out of what sockets say. ICMP: RFC 792,
 * RFC 1122 section 3.2.2; ICMPv6: RFC 4443.
 */
package org.jpasst.proto.icmp;
