package org.jpasst.linux;

import static java.lang.foreign.ValueLayout.JAVA_INT;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.util.Objects;

/** The socket calls, made for real. An instance belongs to one thread. */
public final class LinuxSockets implements Sockets {
  private static final MethodHandle SOCKET = CLibrary.function("socket");
  private static final MethodHandle BIND = CLibrary.function("bind");
  private static final MethodHandle CONNECT = CLibrary.function("connect");
  private static final MethodHandle LISTEN = CLibrary.function("listen");
  private static final MethodHandle ACCEPT4 = CLibrary.function("accept4");
  private static final MethodHandle CLOSE = CLibrary.function("close");
  private static final MethodHandle SHUTDOWN = CLibrary.function("shutdown");
  private static final MethodHandle GETSOCKNAME = CLibrary.function("getsockname");
  private static final MethodHandle GETPEERNAME = CLibrary.function("getpeername");
  private static final MethodHandle SETSOCKOPT = CLibrary.function("setsockopt");
  private static final MethodHandle GETSOCKOPT = CLibrary.function("getsockopt");
  private static final MethodHandle RECV = CLibrary.function("recv");
  private static final MethodHandle SEND = CLibrary.function("send");
  private static final MethodHandle RECVMSG = CLibrary.function("recvmsg");
  private static final MethodHandle SENDMSG = CLibrary.function("sendmsg");
  private static final MethodHandle RECVMMSG = CLibrary.function("recvmmsg");
  private static final MethodHandle SENDMMSG = CLibrary.function("sendmmsg");
  private static final MethodHandle IOCTL = CLibrary.variadic("ioctl", 2);

  private static final long VALUE_AT = 0;
  private static final long LENGTH_AT = 4;
  private static final long NULL = 0;

  private final MemorySegment errno = CLibrary.newErrno();
  private final MemorySegment scratch = Arena.global().allocate(8, 8);
  private final long scratchAddress = scratch.address();

  @Override
  public int socket(int family, int type, int protocol) {
    return call(SOCKET, family, type, protocol);
  }

  @Override
  public int bind(int fd, SocketAddress address) {
    return call(BIND, fd, address.address(), address.length());
  }

  @Override
  public int connect(int fd, SocketAddress address) {
    return call(CONNECT, fd, address.address(), address.length());
  }

  @Override
  public int listen(int fd, int backlog) {
    return call(LISTEN, fd, backlog);
  }

  @Override
  public int accept(int fd, SocketAddress peer, int flags) {
    try {
      return CLibrary.result(
          (long)
              ACCEPT4.invokeExact(
                  errno, (long) fd, peer.address(), peer.prepareLength(), (long) flags, 0L, 0L),
          errno);
    } catch (Throwable t) {
      throw CLibrary.unexpected(t);
    }
  }

  @Override
  public int close(int fd) {
    try {
      return CLibrary.result((long) CLOSE.invokeExact(errno, (long) fd, 0L, 0L, 0L, 0L, 0L), errno);
    } catch (Throwable t) {
      throw CLibrary.unexpected(t);
    }
  }

  @Override
  public int shutdown(int fd, int how) {
    return call(SHUTDOWN, fd, how);
  }

  @Override
  public int getsockname(int fd, SocketAddress address) {
    return call(GETSOCKNAME, fd, address.address(), address.prepareLength());
  }

  @Override
  public int getpeername(int fd, SocketAddress address) {
    return call(GETPEERNAME, fd, address.address(), address.prepareLength());
  }

  @Override
  public int setsockopt(int fd, int level, int option, int value) {
    scratch.set(JAVA_INT, VALUE_AT, value);
    return setsockopt(fd, level, option, scratch, VALUE_AT, Integer.BYTES);
  }

  @Override
  public int setsockopt(int fd, int level, int option, MemorySegment value, long at, int length) {
    long address = address(value, at, length);
    try {
      return CLibrary.result(
          (long)
              SETSOCKOPT.invokeExact(
                  errno, (long) fd, (long) level, (long) option, address, (long) length, 0L),
          errno);
    } catch (Throwable t) {
      throw CLibrary.unexpected(t);
    }
  }

  @Override
  public long getsockopt(int fd, int level, int option) {
    int length = getsockopt(fd, level, option, scratch, VALUE_AT, Integer.BYTES);
    return length < 0 ? length : scratch.get(JAVA_INT, VALUE_AT) & 0xffff_ffffL;
  }

  @Override
  public int getsockopt(int fd, int level, int option, MemorySegment value, long at, int length) {
    long address = address(value, at, length);
    scratch.set(JAVA_INT, LENGTH_AT, length);
    try {
      int result =
          CLibrary.result(
              (long)
                  GETSOCKOPT.invokeExact(
                      errno,
                      (long) fd,
                      (long) level,
                      (long) option,
                      address,
                      scratchAddress + LENGTH_AT,
                      0L),
              errno);
      return result < 0 ? result : scratch.get(JAVA_INT, LENGTH_AT);
    } catch (Throwable t) {
      throw CLibrary.unexpected(t);
    }
  }

  @Override
  public int recv(int fd, MemorySegment buffer, long at, long length, int flags) {
    return recv(fd, address(buffer, at, length), length, flags);
  }

  @Override
  public int discard(int fd, long length) {
    return recv(fd, NULL, length, MessageFlag.TRUNC | MessageFlag.DONTWAIT);
  }

  @Override
  public int send(int fd, MemorySegment buffer, long at, long length, int flags) {
    long address = address(buffer, at, length);
    try {
      return CLibrary.result(
          (long) SEND.invokeExact(errno, (long) fd, address, length, (long) flags, 0L, 0L), errno);
    } catch (Throwable t) {
      throw CLibrary.unexpected(t);
    }
  }

  @Override
  public int recvmsg(int fd, Message message, int flags) {
    try {
      return CLibrary.result(
          (long) RECVMSG.invokeExact(errno, (long) fd, message.address(), (long) flags, 0L, 0L, 0L),
          errno);
    } catch (Throwable t) {
      throw CLibrary.unexpected(t);
    }
  }

  @Override
  public int sendmsg(int fd, Message message, int flags) {
    try {
      return CLibrary.result(
          (long) SENDMSG.invokeExact(errno, (long) fd, message.address(), (long) flags, 0L, 0L, 0L),
          errno);
    } catch (Throwable t) {
      throw CLibrary.unexpected(t);
    }
  }

  @Override
  public int recvmmsg(int fd, MessageBatch batch, int count, int flags) {
    long messages = batch.address(0, count);
    try {
      return CLibrary.result(
          (long)
              RECVMMSG.invokeExact(
                  errno, (long) fd, messages, (long) count, (long) flags, NULL, 0L),
          errno);
    } catch (Throwable t) {
      throw CLibrary.unexpected(t);
    }
  }

  @Override
  public int sendmmsg(int fd, MessageBatch batch, int first, int count, int flags) {
    long messages = batch.address(first, count);
    try {
      return CLibrary.result(
          (long)
              SENDMMSG.invokeExact(errno, (long) fd, messages, (long) count, (long) flags, 0L, 0L),
          errno);
    } catch (Throwable t) {
      throw CLibrary.unexpected(t);
    }
  }

  @Override
  public int ioctl(int fd, int request) {
    try {
      int result =
          CLibrary.result(
              (long)
                  IOCTL.invokeExact(errno, (long) fd, (long) request, scratchAddress, 0L, 0L, 0L),
              errno);
      return result < 0 ? result : scratch.get(JAVA_INT, VALUE_AT);
    } catch (Throwable t) {
      throw CLibrary.unexpected(t);
    }
  }

  private int recv(int fd, long address, long length, int flags) {
    try {
      return CLibrary.result(
          (long) RECV.invokeExact(errno, (long) fd, address, length, (long) flags, 0L, 0L), errno);
    } catch (Throwable t) {
      throw CLibrary.unexpected(t);
    }
  }

  private int call(MethodHandle function, long a, long b) {
    try {
      return CLibrary.result((long) function.invokeExact(errno, a, b, 0L, 0L, 0L, 0L), errno);
    } catch (Throwable t) {
      throw CLibrary.unexpected(t);
    }
  }

  private int call(MethodHandle function, long a, long b, long c) {
    try {
      return CLibrary.result((long) function.invokeExact(errno, a, b, c, 0L, 0L, 0L), errno);
    } catch (Throwable t) {
      throw CLibrary.unexpected(t);
    }
  }

  private static long address(MemorySegment buffer, long at, long length) {
    Objects.checkFromIndexSize(at, length, buffer.byteSize());
    return buffer.address() + at;
  }
}
