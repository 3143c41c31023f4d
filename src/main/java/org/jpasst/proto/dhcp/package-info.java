/** A DHCP and BOOTP server (RFC 2131, 2132, 1534) with one lease: the guest's assigned address. */
package org.jpasst.proto.dhcp;
