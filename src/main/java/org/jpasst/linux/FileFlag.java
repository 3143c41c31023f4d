package org.jpasst.linux;

/** Flags of open(2), commands of fcntl(2), asm-generic/fcntl.h. */
public final class FileFlag {
  /** Read. */
  public static final int O_RDONLY = 0;

  /** Write. */
  public static final int O_WRONLY = 1;

  /** Both. */
  public static final int O_RDWR = 2;

  /** Create. */
  public static final int O_CREAT = 0x40;

  /** Fail if it exists. */
  public static final int O_EXCL = 0x80;

  /** Empty it. */
  public static final int O_TRUNC = 0x200;

  /** Write at the end. */
  public static final int O_APPEND = 0x400;

  /** Don't wait. */
  public static final int O_NONBLOCK = 0x800;

  /** Close on exec. */
  public static final int O_CLOEXEC = 0x80000;

  /** Duplicate, at least as the argument. */
  public static final int F_DUPFD = 0;

  /** Descriptor flags; EBADF tells a closed one. */
  public static final int F_GETFD = 1;

  /** Sets descriptor flags. */
  public static final int F_SETFD = 2;

  /** Status flags. */
  public static final int F_GETFL = 3;

  /** Sets status flags. */
  public static final int F_SETFL = 4;

  /** Like F_DUPFD with FD_CLOEXEC. */
  public static final int F_DUPFD_CLOEXEC = 1030;

  /** What a file in memory is sealed against. */
  public static final int F_GET_SEALS = 1034;

  /** The seal: it doesn't become shorter. */
  public static final int F_SEAL_SHRINK = 2;

  /** The descriptor flag. */
  public static final int FD_CLOEXEC = 1;

  private FileFlag() {}
}
