package org.jpasst.app;

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

  static final String BACKGROUND = "background";
  static final String READY = "jpasst: ready";
  static final String EXIT = "jpasst: exit ";

  private static final int STANDARD_INPUT = 0;
  private static final int STANDARD_OUTPUT = 1;
  private static final int STANDARD_ERROR = 2;
  private static final int NO_DESCRIPTOR = -1;

  private final boolean background;
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

  /**
   * Reports that guests can connect and the pid file is written. In the background this process
   * becomes the leader of a session of its own, with /dev/null as standard input, output and error;
   * nothing can be told to the user on them afterwards.
   *
   * @throws LaunchException if the launcher or /dev/null is gone
   */
  public void ready() throws LaunchException {
    ready(NO_DESCRIPTOR);
  }

  /**
   * The same with another standard output than /dev/null from now on.
   *
   * @param output its descriptor, which stays the caller's; negative: /dev/null
   */
  public void ready(int output) throws LaunchException {
    if (!background || reported) {
      return;
    }
    reported = true;
    new ProcessControl().setsid();
    FileDescriptors descriptors = new FileDescriptors();
    int none = descriptors.open("/dev/null", FileFlag.O_RDWR | FileFlag.O_CLOEXEC, 0);
    if (none < 0) {
      throw new LaunchException("cannot open /dev/null: " + Errno.name(none));
    }
    descriptors.dup2(none, STANDARD_INPUT);
    descriptors.dup2(none, STANDARD_ERROR);
    System.out.println(READY);
    if (System.out.checkError()) {
      throw new LaunchException("the launcher ended before the back-end was ready");
    }
    descriptors.dup2(output < 0 ? none : output, STANDARD_OUTPUT);
    descriptors.close(none);
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
