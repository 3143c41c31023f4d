/**
 * TCP between the guest and sockets of the host. {@link org.jpasst.proto.tcp.Tcp} is told what
 * happens; connections are opened by {@code TcpOpening}, carried by {@code TcpFromGuest} and {@code
 * TcpToGuest}, and made, watched and ended by {@code TcpConnections}.
 */
package org.jpasst.proto.tcp;
