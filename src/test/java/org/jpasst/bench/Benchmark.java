package org.jpasst.bench;

import java.io.PrintStream;
import java.util.List;

/** Measures cells in rounds: each cell for every candidate in turn, then the next cell. */
final class Benchmark implements AutoCloseable {
  private final List<Subject> subjects;
  private final PrintStream progress;

  Benchmark(List<Candidate> candidates, GuestSettings settings, PrintStream progress) {
    this.subjects = candidates.stream().map(each -> new Subject(each, settings)).toList();
    this.progress = progress;
  }

  /** Measures all cells; what fails is noted in the results. */
  Results run(List<Cell> cells, int rounds) {
    Results results = new Results(cells, subjects.stream().map(Subject::label).toList());
    for (int round = 1; round <= rounds; round++) {
      for (Cell cell : cells) {
        progress.printf("%d/%d %-34s", round, rounds, cell.id());
        for (Subject each : subjects) {
          if (cell.appliesTo(each.attachment())) {
            measure(cell, each, results);
          }
        }
        progress.println();
      }
    }
    return results;
  }

  /** Ends what was started. */
  @Override
  public void close() {
    subjects.forEach(Subject::close);
  }

  private void measure(Cell cell, Subject subject, Results results) {
    try {
      subject.warmUpFor(cell);
      Sample sample = cell.measure(subject);
      results.add(cell, subject.label(), sample);
      Double first = sample.values().get(cell.metrics().getFirst());
      progress.printf("  %s %s", subject.label(), Numbers.text(first == null ? Double.NaN : first));
    } catch (RuntimeException | AssertionError e) {
      results.fail(cell, subject.label(), String.valueOf(e.getMessage()));
      progress.printf("%n  %s failed: %s%n", subject.label(), e.getMessage());
      subject.close();
    }
    progress.flush();
  }
}
