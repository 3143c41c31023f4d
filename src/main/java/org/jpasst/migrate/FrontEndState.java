package org.jpasst.migrate;

import java.io.IOException;
import org.jpasst.guest.DeviceState;
import org.jpasst.linux.DescriptorChannel;
import org.jpasst.linux.ErrnoException;
import org.jpasst.linux.FileDescriptors;
import org.jpasst.linux.FileFlag;
import org.jpasst.log.Log;

/**
 * The state as QEMU carries it inside its own migration: over a pipe.
 *
 * <p>Plainly, without lambdas: all that is new to the JVM here costs the guest a millisecond, once,
 * while it stands still.
 */
public final class FrontEndState implements DeviceState {
  /** A front-end that neither reads nor writes for so long has given up. */
  private static final int PATIENCE_MILLIS = 30_000;

  private static final int FIRST_OWN = 3;

  private final Migration migration;
  private final Runnable onTaken;
  private final Log log;

  /**
   * The state of a back-end.
   *
   * @param onTaken what is done once the front-end has it
   */
  public FrontEndState(Migration migration, Runnable onTaken, Log log) {
    this.migration = migration;
    this.onTaken = onTaken;
    this.log = log;
  }

  @Override
  public void expected() {
    migration.prepare();
  }

  @Override
  public int save(int fd) {
    try (DescriptorChannel pipe = open(fd)) {
      migration.save(pipe);
      return 0;
    } catch (IOException e) {
      return failed("save", e);
    }
  }

  @Override
  public int load(int fd) {
    try (DescriptorChannel pipe = open(fd)) {
      migration.load(pipe);
      return 0;
    } catch (IOException e) {
      return failed("load", e);
    }
  }

  @Override
  public void taken() {
    onTaken.run();
  }

  @Override
  public void resumed() {
    log.info("the guest goes on here: migration was cancelled");
    migration.resume();
  }

  private DescriptorChannel open(int fd) throws ErrnoException {
    int own = FileDescriptors.fcntl(fd, FileFlag.F_DUPFD_CLOEXEC, FIRST_OWN);
    return new DescriptorChannel(
        ErrnoException.check(own, "cannot use the front-end's pipe"), PATIENCE_MILLIS);
  }

  private int failed(String what, IOException e) {
    log.error("cannot " + what + " the state: " + e.getMessage());
    return ErrnoException.errnoOf(e);
  }
}
