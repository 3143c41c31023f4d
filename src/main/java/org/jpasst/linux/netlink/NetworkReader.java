package org.jpasst.linux.netlink;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jpasst.linux.Errno;
import org.jpasst.linux.Sockets;

/**
 * Asks the kernel for the host's interfaces, addresses and routes, again and again by one socket:
 * it needs no privilege, and no new socket where none may be opened any more. The kernel answers at
 * once.
 */
public final class NetworkReader implements AutoCloseable {
  private static final int ATTEMPTS = 5;

  private interface Parser<T> {
    Optional<T> parse(MemorySegment s, long at, long end);
  }

  private final NetlinkSocket socket;

  /**
   * Opens the socket.
   *
   * @throws IOException if the kernel refuses
   */
  public NetworkReader(Sockets sockets) throws IOException {
    socket = new NetlinkSocket(sockets, true);
  }

  /**
   * Reads everything.
   *
   * @throws IOException if the kernel can't be asked or refuses
   */
  public NetworkDump read() throws IOException {
    return new NetworkDump(
        dump(
            Rtnetlink.RTM_GETLINK, Rtnetlink.IFINFOMSG_SIZE, Rtnetlink.RTM_NEWLINK, Messages::link),
        dump(
            Rtnetlink.RTM_GETADDR,
            Rtnetlink.IFADDRMSG_SIZE,
            Rtnetlink.RTM_NEWADDR,
            Messages::address),
        dump(
            Rtnetlink.RTM_GETROUTE, Rtnetlink.RTMSG_SIZE, Rtnetlink.RTM_NEWROUTE, Messages::route));
  }

  private <T> List<T> dump(int request, int bodySize, int answer, Parser<T> parser)
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

  @Override
  public void close() {
    socket.close();
  }
}
