/**
 * The guest behind a UNIX stream socket: each frame follows its length, 32 bits big-endian, as
 * QEMU's {@code -netdev stream} and {@code -netdev passt} have it.
 */
package org.jpasst.guest.stream;
