package org.jpasst.unix;

import jnr.posix.POSIX;
import jnr.posix.POSIXFactory;

/**
 * Who this process runs as.
 *
 * @param userId effective user, as seen in its user namespace
 * @param groupId effective group
 */
public record ProcessIdentity(int userId, int groupId) {

  /** The present identity. */
  public static ProcessIdentity current() {
    POSIX posix = POSIXFactory.getNativePOSIX();
    return new ProcessIdentity(posix.geteuid(), posix.getegid());
  }

  /** Whether the user is the superuser of its user namespace. */
  public boolean isRoot() {
    return userId == 0;
  }
}
