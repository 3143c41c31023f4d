package org.jpasst.rehearsal;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import java.lang.foreign.MemorySegment;
import java.util.List;
import org.jpasst.linux.Errno;
import org.jpasst.linux.Ioctl;
import org.jpasst.linux.LinuxSockets;
import org.jpasst.linux.Message;
import org.jpasst.linux.MessageBatch;
import org.jpasst.linux.MessageFlag;
import org.jpasst.linux.SocketAddress;
import org.jpasst.linux.SocketLevel;
import org.jpasst.linux.SocketOption;
import org.jpasst.linux.Sockets;
import org.jpasst.linux.TcpInfo;

/**
 * Sockets that answer as those of connections do, and are none. Each call makes one of the same
 * name for real, so that the way there is compiled, too, but one without effect: on a descriptor
 * that isn't valid, or on a socket that nobody uses. Only {@link #socket} and {@link #close} do
 * what they say, for there has to be something to be watched by epoll.
 *
 * <p>There are three classes of them, all the same: where HotSpot has seen up to two classes it
 * compiles a call for these only, and goes back to the interpreter when it meets another, which
 * would be {@link LinuxSockets} in the migration itself (TypeProfileWidth).
 */
sealed interface RehearsedSockets extends Sockets {
  /** A descriptor that nobody has. */
  int NOBODY = -1;

  /** Where struct tcp_info has the state, linux/tcp.h. */
  long STATE_AT = 0;

  /** And the options in use. */
  long OPTIONS_AT = 5;

  /** The first lets filters be attached. */
  record First(LinuxSockets real, int unused) implements RehearsedSockets {
    @Override
    public boolean filters() {
      return true;
    }
  }

  /** The second doesn't. */
  record Second(LinuxSockets real, int unused) implements RehearsedSockets {
    @Override
    public boolean filters() {
      return false;
    }
  }

  /** The third doesn't, either. */
  record Third(LinuxSockets real, int unused) implements RehearsedSockets {
    @Override
    public boolean filters() {
      return false;
    }
  }

  /** One of each class. */
  static List<RehearsedSockets> three(LinuxSockets real, int unused) {
    return List.of(new First(real, unused), new Second(real, unused), new Third(real, unused));
  }

  /** Makes the calls. */
  LinuxSockets real();

  /** An unconnected TCP socket, which stays the caller's. */
  int unused();

  /** Whether filters can be attached to TCP sockets, as with CAP_NET_ADMIN. */
  boolean filters();

  @Override
  default int socket(int family, int type, int protocol) {
    return real().socket(family, type, protocol);
  }

  @Override
  default int bind(int fd, SocketAddress address) {
    return Math.max(0, real().bind(NOBODY, address));
  }

  @Override
  default int connect(int fd, SocketAddress address) {
    return Math.max(0, real().connect(NOBODY, address));
  }

  @Override
  default int listen(int fd, int backlog) {
    return -Errno.EINVAL;
  }

  @Override
  default int accept(int fd, SocketAddress peer, int flags) {
    return -Errno.EAGAIN;
  }

  @Override
  default int close(int fd) {
    return real().close(fd);
  }

  @Override
  default int shutdown(int fd, int how) {
    return Math.max(0, real().shutdown(NOBODY, how));
  }

  @Override
  default int getsockname(int fd, SocketAddress address) {
    real().getsockname(unused(), address);
    return -Errno.ENOTCONN; // the connection keeps its address
  }

  @Override
  default int getpeername(int fd, SocketAddress address) {
    return real().getpeername(NOBODY, address);
  }

  @Override
  default int setsockopt(int fd, int level, int option, int value) {
    return real().setsockopt(unused(), SocketLevel.SOCKET, SocketOption.SO_REUSEADDR, 1);
  }

  @Override
  default int setsockopt(int fd, int level, int option, MemorySegment value, long at, int length) {
    int result =
        real()
            .setsockopt(
                unused(), SocketLevel.SOCKET, SocketOption.SO_REUSEADDR, value, at, Integer.BYTES);
    boolean refused =
        level == SocketLevel.SOCKET && option == SocketOption.SO_ATTACH_FILTER && !filters();
    return refused ? -Errno.EPERM : result;
  }

  @Override
  default long getsockopt(int fd, int level, int option) {
    real().getsockopt(unused(), SocketLevel.SOCKET, SocketOption.SO_TYPE);
    if (level == SocketLevel.TCP) {
      return option == SocketOption.TCP_MAXSEG ? RehearsedState.SEGMENT : RehearsedState.SEQUENCE;
    }
    return option == SocketOption.SO_SNDBUF ? RehearsedState.SEND_BUFFER : 0;
  }

  @Override
  default int getsockopt(int fd, int level, int option, MemorySegment value, long at, int length) {
    int filled = real().getsockopt(unused(), level, option, value, at, length);
    if (level == SocketLevel.TCP && option == SocketOption.TCP_INFO) {
      value.set(JAVA_BYTE, at + STATE_AT, (byte) TcpInfo.ESTABLISHED);
      value.set(JAVA_BYTE, at + OPTIONS_AT, (byte) RehearsedState.OPTIONS);
      return filled;
    }
    if (level == SocketLevel.SOCKET && option == SocketOption.SO_ATTACH_FILTER) {
      return filters() ? 1 : 0;
    }
    return Math.max(length, filled);
  }

  @Override
  default int recv(int fd, MemorySegment buffer, long at, long length, int flags) {
    int result = real().recv(NOBODY, buffer, at, length, flags);
    return (flags & MessageFlag.PEEK) != 0 ? RehearsedState.QUEUED : result;
  }

  @Override
  default int discard(int fd, long length) {
    return -Errno.EAGAIN;
  }

  @Override
  default int send(int fd, MemorySegment buffer, long at, long length, int flags) {
    return Math.max((int) length, real().send(NOBODY, buffer, at, length, flags));
  }

  @Override
  default int recvmsg(int fd, Message message, int flags) {
    return -Errno.EAGAIN;
  }

  @Override
  default int sendmsg(int fd, Message message, int flags) {
    return -Errno.EAGAIN;
  }

  @Override
  default int recvmmsg(int fd, MessageBatch batch, int count, int flags) {
    return -Errno.EAGAIN;
  }

  @Override
  default int sendmmsg(int fd, MessageBatch batch, int first, int count, int flags) {
    return -Errno.EAGAIN;
  }

  @Override
  default int ioctl(int fd, int request) {
    int result = real().ioctl(unused(), request);
    return request == Ioctl.SIOCOUTQNSD ? Math.max(0, result) : RehearsedState.QUEUED;
  }
}
