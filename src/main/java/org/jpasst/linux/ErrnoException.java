package org.jpasst.linux;

import java.io.IOException;

/** What failed, in one line, with the error number that says why. */
public final class ErrnoException extends IOException {
  private static final long serialVersionUID = 1;

  private final int errno;

  /**
   * The message becomes {@code what: ENAME: meaning}.
   *
   * @param errno of {@link Errno}, positive or negated
   * @param what what could not be done
   */
  public ErrnoException(int errno, String what) {
    super(what + ": " + Errno.name(errno));
    this.errno = Math.abs(errno);
  }

  /**
   * Passes on what a system call returned.
   *
   * @param result not negative, or the negated error number
   * @param what what the call was for
   * @return the result
   * @throws ErrnoException if it is negative
   */
  public static int check(int result, String what) throws ErrnoException {
    if (result < 0) {
      throw new ErrnoException(result, what);
    }
    return result;
  }

  /** The number that says why something failed: EIO where nothing better is known. */
  public static int errnoOf(IOException e) {
    return e instanceof ErrnoException known ? known.errno : Errno.EIO;
  }

  /** The error number, positive. */
  public int errno() {
    return errno;
  }
}
