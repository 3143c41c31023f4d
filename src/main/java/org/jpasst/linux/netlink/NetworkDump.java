package org.jpasst.linux.netlink;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jpasst.linux.Errno;
import org.jpasst.linux.Sockets;

/**
 * The host's interfaces, addresses and routes at one time, in the kernel's order.
 *
 * @param links all interfaces
 * @param addresses of both families
 * @param routes of both families and all tables
 */
public record NetworkDump(List<Link> links, List<InterfaceAddress> addresses, List<Route> routes) {
  private static final int ATTEMPTS = 5;

  private interface Parser<T> {
    Optional<T> parse(MemorySegment s, long at, long end);
  }

  /** Copies the lists. */
  public NetworkDump {
    links = List.copyOf(links);
    addresses = List.copyOf(addresses);
    routes = List.copyOf(routes);
  }

  /**
   * Asks the kernel; needs no privilege.
   *
   * @throws IOException if it can't be asked or refuses
   */
  public static NetworkDump read(Sockets sockets) throws IOException {
    try (NetlinkSocket socket = new NetlinkSocket(sockets, true)) {
      return new NetworkDump(
          dump(
              socket,
              Rtnetlink.RTM_GETLINK,
              Rtnetlink.IFINFOMSG_SIZE,
              Rtnetlink.RTM_NEWLINK,
              Messages::link),
          dump(
              socket,
              Rtnetlink.RTM_GETADDR,
              Rtnetlink.IFADDRMSG_SIZE,
              Rtnetlink.RTM_NEWADDR,
              Messages::address),
          dump(
              socket,
              Rtnetlink.RTM_GETROUTE,
              Rtnetlink.RTMSG_SIZE,
              Rtnetlink.RTM_NEWROUTE,
              Messages::route));
    }
  }

  private static <T> List<T> dump(
      NetlinkSocket socket, int request, int bodySize, int answer, Parser<T> parser)
      throws IOException {
    var found = new ArrayList<T>();
    for (int attempt = 1; ; attempt++) {
      found.clear();
      int result = socket.requestDump(request, bodySize);
      var progress = NetlinkSocket.Progress.MORE;
      while (result >= 0 && progress == NetlinkSocket.Progress.MORE) {
        result = socket.receive();
        if (result >= 0) {
          progress =
              socket.parse(
                  result,
                  (type, s, at, end) -> {
                    if (type == answer) {
                      parser.parse(s, at, end).ifPresent(found::add);
                    }
                  });
        }
      }
      if (result < 0 || progress == NetlinkSocket.Progress.FAILED) {
        int error = result < 0 ? result : socket.error();
        throw new IOException("cannot read the host's network: " + Errno.name(error));
      }
      if (progress == NetlinkSocket.Progress.DONE || attempt == ATTEMPTS) {
        return found;
      }
    }
  }
}
