package org.jpasst.rehearsal;

import java.lang.foreign.MemorySegment;
import java.util.List;
import org.jpasst.linux.LinuxSockets;
import org.jpasst.linux.Message;
import org.jpasst.linux.MessageBatch;
import org.jpasst.linux.MessageFlag;
import org.jpasst.linux.SocketAddress;
import org.jpasst.linux.Sockets;

/**
 * Sockets whose peers are at hand and nowhere else: each is an end of a pair of UNIX sockets, the
 * other end is with {@link OtherEnds}. So what a stack reads and writes is read and written for
 * real, and nothing of it is on any network. What only sockets of the internet know is answered as
 * they would.
 *
 * <p>There are three classes of them, all the same, for the reason that {@link RehearsedSockets}
 * gives.
 */
sealed interface PairedSockets extends Sockets {
  /** The first. */
  record First(LinuxSockets real, OtherEnds ends) implements PairedSockets {}

  /** The second. */
  record Second(LinuxSockets real, OtherEnds ends) implements PairedSockets {}

  /** The third. */
  record Third(LinuxSockets real, OtherEnds ends) implements PairedSockets {}

  /** Three plays' worth: of each class there are two, none of which meets one of its own. */
  static List<PairedSockets> six() {
    return List.of(first(), second(), third(), first(), second(), third());
  }

  private static PairedSockets first() {
    return new First(new LinuxSockets(), new OtherEnds());
  }

  private static PairedSockets second() {
    return new Second(new LinuxSockets(), new OtherEnds());
  }

  private static PairedSockets third() {
    return new Third(new LinuxSockets(), new OtherEnds());
  }

  /** Makes the calls. */
  LinuxSockets real();

  /** The peers' ends. */
  OtherEnds ends();

  @Override
  default int socket(int family, int type, int protocol) {
    return ends().open(type);
  }

  @Override
  default int bind(int fd, SocketAddress address) {
    return Math.max(0, real().bind(RehearsedSockets.NOBODY, address));
  }

  @Override
  default int connect(int fd, SocketAddress address) {
    int result = real().connect(RehearsedSockets.NOBODY, address);
    ends().connected(fd);
    return Math.max(0, result);
  }

  @Override
  default int listen(int fd, int backlog) {
    ends().listening(fd);
    return 0;
  }

  @Override
  default int accept(int fd, SocketAddress peer, int flags) {
    int asked = real().recv(fd, ends().scratch(), 0, 1, MessageFlag.DONTWAIT);
    return asked < 0 ? asked : ends().accept(peer);
  }

  @Override
  default int close(int fd) {
    ends().closed(fd);
    return real().close(fd);
  }

  @Override
  default int shutdown(int fd, int how) {
    return real().shutdown(fd, how);
  }

  @Override
  default int getsockname(int fd, SocketAddress address) {
    int result = real().getsockname(RehearsedSockets.NOBODY, address);
    ends().fillOwn(address);
    return Math.max(0, result);
  }

  @Override
  default int getpeername(int fd, SocketAddress address) {
    int result = real().getpeername(RehearsedSockets.NOBODY, address);
    ends().fillPeer(address);
    return Math.max(0, result);
  }

  @Override
  default int setsockopt(int fd, int level, int option, int value) {
    return Math.max(0, real().setsockopt(fd, level, option, value));
  }

  @Override
  default int setsockopt(int fd, int level, int option, MemorySegment value, long at, int length) {
    return Math.max(0, real().setsockopt(fd, level, option, value, at, length));
  }

  @Override
  default long getsockopt(int fd, int level, int option) {
    return Math.max(0, real().getsockopt(fd, level, option));
  }

  @Override
  default int getsockopt(int fd, int level, int option, MemorySegment value, long at, int length) {
    return real().getsockopt(fd, level, option, value, at, length);
  }

  @Override
  default int recv(int fd, MemorySegment buffer, long at, long length, int flags) {
    return real().recv(fd, buffer, at, length, flags);
  }

  /** A UNIX socket's bytes have to be read to be gone, unlike TCP's (tcp(7), MSG_TRUNC). */
  @Override
  default int discard(int fd, long length) {
    MemorySegment scratch = ends().scratch();
    long some = Math.min(length, scratch.byteSize());
    return real().recv(fd, scratch, 0, some, MessageFlag.DONTWAIT);
  }

  @Override
  default int send(int fd, MemorySegment buffer, long at, long length, int flags) {
    return real().send(fd, buffer, at, length, flags);
  }

  @Override
  default int recvmsg(int fd, Message message, int flags) {
    int result = real().recvmsg(fd, message, flags);
    ends().fillPeer(message.name());
    return result;
  }

  @Override
  default int sendmsg(int fd, Message message, int flags) {
    return real().sendmsg(fd, message, flags);
  }

  @Override
  default int recvmmsg(int fd, MessageBatch batch, int count, int flags) {
    return real().recvmmsg(fd, batch, count, flags);
  }

  @Override
  default int sendmmsg(int fd, MessageBatch batch, int first, int count, int flags) {
    return real().sendmmsg(fd, batch, first, count, flags);
  }

  @Override
  default int ioctl(int fd, int request) {
    return Math.max(0, real().ioctl(fd, request));
  }
}
