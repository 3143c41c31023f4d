/**
 * UDP between the guest and the host's sockets (RFC 768, RFC 4787 for what a translator owes its
 * users): one connected socket for each flow, in either direction.
 */
package org.jpasst.proto.udp;
