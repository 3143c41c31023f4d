/**
 * The host's sockets as all protocols need them: those of forwarding rules and those of datagram
 * flows, how they are opened, watched and made to wait for the guest.
 */
package org.jpasst.proto.socket;
