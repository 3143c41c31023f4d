package org.jpasst.migrate.stream;

import java.nio.ByteBuffer;
import org.jpasst.linux.Errno;
import org.jpasst.linux.ErrnoException;

/**
 * The stream's first 16 bytes: a magic number and two version numbers, both unsigned.
 *
 * @param version what the stream is
 * @param compatibleVersion the oldest version whose reader understands it
 */
public record StreamHeader(int version, int compatibleVersion) {
  /** Bytes of a header. */
  public static final int SIZE = 16;

  /** The version that this program speaks. */
  public static final StreamHeader CURRENT = new StreamHeader(2, 2);

  private static final long MAGIC = 0xb1bb1d1b0bb1d1b0L;

  /**
   * Reads a header and checks that we understand what follows, with passt's errors.
   *
   * @throws ErrnoException EINVAL for what is no such stream, ENOTSUP for another version
   */
  static StreamHeader read(ByteBuffer from) throws ErrnoException {
    if (from.getLong() != MAGIC) {
      throw new ErrnoException(Errno.EINVAL, "not a state stream: wrong magic number");
    }
    StreamHeader header = new StreamHeader(from.getInt(), from.getInt());
    if (header.version == 0 || header.compatibleVersion == 0) {
      throw new ErrnoException(Errno.EINVAL, "not a state stream: version 0");
    }
    if (Integer.compareUnsigned(header.version, CURRENT.version) < 0
        || Integer.compareUnsigned(header.compatibleVersion, CURRENT.version) > 0) {
      throw new ErrnoException(Errno.EOPNOTSUPP, "state stream of " + header);
    }
    return header;
  }

  void write(ByteBuffer to) {
    to.putLong(MAGIC).putInt(version).putInt(compatibleVersion);
  }

  @Override
  public String toString() {
    return "version "
        + Integer.toUnsignedString(version)
        + ", compatible with "
        + Integer.toUnsignedString(compatibleVersion);
  }
}
