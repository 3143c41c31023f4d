package org.jpasst.control.client;

import java.util.ArrayList;
import java.util.List;

/** Rows of text in columns as wide as they need to be. */
final class TextTable {
  private static final String GAP = "  ";

  private final List<List<String>> rows = new ArrayList<>();
  private final boolean[] right;

  /**
   * A table with its first row.
   *
   * @param header the columns' names; those that begin with {@code >} are aligned to the right
   */
  TextTable(String... header) {
    right = new boolean[header.length];
    List<String> names = new ArrayList<>();
    for (int i = 0; i < header.length; i++) {
      right[i] = header[i].startsWith(">");
      names.add(right[i] ? header[i].substring(1) : header[i]);
    }
    rows.add(names);
  }

  /** Adds a row, with a text for each column. */
  TextTable row(String... texts) {
    rows.add(List.of(texts));
    return this;
  }

  List<String> lines() {
    int[] widths = new int[right.length];
    for (List<String> row : rows) {
      for (int i = 0; i < widths.length; i++) {
        widths[i] = Math.max(widths[i], row.get(i).length());
      }
    }
    return rows.stream().map(row -> line(row, widths)).toList();
  }

  private String line(List<String> row, int[] widths) {
    StringBuilder line = new StringBuilder();
    for (int i = 0; i < widths.length; i++) {
      String text = row.get(i);
      int padding = widths[i] - text.length();
      line.repeat(' ', right[i] ? padding : 0).append(text);
      line.repeat(' ', right[i] ? 0 : padding).append(i + 1 < widths.length ? GAP : "");
    }
    return line.toString().stripTrailing();
  }
}
