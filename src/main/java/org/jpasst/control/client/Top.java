package org.jpasst.control.client;

import java.io.IOException;
import java.io.PrintStream;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.jpasst.linux.FileDescriptors;
import org.jpasst.linux.Poll;
import org.jpasst.linux.Terminal;

/** {@code top}: a view that is drawn anew each second, until q or Ctrl-C. */
final class Top {
  private static final int INTERVAL_MILLIS = 1000;
  private static final int CTRL_C = 3;

  // ECMA-48, and the alternate screen of xterm.
  private static final String ENTER = "\u001b[?1049h\u001b[?25l";
  private static final String LEAVE = "\u001b[?25h\u001b[?1049l";
  private static final String HOME = "\u001b[H";
  private static final String REST_OF_LINE = "\u001b[K";
  private static final String REST_OF_SCREEN = "\u001b[J";

  private final ControlClient client;
  private final PrintStream out;
  private final Terminal input = new Terminal(Terminal.STDIN);
  private final Terminal output = new Terminal(Terminal.STDOUT);
  private final Poll poll = new Poll();

  Top(ControlClient client, PrintStream out) {
    this.client = client;
    this.out = out;
  }

  /** Shows it; once only where nobody looks at a terminal. */
  void run() throws IOException {
    if (!output.isTerminal()) {
      TopView.lines(Optional.empty(), Sample.take(client), Integer.MAX_VALUE).forEach(out::println);
      return;
    }
    Thread restore = new Thread(this::leave, "terminal");
    Runtime.getRuntime().addShutdownHook(restore);
    try {
      input.readKeys();
      out.print(ENTER);
      Optional<Sample> before = Optional.empty();
      do {
        Sample now = Sample.take(client);
        draw(before, now);
        before = Optional.of(now);
      } while (!isEndAskedFor());
    } finally {
      Runtime.getRuntime().removeShutdownHook(restore);
      leave();
    }
  }

  private void leave() {
    out.print(LEAVE);
    out.flush();
    input.restore();
  }

  private void draw(Optional<Sample> before, Sample now) {
    Terminal.Size size = output.size();
    List<String> lines = TopView.lines(before, now, size.rows());
    StringBuilder screen = new StringBuilder(HOME);
    for (int i = 0; i < lines.size(); i++) {
      String line = lines.get(i);
      screen.append(i == 0 ? "" : "\r\n");
      screen.append(line, 0, Math.min(line.length(), size.columns())).append(REST_OF_LINE);
    }
    out.print(screen.append(REST_OF_SCREEN));
    out.flush();
  }

  /** Waits for the next view's time, or a key. */
  private boolean isEndAskedFor() {
    long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(INTERVAL_MILLIS);
    while (true) {
      long left = TimeUnit.NANOSECONDS.toMillis(end - System.nanoTime());
      // A negative descriptor is passed over: then this is only a pause.
      int fd = input.isTerminal() ? Terminal.STDIN : -1;
      int ready = left <= 0 ? 0 : poll.await(fd, Poll.IN, (int) left);
      if (left <= 0 || ready == 0) {
        return false;
      }
      if (ready > 0) {
        int key = FileDescriptors.readByte(Terminal.STDIN);
        if (key < 0 || key == 'q' || key == 'Q' || key == CTRL_C) {
          return true;
        }
      }
    }
  }
}
