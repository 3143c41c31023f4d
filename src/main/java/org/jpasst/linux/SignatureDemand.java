package org.jpasst.linux;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * Has a TCP socket demand the MD5 signature option (RFC 2385) of whoever sends: a segment without
 * it is dropped silently, in every state of a connection and before anything of it is looked at
 * (tcp_inbound_hash). No peer of ours has agreed upon a key, so the socket hears nothing at all;
 * what it sends itself bears a signature, and peers drop that. Needs no privilege, but a kernel
 * with CONFIG_TCP_MD5SIG, which distributions have, and MD5, which FIPS 140 mode has not.
 */
final class SignatureDemand {
  /** struct tcp_md5sig, linux/tcp.h, which begins with a sockaddr_storage. */
  static final int SIZE = 216;

  static final long FLAGS_AT = 128;
  static final long PREFIX_LENGTH_AT = 129;
  static final long KEY_LENGTH_AT = 130;

  /** The key is for all addresses of a prefix; ours has no bits. */
  private static final byte FLAG_PREFIX = 1;

  /** Where ::ffff:0:0 has its ones in a sockaddr_in6. */
  private static final long MAPPED_AT = 8 + 10;

  private final MemorySegment ipv4 = forAll(AddressFamily.INET);
  private final MemorySegment ipv6 = forAll(AddressFamily.INET6);

  /** IPv4 peers of an IPv6 socket. */
  private final MemorySegment mapped = forAll(AddressFamily.INET6);

  SignatureDemand() {
    mapped.set(JAVA_SHORT, MAPPED_AT, (short) 0xffff);
  }

  /** From now on the socket drops all that comes; 0 or the negated error number. */
  int attach(Sockets sockets, int fd) {
    return set(sockets, fd, 1);
  }

  /** Takes the demand back; 0 or the negated error number, ENOENT if there is none. */
  int detach(Sockets sockets, int fd) {
    return set(sockets, fd, 0);
  }

  /** EINVAL tells that a socket is of the other family. */
  private int set(Sockets sockets, int fd, int keyLength) {
    int result = set(sockets, fd, ipv4, keyLength);
    if (result == -Errno.EINVAL) {
      result = set(sockets, fd, ipv6, keyLength);
      int other = set(sockets, fd, mapped, keyLength);
      return Math.min(result, other);
    }
    return result;
  }

  private static int set(Sockets sockets, int fd, MemorySegment key, int length) {
    key.set(JAVA_SHORT, KEY_LENGTH_AT, (short) length);
    return sockets.setsockopt(fd, SocketLevel.TCP, SocketOption.TCP_MD5SIG_EXT, key, 0, SIZE);
  }

  /** A key, which nobody ever needs to know, for all addresses of a family. */
  private static MemorySegment forAll(int family) {
    MemorySegment key = Arena.global().allocate(SIZE, 8);
    key.set(JAVA_SHORT, 0, (short) family);
    key.set(JAVA_BYTE, FLAGS_AT, FLAG_PREFIX);
    key.set(JAVA_BYTE, PREFIX_LENGTH_AT, (byte) 0);
    return key;
  }
}
