package org.jpasst.bench;

import java.io.PrintStream;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Measures cells in rounds: each cell for every candidate in turn, then the next cell. */
final class Benchmark implements AutoCloseable {
  private final List<Candidate> candidates;
  private final GuestSettings settings;
  private final PrintStream progress;
  private final Map<String, TestBed> beds = new HashMap<>();
  private final Set<String> warm = new HashSet<>();

  Benchmark(List<Candidate> candidates, GuestSettings settings, PrintStream progress) {
    this.candidates = List.copyOf(candidates);
    this.settings = settings;
    this.progress = progress;
  }

  /** Measures all cells; what fails is noted in the results. */
  Results run(List<Cell> cells, int rounds) {
    Results results = new Results(cells, candidates.stream().map(Candidate::label).toList());
    for (int round = 1; round <= rounds; round++) {
      for (Cell cell : cells) {
        progress.printf("%d/%d %-34s", round, rounds, cell.id());
        for (Candidate candidate : candidates) {
          measure(cell, candidate, results);
        }
        progress.println();
      }
    }
    return results;
  }

  /** Ends what was started. */
  @Override
  public void close() {
    beds.values().forEach(TestBed::close);
    beds.clear();
  }

  private void measure(Cell cell, Candidate candidate, Results results) {
    String label = candidate.label();
    try {
      TestBed bed = beds.computeIfAbsent(label, _ -> candidate.attachment().open(settings));
      if (warm.add(label + " " + cell.kind())) {
        cell.warmUp(bed);
      }
      Sample sample = cell.measure(bed);
      results.add(cell, label, sample);
      Double first = sample.values().get(cell.metrics().getFirst());
      progress.printf("  %s %s", label, Numbers.text(first == null ? Double.NaN : first));
    } catch (RuntimeException | AssertionError e) {
      results.fail(cell, label, String.valueOf(e.getMessage()));
      progress.printf("%n  %s failed: %s%n", label, e.getMessage());
      renew(label);
    }
    progress.flush();
  }

  /** After a failure nothing is known about the back-end's state: the next cell gets a new one. */
  private void renew(String label) {
    TestBed bed = beds.remove(label);
    warm.removeIf(each -> each.startsWith(label + " "));
    if (bed != null) {
      bed.close();
    }
  }
}
