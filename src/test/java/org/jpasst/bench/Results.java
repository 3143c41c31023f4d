package org.jpasst.bench;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.IntStream;

/** All that was measured, in the order of cells and candidates. */
final class Results {
  private record Key(String cell, String candidate) {}

  private final List<Cell> cells;
  private final List<String> candidates;
  private final Map<Key, List<Sample>> samples = new LinkedHashMap<>();
  private final List<String> failures = new ArrayList<>();

  Results(List<Cell> cells, List<String> candidates) {
    this.cells = List.copyOf(cells);
    this.candidates = List.copyOf(candidates);
  }

  List<Cell> cells() {
    return cells;
  }

  List<Cell> cells(Group group) {
    return cells.stream().filter(each -> each.group() == group).toList();
  }

  /** Labels of the candidates. */
  List<String> candidates() {
    return candidates;
  }

  void add(Cell cell, String candidate, Sample sample) {
    samples.computeIfAbsent(new Key(cell.id(), candidate), _ -> new ArrayList<>()).add(sample);
  }

  /** Notes that a measurement could not be made. */
  void fail(Cell cell, String candidate, String reason) {
    failures.add(cell.id() + ", " + candidate + ": " + reason);
  }

  List<String> failures() {
    return List.copyOf(failures);
  }

  /** The values of all rounds, in their order. */
  List<Double> values(Cell cell, String candidate, Metric metric) {
    return samples.getOrDefault(new Key(cell.id(), candidate), List.of()).stream()
        .map(each -> each.values().get(metric))
        .filter(Objects::nonNull)
        .toList();
  }

  /** The series of all rounds, each slot with the median of the rounds. */
  List<Series> series(Cell cell, String candidate) {
    List<List<Series>> rounds =
        samples.getOrDefault(new Key(cell.id(), candidate), List.of()).stream()
            .map(Sample::series)
            .toList();
    return rounds.isEmpty()
        ? List.of()
        : IntStream.range(0, rounds.getFirst().size())
            .mapToObj(index -> Series.median(rounds.stream().map(each -> each.get(index)).toList()))
            .toList();
  }

  Optional<Statistics> statistics(Cell cell, String candidate, Metric metric) {
    List<Double> values = values(cell, candidate, metric);
    return values.isEmpty() ? Optional.empty() : Optional.of(Statistics.of(values));
  }
}
