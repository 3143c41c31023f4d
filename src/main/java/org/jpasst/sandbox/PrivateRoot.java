package org.jpasst.sandbox;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collection;
import java.util.SortedSet;
import java.util.TreeSet;
import org.jpasst.linux.ErrnoException;
import org.jpasst.linux.Mounts;

/**
 * A root directory of the process's own, with nothing in it but some directories of the former one,
 * in a mount namespace that nobody else is in.
 */
final class PrivateRoot {
  /** Where it is put together: a directory that is always there, with nothing in it to show. */
  private static final Path PLACE = Path.of("/proc");

  private static final String OPTIONS = "size=64k,nr_inodes=256,mode=0755";
  private static final long SEALED = Mounts.READ_ONLY | Mounts.NO_SUID | Mounts.NO_DEVICES;

  private final Mounts mounts = new Mounts();
  private final boolean chrootFallback;

  /**
   * A root that isn't entered yet.
   *
   * @param chrootFallback by chroot(2) where pivot_root(2) fails
   */
  PrivateRoot(boolean chrootFallback) {
    this.chrootFallback = chrootFallback;
  }

  /**
   * Makes it, and makes it the root of the whole process.
   *
   * @param readable directories that can be read under their names
   * @param removable directories that files can be removed from as well
   * @throws IOException if that can't be done
   */
  void enter(Collection<Path> readable, Collection<Path> removable) throws IOException {
    // One that lies in another has to be mounted after it.
    SortedSet<Path> all = real(readable);
    SortedSet<Path> open = real(removable);
    all.addAll(open);
    check(mounts.mountTmpfs(PLACE, OPTIONS), "cannot mount a file system in memory");
    for (Path each : all) {
      Path at = PLACE.resolve(each.getRoot().relativize(each));
      Files.createDirectories(at);
      check(mounts.bind(each, at), "cannot keep " + each + " in sight");
      long attributes = open.contains(each) ? SEALED & ~Mounts.READ_ONLY : SEALED;
      check(mounts.setAttributes(at, attributes, true), "cannot write-protect " + each);
    }
    check(mounts.setAttributes(PLACE, SEALED, false), "cannot write-protect the root directory");
    int result = mounts.pivotRoot(PLACE);
    if (result < 0 && chrootFallback) {
      result = mounts.changeRoot(PLACE);
    }
    check(result, "cannot change the root directory");
    check(mounts.changeDirectory(Path.of("/")), "cannot enter the root directory");
  }

  private static SortedSet<Path> real(Collection<Path> paths) throws IOException {
    SortedSet<Path> real = new TreeSet<>();
    for (Path each : paths) {
      real.add(each.toRealPath());
    }
    return real;
  }

  private static void check(int result, String what) throws ErrnoException {
    ErrnoException.check(result, what);
  }
}
