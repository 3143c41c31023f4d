/** Neighbour discovery (RFC 4861) towards the guest: the router's side, and every other node's. */
package org.jpasst.proto.ndp;
