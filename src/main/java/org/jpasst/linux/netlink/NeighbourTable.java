package org.jpasst.linux.netlink;

import java.io.IOException;
import org.jpasst.linux.Errno;
import org.jpasst.linux.Sockets;

/**
 * Follows the host's neighbour table: all entries first, then the changes, on one non-blocking
 * socket, so that nothing gets lost in between. When changes come faster than they are read, the
 * whole table is asked for again.
 */
public final class NeighbourTable implements AutoCloseable {
  private static final int MAX_READS = 16; // a turn

  private final NetlinkSocket socket;
  private boolean dumping;
  private boolean stale;

  /**
   * Starts following.
   *
   * @throws IOException if the kernel refuses
   */
  public NeighbourTable(Sockets sockets) throws IOException {
    socket = new NetlinkSocket(sockets, false);
    try {
      socket.join(Rtnetlink.RTNLGRP_NEIGH);
    } catch (IOException e) {
      socket.close();
      throw e;
    }
    stale = true;
    refresh();
  }

  /** The descriptor, readable when there is something to tell. */
  public int fd() {
    return socket.fd();
  }

  /**
   * Reports what has come, without waiting. Gone entries that were missed in an overrun stay
   * untold.
   *
   * @return 0, or the negated error number; then the table should be closed
   */
  public int read(NeighbourListener listener) {
    for (int i = 0; i < MAX_READS; i++) {
      int received = socket.receive();
      if (received == -Errno.EAGAIN || received == -Errno.EINTR) {
        break;
      }
      if (received == -Errno.ENOBUFS) {
        stale = true;
      } else if (received <= 0) {
        return received == 0 ? -Errno.EPIPE : received;
      } else {
        parse(received, listener);
      }
    }
    return refresh();
  }

  /**
   * Has everything told again, when the dump that this asks for is read.
   *
   * @return 0, or the negated error number; then the table should be closed
   */
  public int readAgain() {
    stale = true;
    return refresh();
  }

  @Override
  public void close() {
    socket.close();
  }

  private void parse(int received, NeighbourListener listener) {
    NetlinkSocket.Progress progress =
        socket.parse(
            received,
            (type, s, at, end) -> {
              if (type == Rtnetlink.RTM_NEWNEIGH || type == Rtnetlink.RTM_DELNEIGH) {
                Messages.neighbour(s, at, end, type == Rtnetlink.RTM_DELNEIGH, listener);
              }
            });
    if (progress != NetlinkSocket.Progress.MORE) {
      dumping = false;
      stale |= progress == NetlinkSocket.Progress.INTERRUPTED;
    }
  }

  private int refresh() {
    if (!stale || dumping) {
      return 0;
    }
    int result = socket.requestDump(Rtnetlink.RTM_GETNEIGH, Rtnetlink.NDMSG_SIZE);
    if (result >= 0) {
      stale = false;
      dumping = true;
    }
    return result == -Errno.EAGAIN || result == -Errno.EBUSY ? 0 : result;
  }
}
