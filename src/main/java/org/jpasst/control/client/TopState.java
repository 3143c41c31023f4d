package org.jpasst.control.client;

import java.util.Locale;
import java.util.Optional;

/**
 * What {@code top} was asked for by keys.
 *
 * @param reversed the other way round than usual
 * @param paused the view stands still
 * @param help the keys are shown instead of flows
 * @param filter a text that flows have which are shown, in small letters; empty for all
 * @param typed a filter that is being typed
 * @param ended it is over
 */
record TopState(
    TopSort sort,
    boolean reversed,
    boolean paused,
    boolean help,
    String filter,
    Optional<String> typed,
    boolean ended) {
  private static final int CTRL_C = 3;
  private static final int BACKSPACE = 8;
  private static final int ENTER = '\r';
  private static final int NEW_LINE = '\n';
  private static final int ESCAPE = 27;
  private static final int DELETE = 127;
  private static final int MAX_FILTER = 50;

  /** Before any key. */
  static final TopState INITIAL =
      new TopState(TopSort.RATE, false, false, false, "", Optional.empty(), false);

  /** After a key was pressed, as the terminal tells it. */
  TopState press(int key) {
    if (key < 0 || key == CTRL_C) {
      return end();
    }
    if (typed.isPresent()) {
      return type(typed.get(), key);
    }
    if (help) {
      return key == 'q' || key == 'Q' ? end() : withHelp(false);
    }
    return switch (key) {
      case 'q', 'Q' -> end();
      case 's', 'S' -> new TopState(sort.next(), false, paused, help, filter, typed, ended);
      case 'r', 'R' -> new TopState(sort, !reversed, paused, help, filter, typed, ended);
      case 'p', 'P', ' ' -> new TopState(sort, reversed, !paused, help, filter, typed, ended);
      case 'h', 'H', '?' -> withHelp(true);
      case '/' -> typing(filter);
      default -> this;
    };
  }

  private TopState type(String text, int key) {
    return switch (key) {
      case ENTER, NEW_LINE ->
          new TopState(
              sort, reversed, paused, help, text.toLowerCase(Locale.ROOT), Optional.empty(), ended);
      case ESCAPE -> new TopState(sort, reversed, paused, help, filter, Optional.empty(), ended);
      case BACKSPACE, DELETE ->
          text.isEmpty() ? this : typing(text.substring(0, text.length() - 1));
      default ->
          key >= ' ' && key < DELETE && text.length() < MAX_FILTER
              ? typing(text + (char) key)
              : this;
    };
  }

  private TopState typing(String text) {
    return new TopState(sort, reversed, paused, help, filter, Optional.of(text), ended);
  }

  private TopState withHelp(boolean shown) {
    return new TopState(sort, reversed, paused, shown, filter, typed, ended);
  }

  private TopState end() {
    return new TopState(sort, reversed, paused, help, filter, typed, true);
  }

  /** Whether a flow is one of those that are asked for. */
  boolean shows(FlowLine flow) {
    return filter.isEmpty()
        || String.join(" ", flow.type(), flow.state(), flow.guestSide(), flow.hostSide())
            .contains(filter);
  }

  /** In one line. */
  String text() {
    if (typed.isPresent()) {
      return "show only: " + typed.get() + "_";
    }
    return "by "
        + sort.id()
        + (reversed ? ", reversed" : "")
        + (filter.isEmpty() ? "" : ", only: " + filter)
        + (paused ? ", paused" : "")
        + " (h: help)";
  }
}
