package org.jpasst.lab;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.jpasst.linux.AddressFamily;
import org.jpasst.linux.LinuxSockets;
import org.jpasst.linux.SocketAddress;
import org.jpasst.linux.SocketLevel;
import org.jpasst.linux.SocketOption;
import org.jpasst.linux.SocketType;
import org.jpasst.net.IpAddress;

/** Datagrams of one size, the last perhaps shorter, that a program sends as one (UDP_SEGMENT). */
public final class UncutDatagrams {
  private UncutDatagrams() {}

  /**
   * Sends them with one system call.
   *
   * @param from whose program sends
   * @param size of a datagram's payload
   */
  public static void send(
      NetworkNamespace from, String address, int port, byte[] payloads, int size) {
    IpAddress ip = IpAddress.parse(address).orElseThrow();
    var destination = new SocketAddress();
    destination.set(ip.hi(), ip.lo(), port, 0);
    var sockets = new LinuxSockets();
    int family = ip.isIpv4() ? AddressFamily.INET : AddressFamily.INET6;
    int fd = from.call(() -> sockets.socket(family, SocketType.DGRAM, 0));
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment buffer = arena.allocateFrom(ValueLayout.JAVA_BYTE, payloads);
      int set = sockets.setsockopt(fd, SocketLevel.UDP, SocketOption.UDP_SEGMENT, size);
      int connected = sockets.connect(fd, destination);
      int sent = sockets.send(fd, buffer, 0, payloads.length, 0);
      if (set < 0 || connected < 0 || sent != payloads.length) {
        throw new IllegalStateException(
            "sending uncut datagrams: %d, %d, %d".formatted(set, connected, sent));
      }
    } finally {
      sockets.close(fd);
    }
  }
}
