package org.jpasst.migrate.repair;

import org.jpasst.linux.ErrnoException;

/** Switches TCP sockets into and out of repair mode. */
public interface RepairMode {
  /**
   * Does the same to many sockets. Where it fails, some of them may be switched.
   *
   * @param fds descriptors, which stay the caller's
   * @throws ErrnoException EPERM without the privilege, EAGAIN without a helper; what went wrong
   *     with it otherwise
   */
  void set(int[] fds, RepairCommand command) throws ErrnoException;
}
