package org.jpasst.linux.netlink;

import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_SHORT_UNALIGNED;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import org.jpasst.linux.AddressFamily;
import org.jpasst.linux.Errno;
import org.jpasst.linux.IpProtocol;
import org.jpasst.linux.MessageFlag;
import org.jpasst.linux.SocketLevel;
import org.jpasst.linux.SocketOption;
import org.jpasst.linux.SocketType;
import org.jpasst.linux.Sockets;

/** A socket of rtnetlink and its buffer; takes answers apart into messages. */
final class NetlinkSocket implements AutoCloseable {
  /** One message of an answer. */
  interface MessageHandler {
    /**
     * A message other than an error or an end.
     *
     * @param type RTM_*
     * @param at where its body begins, behind the header
     * @param end where it ends
     */
    void onMessage(int type, MemorySegment s, long at, long end);
  }

  /** How an answer stands. */
  enum Progress {
    MORE,
    DONE,
    /** The table changed while it was dumped: some of it may be missing. */
    INTERRUPTED,
    FAILED
  }

  private static final int BUFFER = 1 << 16; // the kernel fills up to 32 KiB at once
  private static final int REQUEST = 64;

  private final Sockets sockets;
  private final MemorySegment buffer = Arena.ofAuto().allocate(BUFFER, 8);
  private final MemorySegment request = Arena.ofAuto().allocate(REQUEST, 8);
  private final int fd;
  private int sequence;
  private boolean interrupted;
  private int error;

  NetlinkSocket(Sockets sockets, boolean blocking) throws IOException {
    this.sockets = sockets;
    int type = SocketType.RAW | SocketType.CLOEXEC | (blocking ? 0 : SocketType.NONBLOCK);
    fd = sockets.socket(AddressFamily.NETLINK, type, IpProtocol.NETLINK_ROUTE);
    if (fd < 0) {
      throw new IOException("cannot open a netlink socket: " + Errno.name(fd));
    }
  }

  int fd() {
    return fd;
  }

  /** Joins a multicast group, RTNLGRP_*. */
  void join(int group) throws IOException {
    int result =
        sockets.setsockopt(fd, SocketLevel.NETLINK, SocketOption.NETLINK_ADD_MEMBERSHIP, group);
    if (result < 0) {
      throw new IOException("cannot follow the host's network: " + Errno.name(result));
    }
  }

  /**
   * Gets an address of its own, without which groups tell a socket nothing, by sending what the
   * kernel doesn't answer. A request does the same.
   */
  void bind() throws IOException {
    int result = send(Rtnetlink.NLMSG_NOOP, 0, 0);
    if (result < 0) {
      throw new IOException("cannot follow the host's network: " + Errno.name(result));
    }
  }

  /** Asks for a whole table of all families; 0 or the negated error number. */
  int requestDump(int type, int bodySize) {
    return send(type, Rtnetlink.NLM_F_REQUEST | Rtnetlink.NLM_F_DUMP, bodySize);
  }

  private int send(int type, int flags, int bodySize) {
    int length = Rtnetlink.NLMSG_HDRLEN + bodySize;
    request.fill((byte) 0);
    request.set(JAVA_INT_UNALIGNED, 0, length);
    request.set(JAVA_SHORT_UNALIGNED, 4, (short) type);
    request.set(JAVA_SHORT_UNALIGNED, 6, (short) flags);
    request.set(JAVA_INT_UNALIGNED, 8, ++sequence);
    interrupted = false;
    return Math.min(0, sockets.send(fd, request, 0, length, MessageFlag.NOSIGNAL));
  }

  /** Receives once; the number of bytes or the negated error number. */
  int receive() {
    // With MSG_TRUNC the true length is returned: more than the buffer means that some was cut.
    return sockets.recv(fd, buffer, 0, BUFFER, MessageFlag.TRUNC);
  }

  /** Shows the messages of what was received last. */
  Progress parse(int received, MessageHandler handler) {
    Progress progress = parse(buffer, Math.min(received, BUFFER), handler);
    return received > BUFFER ? Progress.INTERRUPTED : progress;
  }

  /** Shows the messages that lie in a buffer; what is malformed ends it. */
  Progress parse(MemorySegment s, long length, MessageHandler handler) {
    long at = 0;
    while (length - at >= Rtnetlink.NLMSG_HDRLEN) {
      long size = s.get(JAVA_INT_UNALIGNED, at) & 0xffff_ffffL;
      if (size < Rtnetlink.NLMSG_HDRLEN || size > length - at) {
        return Progress.MORE;
      }
      long body = at + Rtnetlink.NLMSG_HDRLEN;
      int type = s.get(JAVA_SHORT_UNALIGNED, at + 4) & 0xffff;
      interrupted |= (s.get(JAVA_SHORT_UNALIGNED, at + 6) & Rtnetlink.NLM_F_DUMP_INTR) != 0;
      if (type == Rtnetlink.NLMSG_DONE) {
        return interrupted ? Progress.INTERRUPTED : Progress.DONE;
      }
      if (type == Rtnetlink.NLMSG_ERROR) {
        error = size >= Rtnetlink.NLMSG_HDRLEN + 4 ? s.get(JAVA_INT_UNALIGNED, body) : 0;
        return Progress.FAILED;
      }
      handler.onMessage(type, s, body, at + size);
      at += size + 3 & ~3L;
    }
    return Progress.MORE;
  }

  /** The error number, negated, of a failed answer. */
  int error() {
    return error;
  }

  @Override
  public void close() {
    sockets.close(fd);
  }
}
