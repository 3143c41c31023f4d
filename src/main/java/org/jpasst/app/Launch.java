package org.jpasst.app;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jpasst.linux.Errno;
import org.jpasst.linux.FileDescriptors;
import org.jpasst.linux.FileFlag;
import org.jpasst.linux.ProcessControl;

/**
 * How this process was launched, and what its launcher waits to hear.
 *
 * <p>A JVM cannot fork itself into the background, so bin/passt does: it starts this process as its
 * child with a pipe as standard output, and ends with status 0 when the pipe ends after the line
 * {@value #READY}, or with the status of the line {@value #EXIT}N. In the foreground the launcher
 * has become this process, and there is nobody to tell.
 */
public final class Launch {
  /** The launcher sets it to {@value #BACKGROUND} or to "foreground". */
  static final String PROPERTY = "jpasst.launch";

  /** The launcher sets it to {@value #OWN} where this process has namespaces of its own. */
  static final String NAMESPACES_PROPERTY = "jpasst.namespaces";

  /**
   * The launcher sets it to {@value #OFFERED} where it has given the JVM an AOT cache (JEP 483).
   */
  static final String CACHE_PROPERTY = "jpasst.cache";

  static final String OFFERED = "offered";

  /** HotSpot says there how it runs: with "sharing" where it uses an archive of classes. */
  private static final String VM_INFO_PROPERTY = "java.vm.info";

  static final String BACKGROUND = "background";
  static final String OWN = "own";
  static final String READY = "jpasst: ready";
  static final String EXIT = "jpasst: exit ";

  private static final int STANDARD_INPUT = 0;
  private static final int STANDARD_OUTPUT = 1;
  private static final int STANDARD_ERROR = 2;

  /** The kernel shows a process there under the number that it has where /proc was mounted. */
  private static final Path SELF = Path.of("/proc/self");

  private static final int NOT_OPEN = -1;

  private final boolean background;
  private int none = NOT_OPEN;
  private boolean reported;

  private Launch(boolean background) {
    this.background = background;
  }

  /** The launch of this process. Without a launcher it is a foreground one. */
  public static Launch ofThisProcess() {
    return new Launch(BACKGROUND.equals(System.getProperty(PROPERTY)));
  }

  /** Whether a launcher waits for this process to become ready. */
  public boolean inBackground() {
    return background;
  }

  /** Whether the launcher has given this process mount, IPC and UTS namespaces of its own. */
  public boolean hasOwnNamespaces() {
    return OWN.equals(System.getProperty(NAMESPACES_PROPERTY));
  }

  /**
   * Whether the launcher had an AOT cache that the JVM has turned down: it is of another runtime,
   * or of other jars. The JVM looks for no other archive of classes then.
   */
  boolean hasUnusedCache() {
    return OFFERED.equals(System.getProperty(CACHE_PROPERTY))
        && !System.getProperty(VM_INFO_PROPERTY, "").contains("sharing");
  }

  /** This process's number, as whoever launched it sees it: it may be 1 in its own namespace. */
  public long processId() {
    try {
      return Long.parseLong(Files.readSymbolicLink(SELF).toString());
    } catch (IOException | NumberFormatException e) {
      return ProcessHandle.current().pid();
    }
  }

  /**
   * Opens what {@link #ready} needs, while it can be opened. In the background this process becomes
   * the leader of a session of its own.
   *
   * @throws LaunchException if /dev/null is gone
   */
  public void prepare() throws LaunchException {
    if (!background) {
      return;
    }
    new ProcessControl().setsid();
    none = FileDescriptors.open("/dev/null", FileFlag.O_RDWR | FileFlag.O_CLOEXEC, 0);
    if (none < 0) {
      throw new LaunchException("cannot open /dev/null: " + Errno.name(none));
    }
  }

  /**
   * Reports that guests can connect and the pid file is written. In the background this process has
   * /dev/null as standard input and error from now on; nothing can be told to the user on them.
   * {@link #prepare} comes first.
   *
   * @param output what standard output becomes then; stays the caller's
   * @throws LaunchException if the launcher is gone
   */
  public void ready(int output) throws LaunchException {
    if (!background || reported) {
      return;
    }
    reported = true;
    FileDescriptors.dup2(none, STANDARD_INPUT);
    FileDescriptors.dup2(none, STANDARD_ERROR);
    System.out.println(READY);
    if (System.out.checkError()) {
      throw new LaunchException("the launcher ended before the back-end was ready");
    }
    FileDescriptors.dup2(output, STANDARD_OUTPUT);
    FileDescriptors.close(none);
  }

  /**
   * Reports that this process is about to end. The launcher ends with the same status, unless it
   * has been told of readiness before.
   *
   * @param status the exit status
   */
  public void ending(int status) {
    if (background && !reported) {
      reported = true;
      System.out.println(EXIT + status);
      System.out.flush();
    }
  }
}
