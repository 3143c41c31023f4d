package org.jpasst.control.file;

import static java.nio.file.StandardCopyOption.ATOMIC_MOVE;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.concurrent.ThreadLocalRandom;
import org.jpasst.linux.DescriptorChannel;
import org.jpasst.linux.Errno;
import org.jpasst.linux.ErrnoException;
import org.jpasst.linux.FileDescriptors;
import org.jpasst.linux.FileFlag;

/**
 * A file that gets other content as a whole: at each moment its name stands for the old one or for
 * the new one. The new one is written beside it, for its owner only, and renamed.
 *
 * <p>Where there can't be another file beside it (its directory isn't ours to write to, it is
 * mounted by itself) or it has no name, the new content waits in the directory for temporary files
 * and is copied into it in the end, when it is made its owner's alone. Then a process that is
 * killed halfway leaves less than a whole.
 */
final class ReplacedFile implements OperatorFile {
  private static final String PREFIX = ".jpasst-";
  private static final int CHUNK = 1 << 16;

  private final Place place;
  private final Path temporary;
  private final boolean isBeside;
  private final PlainFile written;

  /** The same file: in a directory of somebody else's its name may be another one's meanwhile. */
  private final DescriptorChannel own;

  private ReplacedFile(Place place, Path temporary, int fd, boolean isBeside)
      throws ErrnoException {
    this.place = place;
    this.temporary = temporary;
    this.isBeside = isBeside;
    written = new PlainFile(fd);
    int duplicate = FileDescriptors.fcntl(fd, FileFlag.F_DUPFD_CLOEXEC, 0);
    own = new DescriptorChannel(ErrnoException.check(duplicate, "cannot open " + temporary), 0);
    // For a program that is interrupted.
    temporary.toFile().deleteOnExit();
  }

  /**
   * Makes ready to write it. What is no regular file is written at once.
   *
   * @param flags more of open(2)'s for that
   */
  static OperatorFile open(Path path, int flags) throws IOException {
    Place place = Place.of(path);
    if (place.exists()) {
      PlainFile present = new PlainFile(openPresent(path, flags));
      if (!place.isRegular()) {
        return present;
      }
      // It may be written to, which is all that we wanted to know.
      present.close();
    }
    String what = "cannot open " + path;
    if (place.isName()) {
      Path beside = temporaryIn(place.directory());
      int fd = create(beside);
      if (fd >= 0) {
        keepOwner(fd, place);
        return new ReplacedFile(place, beside, fd, true);
      }
      boolean isForbidden = fd == -Errno.EACCES || fd == -Errno.EPERM || fd == -Errno.EROFS;
      if (!isForbidden || !place.exists()) {
        throw new ErrnoException(fd, what);
      }
    }
    if (!place.canBePrivate()) {
      throw new ErrnoException(Errno.EPERM, what + ", which others could read");
    }
    Path elsewhere = temporaryIn(Path.of(System.getProperty("java.io.tmpdir")));
    int fd = ErrnoException.check(create(elsewhere), "cannot open " + elsewhere);
    return new ReplacedFile(place, elsewhere, fd, false);
  }

  /** With O_CREAT for the kernel's sake, see {@link OverwrittenFile}. */
  private static int openPresent(Path path, int flags) throws ErrnoException {
    int all = FileFlag.O_WRONLY | FileFlag.O_CREAT | FileFlag.O_CLOEXEC | flags;
    int fd = FileDescriptors.open(path.toString(), all, OWN_ACCESS);
    return ErrnoException.check(fd, "cannot open " + path);
  }

  private static Path temporaryIn(Path directory) {
    return directory.resolve(
        PREFIX + HexFormat.of().toHexDigits(ThreadLocalRandom.current().nextLong()));
  }

  private static int create(Path path) {
    int flags = FileFlag.O_RDWR | FileFlag.O_CREAT | FileFlag.O_EXCL | FileFlag.O_CLOEXEC;
    return FileDescriptors.open(path.toString(), flags, OWN_ACCESS);
  }

  /** Whoever may not give files away gets it for himself. */
  private static void keepOwner(int fd, Place place) throws IOException {
    if (place.exists()) {
      FileDescriptors.fchown(fd, place.user(), place.group());
    }
  }

  @Override
  public int take() {
    return written.take();
  }

  @Override
  public void commit() throws IOException {
    try {
      if (!isBeside || !rename()) {
        copy();
      }
    } catch (IOException e) {
      String reason = e.getMessage();
      throw new ErrnoException(Errno.EIO, "cannot write " + place.file() + " (" + reason + ")");
    }
  }

  /** Whether that could be done, or else a copy may help. */
  private boolean rename() throws IOException {
    boolean replaces = place.exists();
    if (replaces) {
      // Without that a host that fails in the next seconds may come back with neither the old nor
      // the new content. Where there is no old one the time isn't spent: a guest waits.
      own.sync();
    }
    try {
      Files.move(temporary, place.file(), ATOMIC_MOVE);
      return true;
    } catch (IOException e) {
      if (replaces && place.canBePrivate()) {
        return false;
      }
      throw e;
    }
  }

  private void copy() throws IOException {
    int fd = openPresent(place.file(), 0);
    try (var to = new DescriptorChannel(fd, 0)) {
      ErrnoException.check(FileDescriptors.fchmod(fd, OWN_ACCESS), "cannot make it private");
      own.rewind();
      ByteBuffer chunk = ByteBuffer.allocate(CHUNK);
      while (own.read(chunk.clear()) >= 0) {
        chunk.flip();
        while (chunk.hasRemaining()) {
          to.write(chunk);
        }
      }
      to.cutOff();
      to.sync();
    }
  }

  @Override
  public void close() {
    written.close();
    own.close();
    try {
      Files.deleteIfExists(temporary);
    } catch (IOException e) {
      // It is left over, for its owner only.
    }
  }
}
