package org.jpasst.app;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import org.jpasst.linux.EpollFlag;
import org.jpasst.linux.FileDescriptors;
import org.jpasst.linux.FileFlag;
import org.jpasst.linux.Pipe;
import org.jpasst.loop.EventHandler;
import org.jpasst.loop.EventKeys;
import org.jpasst.loop.EventKind;
import org.jpasst.loop.EventLoop;

/**
 * Hears SIGQUIT. HotSpot keeps that signal for itself, and answers it with its threads' stacks on
 * standard output. The program has nothing to print there while it serves: it gives standard output
 * to this, a pipe whose other end is watched here, and the stacks' heading asks for the end. The
 * pipe doesn't block, since nobody could read while the JVM prints; what it has no room for is
 * lost.
 */
final class QuitSignal implements EventHandler, AutoCloseable {
  /** Something was written to standard output. */
  static final EventKind EVENTS = new EventKind("signals");

  private static final String HEADING = "Full thread dump";
  private static final int STANDARD_OUTPUT = 1;
  private static final int STANDARD_ERROR = 2;
  private static final int BUFFER = 4096;
  private static final int NONE = -1;

  private final MemorySegment buffer = Arena.global().allocate(BUFFER);
  private final Pipe pipe;
  private final Runnable stop;
  private int before = NONE;
  private boolean heard;
  private String last = "";

  private QuitSignal(Pipe pipe, Runnable stop) {
    this.pipe = pipe;
    this.stop = stop;
  }

  /**
   * Begins to listen; nothing is heard before standard output is {@link #output}.
   *
   * @param stop what the signal asks for
   * @throws IOException if the process is out of descriptors
   */
  static QuitSignal watch(EventLoop loop, Runnable stop) throws IOException {
    QuitSignal signal = new QuitSignal(Pipe.open(), stop);
    EventKeys keys = loop.handle(EVENTS, signal);
    loop.add(signal.pipe.readEnd(), EpollFlag.IN, keys.of(0, 0));
    return signal;
  }

  /** The descriptor that standard output has to become; it stays this object's. */
  int output() {
    return pipe.writeEnd();
  }

  /** Takes standard output until the end, when it is given back. */
  void takeStandardOutput() {
    before = FileDescriptors.fcntl(STANDARD_OUTPUT, FileFlag.F_DUPFD_CLOEXEC, STANDARD_ERROR + 1);
    FileDescriptors.dup2(output(), STANDARD_OUTPUT);
  }

  @Override
  public void onReady(int index, int generation, int events, long nowNanos) {
    int length = FileDescriptors.read(pipe.readEnd(), buffer, 0, BUFFER);
    if (length <= 0) {
      return;
    }
    byte[] bytes = buffer.asSlice(0, length).toArray(ValueLayout.JAVA_BYTE);
    String text = last + new String(bytes, StandardCharsets.ISO_8859_1);
    if (text.contains(HEADING)) {
      heard = true;
      stop.run();
    }
    last = text.substring(Math.max(0, text.length() - HEADING.length()));
  }

  /** Where the signal was heard, standard output isn't given back: there is more to come. */
  @Override
  public void close() {
    if (before >= 0) {
      if (!heard) {
        FileDescriptors.dup2(before, STANDARD_OUTPUT);
      }
      FileDescriptors.close(before);
    }
    FileDescriptors.close(pipe.readEnd());
    FileDescriptors.close(pipe.writeEnd());
  }
}
