package org.jpasst.control.file;

import org.jpasst.linux.FileDescriptors;

/** A descriptor, and nothing to be put right: of a file to be read, a pipe, a device. */
final class PlainFile implements OperatorFile {
  private static final int TAKEN = -1;

  private int fd;

  /**
   * One of a descriptor.
   *
   * @param fd becomes this object's
   */
  PlainFile(int fd) {
    this.fd = fd;
  }

  @Override
  public int take() {
    int taken = fd;
    fd = TAKEN;
    return taken;
  }

  @Override
  public void commit() {
    // It is as it is.
  }

  @Override
  public void close() {
    if (fd != TAKEN) {
      FileDescriptors.close(fd);
      fd = TAKEN;
    }
  }
}
