/**
 * Flows of datagrams, whatever the protocol: the list of them, how their sockets are opened,
 * watched and made to wait for the guest, and what is kept for the guest while it moves.
 */
package org.jpasst.proto.socket;
