/** The answering side of ARP (RFC 826) towards the guest, for every address but its own. */
package org.jpasst.proto.arp;
