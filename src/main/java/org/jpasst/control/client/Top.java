package org.jpasst.control.client;

import java.io.IOException;
import java.io.PrintStream;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.jpasst.linux.FileDescriptors;
import org.jpasst.linux.Poll;
import org.jpasst.linux.Terminal;

/** {@code top}: a view that is drawn anew each second, as its keys ask for ({@link TopKeys}). */
final class Top {
  private static final int INTERVAL_MILLIS = 1000;

  /** How soon a window's new size is seen. */
  private static final int LOOK_MILLIS = 200;

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
      var unlimited = new Terminal.Size(Integer.MAX_VALUE, Integer.MAX_VALUE);
      TopView.lines(Optional.empty(), Sample.take(client), TopState.INITIAL, unlimited).stream()
          .filter(line -> !line.equals(TopState.INITIAL.text()))
          .forEach(out::println);
      return;
    }
    Thread restore = new Thread(this::leave, "terminal");
    Runtime.getRuntime().addShutdownHook(restore);
    try {
      input.readKeys();
      out.print(ENTER);
      Optional<Sample> before = Optional.empty();
      Sample now = Sample.take(client);
      TopState state = TopState.INITIAL;
      while (!state.ended()) {
        state = show(before, now, state);
        if (!state.paused() && !state.ended()) {
          before = Optional.of(now);
          now = Sample.take(client);
        }
      }
    } finally {
      Runtime.getRuntime().removeShutdownHook(restore);
      leave();
    }
  }

  /** Draws a view, and again at each key and when the window has another size, until its time. */
  private TopState show(Optional<Sample> before, Sample now, TopState first) {
    TopState state = first;
    long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(INTERVAL_MILLIS);
    Terminal.Size drawn = draw(before, now, state);
    while (!state.ended()) {
      long left = TimeUnit.NANOSECONDS.toMillis(end - System.nanoTime());
      if (left <= 0) {
        break;
      }
      TopState next = awaitKey(state, Math.min(left, LOOK_MILLIS));
      if (next != state || !output.size().equals(drawn)) {
        drawn = draw(before, now, next);
      }
      state = next;
    }
    return state;
  }

  private void leave() {
    out.print(LEAVE);
    out.flush();
    input.restore();
  }

  private Terminal.Size draw(Optional<Sample> before, Sample now, TopState state) {
    Terminal.Size size = output.size();
    StringBuilder screen = new StringBuilder(HOME);
    String separator = "";
    for (String line : TopView.lines(before, now, state, size)) {
      screen.append(separator).append(line).append(REST_OF_LINE);
      separator = "\r\n";
    }
    out.print(screen.append(REST_OF_SCREEN));
    out.flush();
    return size;
  }

  private TopState awaitKey(TopState state, long millis) {
    // A negative descriptor is passed over: then this is only a pause.
    int fd = input.isTerminal() ? Terminal.STDIN : -1;
    return poll.await(fd, Poll.IN, (int) millis) > 0
        ? state.press(FileDescriptors.readByte(Terminal.STDIN))
        : state;
  }
}
