package org.jpasst.linux;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import org.jpasst.net.IpAddress;

/**
 * A {@code struct sockaddr_in} or {@code sockaddr_in6} in native memory, made once and filled again
 * and again. Addresses are two halves of 128 bits as in {@link IpAddress}; ports and scopes are
 * plain numbers. See ip(7), ipv6(7).
 */
public final class SocketAddress {
  /** Bytes that one address takes here: {@code sockaddr_in6} and a {@code socklen_t}. */
  static final long SIZE = 32;

  /** Size of {@code sockaddr_in6}, the longest that can be held. */
  static final int CAPACITY = 28;

  private static final ValueLayout.OfShort PORT = JAVA_SHORT.withOrder(ByteOrder.BIG_ENDIAN);
  private static final ValueLayout.OfInt IPV4 = JAVA_INT.withOrder(ByteOrder.BIG_ENDIAN);
  private static final ValueLayout.OfLong HALF =
      ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);
  private static final long PORT_AT = 2;
  private static final long IPV4_AT = 4;
  private static final long FLOW_LABEL_AT = 4;
  private static final long IPV6_AT = 8;
  private static final long SCOPE_AT = 24;
  private static final long LENGTH_AT = 28;
  private static final int IPV4_LENGTH = 16;

  private final MemorySegment memory;
  private final long at;

  /** An address in memory of its own, for the process's life. */
  public SocketAddress() {
    this(Arena.global().allocate(SIZE, 8), 0);
  }

  /** A view of {@value #SIZE} bytes at an offset that is a multiple of 8. */
  SocketAddress(MemorySegment memory, long at) {
    this.memory = memory;
    this.at = at;
  }

  /**
   * Fills in an IPv4 (mapped) address as {@code sockaddr_in}, any other as {@code sockaddr_in6}.
   */
  public void set(long hi, long lo, int port, int scopeId) {
    if (IpAddress.isIpv4(hi, lo)) {
      clear();
      memory.set(JAVA_SHORT, at, (short) AddressFamily.INET);
      memory.set(PORT, at + PORT_AT, (short) port);
      memory.set(IPV4, at + IPV4_AT, (int) lo);
    } else {
      setInet6(hi, lo, port, scopeId);
    }
  }

  /** Fills in {@code sockaddr_in6} always: an IPv4 address stays mapped, for dual-stack sockets. */
  public void setInet6(long hi, long lo, int port, int scopeId) {
    memory.set(JAVA_SHORT, at, (short) AddressFamily.INET6);
    memory.set(PORT, at + PORT_AT, (short) port);
    memory.set(JAVA_INT, at + FLOW_LABEL_AT, 0);
    memory.set(HALF, at + IPV6_AT, hi);
    memory.set(HALF, at + IPV6_AT + 8, lo);
    memory.set(JAVA_INT, at + SCOPE_AT, scopeId);
  }

  /** Fills in {@code AF_UNSPEC}: connecting a datagram socket to it dissolves its association. */
  public void clear() {
    for (long i = at; i < at + SIZE; i += Long.BYTES) {
      memory.set(JAVA_LONG, i, 0);
    }
  }

  /** One of {@link AddressFamily}. */
  public int family() {
    return memory.get(JAVA_SHORT, at);
  }

  /** The first eight bytes of the address, zero for IPv4. */
  public long hi() {
    return family() == AddressFamily.INET6 ? memory.get(HALF, at + IPV6_AT) : 0;
  }

  /** The last eight bytes of the address, in mapped form for IPv4. */
  public long lo() {
    return family() == AddressFamily.INET6
        ? memory.get(HALF, at + IPV6_AT + 8)
        : IpAddress.mapped(memory.get(IPV4, at + IPV4_AT));
  }

  /** 0 to 65535. */
  public int port() {
    return memory.get(PORT, at + PORT_AT) & 0xffff;
  }

  /** The interface's index of a link-local address, else 0. */
  public int scopeId() {
    return family() == AddressFamily.INET6 ? memory.get(JAVA_INT, at + SCOPE_AT) : 0;
  }

  /** Bytes of the structure that its family uses. */
  int length() {
    return family() == AddressFamily.INET6 ? CAPACITY : IPV4_LENGTH;
  }

  /** Where the structure lies, for a call. */
  long address() {
    return memory.address() + at;
  }

  /** Where the {@code socklen_t} lies that a call overwrites; set to the capacity by this. */
  long prepareLength() {
    memory.set(JAVA_INT, at + LENGTH_AT, CAPACITY);
    return memory.address() + at + LENGTH_AT;
  }

  @Override
  public String toString() {
    String address = new IpAddress(hi(), lo()).toString();
    return family() == AddressFamily.INET6
        ? "[" + address + (scopeId() == 0 ? "" : "%" + scopeId()) + "]:" + port()
        : address + ":" + port();
  }
}
