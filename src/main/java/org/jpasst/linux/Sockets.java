package org.jpasst.linux;

import java.lang.foreign.MemorySegment;

/**
 * The socket calls of Linux. Each returns what the call returns, or the negated error number
 * ({@link Errno}); none throws for what a socket or the network does. Buffers are parts of
 * segments, checked to be inside ({@link IndexOutOfBoundsException} is a bug of the caller).
 *
 * <p>An interface so that protocol code can be tested against a script.
 */
public interface Sockets {
  /**
   * socket(2).
   *
   * @param type one of {@link SocketType} with flags
   */
  int socket(int family, int type, int protocol);

  /** bind(2). */
  int bind(int fd, SocketAddress address);

  /** connect(2); EINPROGRESS for a non-blocking TCP socket. */
  int connect(int fd, SocketAddress address);

  /** listen(2). */
  int listen(int fd, int backlog);

  /**
   * accept4(2).
   *
   * @param peer receives the peer's address
   * @param flags of {@link SocketType}
   */
  int accept(int fd, SocketAddress peer, int flags);

  /** close(2). */
  int close(int fd);

  /**
   * shutdown(2).
   *
   * @param how one of {@link Shutdown}
   */
  int shutdown(int fd, int how);

  /** getsockname(2). */
  int getsockname(int fd, SocketAddress address);

  /** getpeername(2). */
  int getpeername(int fd, SocketAddress address);

  /** setsockopt(2) with an {@code int}. */
  int setsockopt(int fd, int level, int option, int value);

  /** setsockopt(2) with a structure. */
  int setsockopt(int fd, int level, int option, MemorySegment value, long at, int length);

  /** getsockopt(2) of an {@code int}: its 32 bits unsigned, or the negated error number. */
  long getsockopt(int fd, int level, int option);

  /** getsockopt(2) of a structure; returns the length that the kernel filled. */
  int getsockopt(int fd, int level, int option, MemorySegment value, long at, int length);

  /**
   * recv(2).
   *
   * @param flags of {@link MessageFlag}
   */
  int recv(int fd, MemorySegment buffer, long at, long length, int flags);

  /** Throws away so many received bytes of a TCP socket (recv(2) with MSG_TRUNC and no buffer). */
  int discard(int fd, long length);

  /** send(2). */
  int send(int fd, MemorySegment buffer, long at, long length, int flags);

  /** recvmsg(2); prepare the message before. */
  int recvmsg(int fd, Message message, int flags);

  /** sendmsg(2); prepare the message before. */
  int sendmsg(int fd, Message message, int flags);

  /** recvmmsg(2) without time-out into the first messages of a batch; returns how many. */
  int recvmmsg(int fd, MessageBatch batch, int count, int flags);

  /** sendmmsg(2) of the messages from {@code first} on; returns how many. */
  int sendmmsg(int fd, MessageBatch batch, int first, int count, int flags);

  /**
   * ioctl(2) that gives an {@code int}.
   *
   * @param request one of {@link Ioctl}
   */
  int ioctl(int fd, int request);
}
