package org.jpasst.bench;

import java.math.BigDecimal;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * One metric of a group's cells as a picture: a bar for each candidate, as long as its median, with
 * a line from the least to the most of its rounds. Lengths are in pixels.
 */
final class SvgChart {
  private static final int WIDTH = 1000;
  private static final int MARGIN = 24;

  /** From the top to the first cell: title, caption, legend, numbers of the axis. */
  private static final int HEAD = 142;

  private static final int LEGEND = 92;

  /** From the last cell to the bottom: numbers of the axis and its title. */
  private static final int FOOT = 58;

  private static final int BAR = 13;
  private static final int BAR_GAP = 2;
  private static final int CELL_PADDING = 7;

  /** Room for the value behind the longest bar. */
  private static final int VALUE_WIDTH = 56;

  /**
   * Of a letter of a cell's title, on average, in the widest of the usual fonts: nothing here can
   * measure text.
   */
  private static final double LETTER_WIDTH = 7.5;

  /** Of a letter of the legend. */
  private static final double LEGEND_LETTER_WIDTH = 8.2;

  /**
   * Blue, orange, grey and so on: by Okabe and Ito, told apart by colour-blind people too, by their
   * lightness as well.
   */
  private static final List<String> COLOURS =
      List.of("#0072b2", "#e69f00", "#9a9a9a", "#009e73", "#cc79a7", "#56b4e9");

  private static final String EXPLANATION = " (bar: median, line: least to most)";

  private static final String STYLE =
      """
      <style>
        text { font-family: system-ui, "Segoe UI", "Liberation Sans", Arial, sans-serif; fill: #24292f }
        .title { font-size: 20px; font-weight: 600 }
        .caption { font-size: 12px; fill: #57606a }
        .legend { font-size: 14px }
        .cell { font-size: 13px; text-anchor: end }
        .mark { font-size: 12px; fill: #57606a; text-anchor: middle }
        .value { font-size: 11px }
        .none { font-size: 11px; fill: #57606a }
        .band { fill: #f6f8fa }
        .grid { stroke: #d0d7de }
        .zero { stroke: #57606a }
        .range { stroke: #24292f; stroke-width: 1.3 }
      </style>
      """;

  private final Results results;
  private final List<Cell> cells;
  private final Metric metric;
  private final String title;
  private final List<String> caption;
  private final Axis axis;
  private final double left;
  private final StringBuilder svg = new StringBuilder();

  /**
   * @param caption says where and with what it was measured, in two lines at most
   */
  SvgChart(Results results, Group group, Metric metric, List<String> caption) {
    this.results = results;
    this.cells = results.cells(group);
    this.metric = metric;
    this.title = group.title() + ": " + metric.title().toLowerCase(Locale.ROOT);
    this.caption = caption;
    axis =
        Axis.upTo(
            cells.stream()
                .flatMap(cell -> results.candidates().stream().map(each -> statistics(cell, each)))
                .flatMap(Optional::stream)
                .mapToDouble(Statistics::most)
                .max()
                .orElse(0));
    int longest = cells.stream().mapToInt(each -> each.title().length()).max().orElse(0);
    left = MARGIN + longest * LETTER_WIDTH + CELL_PADDING;
  }

  /** The document. */
  String text() {
    svg.setLength(0);
    put(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%d\""
            + " viewBox=\"0 0 %d %d\" role=\"img\" aria-label=\"%s\">%n",
        WIDTH, height(), WIDTH, height(), escaped(title));
    svg.append(STYLE);
    put("<rect width=\"%d\" height=\"%d\" fill=\"#ffffff\"/>%n", WIDTH, height());
    text("title", MARGIN, 36, title);
    for (int i = 0; i < caption.size(); i++) {
      text("caption", MARGIN, 56 + i * 17, caption.get(i));
    }
    legend();
    for (int i = 0; i < cells.size(); i += 2) {
      put(
          "<rect class=\"band\" x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\"/>%n",
          MARGIN / 2, top(i), WIDTH - MARGIN, cellHeight());
    }
    grid();
    for (int i = 0; i < cells.size(); i++) {
      cell(cells.get(i), top(i));
    }
    put("</svg>%n");
    return svg.toString();
  }

  /** One document of several charts, one below the other. */
  static String stacked(List<SvgChart> charts) {
    int height = charts.stream().mapToInt(SvgChart::height).sum();
    StringBuilder all = new StringBuilder();
    all.append(
        ("<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%d\""
                + " viewBox=\"0 0 %d %d\">%n")
            .formatted(WIDTH, height, WIDTH, height));
    int y = 0;
    for (SvgChart chart : charts) {
      all.append(chart.text().replaceFirst("<svg ", "<svg y=\"" + y + "\" "));
      y += chart.height();
    }
    return all.append("</svg>\n").toString();
  }

  private void legend() {
    double x = MARGIN;
    for (int i = 0; i < results.candidates().size(); i++) {
      String label = results.candidates().get(i);
      put(
          "<rect x=\"%.1f\" y=\"%d\" width=\"14\" height=\"14\" rx=\"2\" fill=\"%s\"/>%n",
          x, LEGEND, colour(i));
      text("legend", x + 20, LEGEND + 12, label);
      x += 20 + label.length() * LEGEND_LETTER_WIDTH + 24;
    }
  }

  private void grid() {
    int bottom = top(cells.size());
    for (BigDecimal each : axis.marks()) {
      double x = x(each.doubleValue());
      put(
          "<line class=\"%s\" x1=\"%.1f\" y1=\"%d\" x2=\"%.1f\" y2=\"%d\"/>%n",
          each.signum() == 0 ? "zero" : "grid", x, HEAD, x, bottom);
      text("mark", x, HEAD - 8, each.toPlainString());
      text("mark", x, bottom + 18, each.toPlainString());
    }
    text("mark", (left + x(axis.end())) / 2, bottom + 40, metric.unit() + EXPLANATION);
  }

  private void cell(Cell cell, int top) {
    text("cell", left - CELL_PADDING - 1, top + cellHeight() / 2.0 + 4.5, cell.title());
    for (int i = 0; i < results.candidates().size(); i++) {
      int y = top + CELL_PADDING + i * (BAR + BAR_GAP);
      Optional<Statistics> measured = statistics(cell, results.candidates().get(i));
      if (measured.isPresent()) {
        bar(measured.get(), y, colour(i));
      } else {
        text("none", left + 5, y + BAR - 3, "not measured");
      }
    }
  }

  private void bar(Statistics statistics, int y, String colour) {
    double end = x(statistics.median());
    put(
        "<rect x=\"%.1f\" y=\"%d\" width=\"%.1f\" height=\"%d\" fill=\"%s\"/>%n",
        left, y, end - left, BAR, colour);
    if (statistics.most() > statistics.least()) {
      put(
          "<line class=\"range\" x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" y2=\"%.1f\"/>%n",
          x(statistics.least()), y + BAR / 2.0, x(statistics.most()), y + BAR / 2.0);
    }
    text("value", x(statistics.most()) + 5, y + BAR - 3, Numbers.text(statistics.median()));
  }

  private Optional<Statistics> statistics(Cell cell, String candidate) {
    return results.statistics(cell, candidate, metric);
  }

  private double x(double value) {
    return left + value / axis.end() * (WIDTH - MARGIN - VALUE_WIDTH - left);
  }

  private int top(int index) {
    return HEAD + index * cellHeight();
  }

  private int cellHeight() {
    return results.candidates().size() * (BAR + BAR_GAP) - BAR_GAP + 2 * CELL_PADDING;
  }

  private int height() {
    return top(cells.size()) + FOOT;
  }

  private void text(String kind, double x, double y, String text) {
    put("<text class=\"%s\" x=\"%.1f\" y=\"%.1f\">%s</text>%n", kind, x, y, escaped(text));
  }

  private void put(String format, Object... arguments) {
    svg.append(String.format(Locale.ROOT, format, arguments));
  }

  private static String colour(int index) {
    return COLOURS.get(index % COLOURS.size());
  }

  private static String escaped(String text) {
    return text.replace("&", "&amp;").replace("<", "&lt;").replace("\"", "&quot;");
  }
}
