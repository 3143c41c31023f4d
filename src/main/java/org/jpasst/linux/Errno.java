package org.jpasst.linux;

/** Error numbers of Linux, asm-generic/errno.h. System calls here return them negated. */
public final class Errno {
  /** Operation not permitted. */
  public static final int EPERM = 1;

  /** No such file or directory. */
  public static final int ENOENT = 2;

  /** No such process. */
  public static final int ESRCH = 3;

  /** Interrupted system call. */
  public static final int EINTR = 4;

  /** Input/output error. */
  public static final int EIO = 5;

  /** No such device or address. */
  public static final int ENXIO = 6;

  /** Argument list too long. */
  public static final int E2BIG = 7;

  /** Bad file descriptor. */
  public static final int EBADF = 9;

  /** No child processes. */
  public static final int ECHILD = 10;

  /** Resource temporarily unavailable. */
  public static final int EAGAIN = 11;

  /** Cannot allocate memory. */
  public static final int ENOMEM = 12;

  /** Permission denied. */
  public static final int EACCES = 13;

  /** Bad address. */
  public static final int EFAULT = 14;

  /** Device or resource busy. */
  public static final int EBUSY = 16;

  /** File exists. */
  public static final int EEXIST = 17;

  /** Invalid cross-device link. */
  public static final int EXDEV = 18;

  /** No such device. */
  public static final int ENODEV = 19;

  /** Not a directory. */
  public static final int ENOTDIR = 20;

  /** Is a directory. */
  public static final int EISDIR = 21;

  /** Invalid argument. */
  public static final int EINVAL = 22;

  /** Too many open files in system. */
  public static final int ENFILE = 23;

  /** Too many open files. */
  public static final int EMFILE = 24;

  /** Inappropriate ioctl for device. */
  public static final int ENOTTY = 25;

  /** File too large. */
  public static final int EFBIG = 27;

  /** No space left on device. */
  public static final int ENOSPC = 28;

  /** Illegal seek. */
  public static final int ESPIPE = 29;

  /** Read-only file system. */
  public static final int EROFS = 30;

  /** Broken pipe. */
  public static final int EPIPE = 32;

  /** Numerical result out of range. */
  public static final int ERANGE = 34;

  /** File name too long. */
  public static final int ENAMETOOLONG = 36;

  /** Function not implemented. */
  public static final int ENOSYS = 38;

  /** Too many levels of symbolic links. */
  public static final int ELOOP = 40;

  /** No data available. */
  public static final int ENODATA = 61;

  /** Machine is not on the network. */
  public static final int ENONET = 64;

  /** Protocol error. */
  public static final int EPROTO = 71;

  /** File descriptor in bad state. */
  public static final int EBADFD = 77;

  /** Value too large for defined data type. */
  public static final int EOVERFLOW = 75;

  /** Socket operation on non-socket. */
  public static final int ENOTSOCK = 88;

  /** Destination address required. */
  public static final int EDESTADDRREQ = 89;

  /** Message too long. */
  public static final int EMSGSIZE = 90;

  /** Protocol wrong type for socket. */
  public static final int EPROTOTYPE = 91;

  /** Protocol not available. */
  public static final int ENOPROTOOPT = 92;

  /** Protocol not supported. */
  public static final int EPROTONOSUPPORT = 93;

  /** Operation not supported. */
  public static final int EOPNOTSUPP = 95;

  /** Protocol family not supported. */
  public static final int EPFNOSUPPORT = 96;

  /** Address family not supported by protocol. */
  public static final int EAFNOSUPPORT = 97;

  /** Address already in use. */
  public static final int EADDRINUSE = 98;

  /** Cannot assign requested address. */
  public static final int EADDRNOTAVAIL = 99;

  /** Network is down. */
  public static final int ENETDOWN = 100;

  /** Network is unreachable. */
  public static final int ENETUNREACH = 101;

  /** Network dropped connection on reset. */
  public static final int ENETRESET = 102;

  /** Software caused connection abort. */
  public static final int ECONNABORTED = 103;

  /** Connection reset by peer. */
  public static final int ECONNRESET = 104;

  /** No buffer space available. */
  public static final int ENOBUFS = 105;

  /** Transport endpoint is already connected. */
  public static final int EISCONN = 106;

  /** Transport endpoint is not connected. */
  public static final int ENOTCONN = 107;

  /** Connection timed out. */
  public static final int ETIMEDOUT = 110;

  /** Connection refused. */
  public static final int ECONNREFUSED = 111;

  /** Host is down. */
  public static final int EHOSTDOWN = 112;

  /** No route to host. */
  public static final int EHOSTUNREACH = 113;

  /** Operation already in progress. */
  public static final int EALREADY = 114;

  /** Operation now in progress. */
  public static final int EINPROGRESS = 115;

  /** Operation canceled. */
  public static final int ECANCELED = 125;

  private Errno() {}

  /**
   * The name and meaning of an error number, for messages: {@code ECONNREFUSED: connection
   * refused}.
   *
   * @param errno positive or negated
   */
  public static String name(int errno) {
    return switch (Math.abs(errno)) {
      case EPERM -> "EPERM: operation not permitted";
      case ENOENT -> "ENOENT: no such file or directory";
      case ESRCH -> "ESRCH: no such process";
      case EINTR -> "EINTR: interrupted system call";
      case EIO -> "EIO: input/output error";
      case ENXIO -> "ENXIO: no such device or address";
      case E2BIG -> "E2BIG: argument list too long";
      case EBADF -> "EBADF: bad file descriptor";
      case ECHILD -> "ECHILD: no child processes";
      case EAGAIN -> "EAGAIN: resource temporarily unavailable";
      case ENOMEM -> "ENOMEM: cannot allocate memory";
      case EACCES -> "EACCES: permission denied";
      case EFAULT -> "EFAULT: bad address";
      case EBUSY -> "EBUSY: device or resource busy";
      case EEXIST -> "EEXIST: file exists";
      case EXDEV -> "EXDEV: invalid cross-device link";
      case ENODEV -> "ENODEV: no such device";
      case ENOTDIR -> "ENOTDIR: not a directory";
      case EISDIR -> "EISDIR: is a directory";
      case EINVAL -> "EINVAL: invalid argument";
      case ENFILE -> "ENFILE: too many open files in system";
      case EMFILE -> "EMFILE: too many open files";
      case ENOTTY -> "ENOTTY: inappropriate ioctl for device";
      case EFBIG -> "EFBIG: file too large";
      case ENOSPC -> "ENOSPC: no space left on device";
      case ESPIPE -> "ESPIPE: illegal seek";
      case EROFS -> "EROFS: read-only file system";
      case EPIPE -> "EPIPE: broken pipe";
      case ERANGE -> "ERANGE: numerical result out of range";
      case ENAMETOOLONG -> "ENAMETOOLONG: file name too long";
      case ENOSYS -> "ENOSYS: function not implemented";
      case ELOOP -> "ELOOP: too many levels of symbolic links";
      case ENODATA -> "ENODATA: no data available";
      case ENONET -> "ENONET: machine is not on the network";
      case EPROTO -> "EPROTO: protocol error";
      case EBADFD -> "EBADFD: file descriptor in bad state";
      case EOVERFLOW -> "EOVERFLOW: value too large for defined data type";
      case ENOTSOCK -> "ENOTSOCK: socket operation on non-socket";
      case EDESTADDRREQ -> "EDESTADDRREQ: destination address required";
      case EMSGSIZE -> "EMSGSIZE: message too long";
      case EPROTOTYPE -> "EPROTOTYPE: protocol wrong type for socket";
      case ENOPROTOOPT -> "ENOPROTOOPT: protocol not available";
      case EPROTONOSUPPORT -> "EPROTONOSUPPORT: protocol not supported";
      case EOPNOTSUPP -> "EOPNOTSUPP: operation not supported";
      case EPFNOSUPPORT -> "EPFNOSUPPORT: protocol family not supported";
      case EAFNOSUPPORT -> "EAFNOSUPPORT: address family not supported by protocol";
      case EADDRINUSE -> "EADDRINUSE: address already in use";
      case EADDRNOTAVAIL -> "EADDRNOTAVAIL: cannot assign requested address";
      case ENETDOWN -> "ENETDOWN: network is down";
      case ENETUNREACH -> "ENETUNREACH: network is unreachable";
      case ENETRESET -> "ENETRESET: network dropped connection on reset";
      case ECONNABORTED -> "ECONNABORTED: software caused connection abort";
      case ECONNRESET -> "ECONNRESET: connection reset by peer";
      case ENOBUFS -> "ENOBUFS: no buffer space available";
      case EISCONN -> "EISCONN: transport endpoint is already connected";
      case ENOTCONN -> "ENOTCONN: transport endpoint is not connected";
      case ETIMEDOUT -> "ETIMEDOUT: connection timed out";
      case ECONNREFUSED -> "ECONNREFUSED: connection refused";
      case EHOSTDOWN -> "EHOSTDOWN: host is down";
      case EHOSTUNREACH -> "EHOSTUNREACH: no route to host";
      case EALREADY -> "EALREADY: operation already in progress";
      case EINPROGRESS -> "EINPROGRESS: operation now in progress";
      case ECANCELED -> "ECANCELED: operation canceled";
      default -> "error " + Math.abs(errno);
    };
  }
}
