/**
 * The host's sockets as flows need them: how many there may be, how those of datagrams are opened,
 * watched and made to wait for the guest.
 */
package org.jpasst.proto.socket;
