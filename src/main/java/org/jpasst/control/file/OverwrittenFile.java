package org.jpasst.control.file;

import java.nio.file.Path;
import org.jpasst.linux.Errno;
import org.jpasst.linux.ErrnoException;
import org.jpasst.linux.FileDescriptors;
import org.jpasst.linux.FileFlag;
import org.jpasst.unix.OwnFile;

/**
 * A file that is written in place: who watches it sees it grow. It is opened as it is; whoever
 * begins to write cuts off what it holds ({@link org.jpasst.linux.DescriptorChannel#cutOff}). One
 * that wasn't there is removed again if nothing comes of it.
 */
final class OverwrittenFile implements OperatorFile {
  private final PlainFile file;
  private final Runnable undo;
  private boolean committed;

  private OverwrittenFile(int fd, Runnable undo) {
    file = new PlainFile(fd);
    this.undo = undo;
  }

  /**
   * Opens it, or makes it.
   *
   * @param flags more of open(2)'s
   */
  static OverwrittenFile open(Path path, int flags) throws ErrnoException {
    // O_CREAT also where it is there: in a directory that everybody may write to the kernel then
    // refuses one that was laid there by somebody else (fs.protected_regular, proc_sys_fs(5)).
    int usual = FileFlag.O_WRONLY | FileFlag.O_CREAT | FileFlag.O_CLOEXEC | flags;
    int made = FileDescriptors.open(path.toString(), usual | FileFlag.O_EXCL, OWN_ACCESS);
    if (made >= 0) {
      return new OverwrittenFile(made, OwnFile.at(path)::remove);
    }
    int fd =
        made == -Errno.EEXIST ? FileDescriptors.open(path.toString(), usual, OWN_ACCESS) : made;
    return new OverwrittenFile(ErrnoException.check(fd, "cannot open " + path), () -> {});
  }

  @Override
  public int take() {
    return file.take();
  }

  @Override
  public void commit() {
    committed = true;
  }

  @Override
  public void close() {
    if (!committed) {
      undo.run();
    }
    file.close();
  }
}
