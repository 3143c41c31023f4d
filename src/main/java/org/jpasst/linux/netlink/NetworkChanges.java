package org.jpasst.linux.netlink;

import java.io.IOException;
import org.jpasst.linux.Errno;
import org.jpasst.linux.Sockets;

/**
 * Tells that the host's interfaces, addresses or routes have changed. What has changed is for
 * {@link NetworkReader} to find out: messages may get lost when they come faster than they are
 * read, and then (ENOBUFS, netlink(7)) that too is a change.
 */
public final class NetworkChanges implements AutoCloseable {
  /** What {@link #read} answers where something has changed. */
  public static final int CHANGED = 1;

  private static final int MAX_READS = 64; // a turn

  private static final int[] GROUPS = {
    Rtnetlink.RTNLGRP_LINK,
    Rtnetlink.RTNLGRP_IPV4_IFADDR,
    Rtnetlink.RTNLGRP_IPV6_IFADDR,
    Rtnetlink.RTNLGRP_IPV4_ROUTE,
    Rtnetlink.RTNLGRP_IPV6_ROUTE
  };

  private final NetlinkSocket socket;

  /**
   * Starts following.
   *
   * @throws IOException if the kernel refuses
   */
  public NetworkChanges(Sockets sockets) throws IOException {
    socket = new NetlinkSocket(sockets, false);
    try {
      socket.bind();
      for (int group : GROUPS) {
        socket.join(group);
      }
    } catch (IOException e) {
      socket.close();
      throw e;
    }
  }

  /** The descriptor, readable when there is something to tell. */
  public int fd() {
    return socket.fd();
  }

  /**
   * Takes what has come, without waiting.
   *
   * @return {@link #CHANGED}, 0 where nothing has changed, or the negated error number
   */
  public int read() {
    int result = 0;
    for (int i = 0; i < MAX_READS; i++) {
      int received = socket.receive();
      if (received == -Errno.EAGAIN || received == -Errno.EINTR) {
        break;
      }
      if (received <= 0 && received != -Errno.ENOBUFS) {
        return received == 0 ? -Errno.EPIPE : received;
      }
      result = CHANGED;
    }
    return result;
  }

  @Override
  public void close() {
    socket.close();
  }
}
