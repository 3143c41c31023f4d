package org.jpasst.bench;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * The results as tables: one per group and metric, a row for each cell, a column for each
 * candidate.
 */
final class MarkdownReport {
  /** Marks a median that falls short of the reference. */
  private static final String SHORT = " ▼";

  /** See {@link Metric#merit}. */
  private static final double FAR_BEHIND = 0.95;

  private final Results results;
  private final Optional<String> reference;
  private final List<String> compared;

  /**
   * @param reference label of the candidate that others are compared with
   * @param compared labels of those that are
   */
  MarkdownReport(Results results, Optional<String> reference, List<String> compared) {
    this.results = results;
    this.reference = reference.filter(results.candidates()::contains);
    this.compared = compared.stream().filter(results.candidates()::contains).toList();
  }

  /** All tables. */
  String text() {
    StringBuilder text = new StringBuilder();
    for (Group group : Group.values()) {
      List<Cell> cells = results.cells(group);
      if (!cells.isEmpty()) {
        text.append("## ").append(group.title()).append("\n\n");
        for (Metric metric : cells.getFirst().metrics()) {
          table(text, cells, metric);
        }
        cells.forEach(each -> series(text, each));
      }
    }
    if (!results.failures().isEmpty()) {
      text.append("## Failed\n\n");
      results.failures().forEach(each -> text.append("- ").append(firstLine(each)).append('\n'));
      text.append('\n');
    }
    return text.toString();
  }

  /** Cells whose median falls short of the reference's, one line each. */
  List<String> shortfalls() {
    var lines = new ArrayList<String>();
    for (Cell cell : results.cells()) {
      for (Metric metric : cell.metrics()) {
        for (String candidate : compared) {
          if (fallsShort(cell, candidate, metric)) {
            lines.add(
                "%s %s: %s %s%s"
                    .formatted(
                        cell.id(),
                        metric.title(),
                        candidate,
                        median(cell, candidate, metric),
                        ratio(cell, candidate, metric).map(each -> " = " + each).orElse("")));
          }
        }
      }
    }
    return lines;
  }

  /** Whether a median is worse than the reference's by more than what differs by chance. */
  boolean isFarBehind() {
    return results.cells().stream()
        .anyMatch(
            cell ->
                cell.metrics().stream()
                    .anyMatch(
                        metric ->
                            compared.stream().anyMatch(each -> isFarBehind(cell, each, metric))));
  }

  private boolean isFarBehind(Cell cell, String candidate, Metric metric) {
    Optional<Statistics> value = results.statistics(cell, candidate, metric);
    Optional<Statistics> other = reference.flatMap(each -> results.statistics(cell, each, metric));
    return value.isPresent()
        && other.isPresent()
        && other.get().median() != 0
        && metric.merit(value.get().median(), other.get().median()) < FAR_BEHIND;
  }

  /** Nothing, if no candidate has what the metric tells of. */
  private void table(StringBuilder text, List<Cell> cells, Metric metric) {
    if (measured(cells, metric).isEmpty()) {
      return;
    }
    List<String> rated = metric.hasRatio() && reference.isPresent() ? compared : List.of();
    String unit = metric.unit().isEmpty() ? "" : ", " + metric.unit();
    text.append("**%s%s**%n%n".formatted(metric.title(), unit));
    var head = new ArrayList<>(List.of(""));
    head.addAll(results.candidates());
    rated.forEach(each -> head.add(each + "/" + reference.orElseThrow()));
    row(text, head);
    row(text, head.stream().map(each -> each.isEmpty() ? "---" : "---:").toList());
    for (Cell cell : measured(cells, metric)) {
      var row = new ArrayList<>(List.of(cell.title()));
      for (String candidate : results.candidates()) {
        boolean marked = !metric.hasRatio() && compared.contains(candidate);
        row.add(
            value(cell, candidate, metric)
                + (marked && fallsShort(cell, candidate, metric) ? SHORT : ""));
      }
      for (String candidate : rated) {
        row.add(
            ratio(cell, candidate, metric)
                .map(each -> each + (fallsShort(cell, candidate, metric) ? SHORT : ""))
                .orElse(""));
      }
      row(text, row);
    }
    text.append('\n');
  }

  private List<Cell> measured(List<Cell> cells, Metric metric) {
    return cells.stream()
        .filter(
            cell ->
                results.candidates().stream()
                    .anyMatch(each -> results.statistics(cell, each, metric).isPresent()))
        .toList();
  }

  /** One table for each series of a cell, a row for each candidate. */
  private void series(StringBuilder text, Cell cell) {
    for (int index = 0; ; index++) {
      boolean headed = false;
      for (String candidate : results.candidates()) {
        List<Series> all = results.series(cell, candidate);
        if (index < all.size()) {
          Series series = all.get(index);
          if (!headed) {
            seriesHead(text, cell, series);
            headed = true;
          }
          var row = new ArrayList<>(List.of(candidate));
          series.values().forEach(each -> row.add(Numbers.text(each)));
          row(text, row);
        }
      }
      if (!headed) {
        return;
      }
      text.append('\n');
    }
  }

  private static void seriesHead(StringBuilder text, Cell cell, Series series) {
    text.append("**%s, %s: %s**%n%n".formatted(series.title(), series.unit(), cell.title()));
    var head = new ArrayList<>(List.of(""));
    head.addAll(series.slots());
    row(text, head);
    row(text, head.stream().map(each -> each.isEmpty() ? "---" : "---:").toList());
  }

  private String value(Cell cell, String candidate, Metric metric) {
    return results
        .statistics(cell, candidate, metric)
        .map(
            each ->
                each.count() == 1 || each.least() == each.most()
                    ? Numbers.text(each.median())
                    : "%s (%s-%s)"
                        .formatted(
                            Numbers.text(each.median()),
                            Numbers.text(each.least()),
                            Numbers.text(each.most())))
        .orElse("");
  }

  private String median(Cell cell, String candidate, Metric metric) {
    return results
        .statistics(cell, candidate, metric)
        .map(each -> Numbers.text(each.median()))
        .orElse("");
  }

  private Optional<String> ratio(Cell cell, String candidate, Metric metric) {
    Optional<Statistics> value = results.statistics(cell, candidate, metric);
    Optional<Statistics> other = reference.flatMap(each -> results.statistics(cell, each, metric));
    if (!metric.hasRatio() || value.isEmpty() || other.isEmpty() || other.get().median() == 0) {
      return Optional.empty();
    }
    return Optional.of(
        String.format(Locale.ROOT, "%.2f×", value.get().median() / other.get().median()));
  }

  private boolean fallsShort(Cell cell, String candidate, Metric metric) {
    Optional<Statistics> value = results.statistics(cell, candidate, metric);
    Optional<Statistics> other = reference.flatMap(each -> results.statistics(cell, each, metric));
    return value.isPresent()
        && other.isPresent()
        && metric.fallsShort(value.get().median(), other.get().median());
  }

  private static void row(StringBuilder text, List<String> columns) {
    text.append(columns.stream().collect(Collectors.joining(" | ", "| ", " |\n")));
  }

  private static String firstLine(String text) {
    return text.lines().findFirst().orElse("");
  }
}
