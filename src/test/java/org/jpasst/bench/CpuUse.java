package org.jpasst.bench;

import java.util.OptionalDouble;

/** The CPU time that a test bed's back-end uses from now on. */
final class CpuUse {
  private final TestBed bed;
  private final double before;

  private CpuUse(TestBed bed, double before) {
    this.bed = bed;
    this.before = before;
  }

  static CpuUse since(TestBed bed) {
    return new CpuUse(bed, total(bed));
  }

  /** Seconds up to now; none where there is no back-end. */
  OptionalDouble seconds() {
    return bed.backEnd().isEmpty()
        ? OptionalDouble.empty()
        : OptionalDouble.of(total(bed) - before);
  }

  private static double total(TestBed bed) {
    return bed.backEnd().map(BackEndProcess::cpuSeconds).orElse(0.0);
  }
}
