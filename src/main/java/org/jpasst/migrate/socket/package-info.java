/**
 * A connected TCP socket's way from one process to another: {@link
 * org.jpasst.migrate.socket.SocketFreeze frozen} so that not one byte more is acknowledged, {@link
 * org.jpasst.migrate.socket.SocketDump dumped}, {@link org.jpasst.migrate.socket.SocketRestore
 * restored}; or thawed again where it was. See tcp(7), and the kernel's net/ipv4/tcp.c for
 * TCP_REPAIR.
 */
package org.jpasst.migrate.socket;
