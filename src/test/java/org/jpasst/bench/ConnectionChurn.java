package org.jpasst.bench;

import java.time.Duration;
import java.util.EnumMap;
import java.util.List;
import java.util.concurrent.locks.LockSupport;

/**
 * Connections from the guest that come and go as fast as they can, and what of them stays behind
 * when all are gone.
 */
record ConnectionChurn() implements Cell {
  private static final Duration WARM_UP = Duration.ofSeconds(4);
  private static final Duration LENGTH = Duration.ofSeconds(10);

  /** By then sockets that linger are gone. */
  private static final Duration SETTLE = Duration.ofSeconds(5);

  private static final double MICROS = 1e6;

  @Override
  public String id() {
    return "growth/churn";
  }

  @Override
  public String title() {
    return "guest→remote, 64 at a time";
  }

  @Override
  public Group group() {
    return Group.CHURN;
  }

  @Override
  public List<Metric> metrics() {
    return List.of(
        Metric.CONNECTION_RATE,
        Metric.CPU_PER_CONNECTION,
        Metric.FAILED_CONNECTIONS,
        Metric.DESCRIPTORS_LEFT,
        Metric.RESIDENT_LEFT);
  }

  @Override
  public Sample measure(Subject subject) {
    try (TestBed bed = subject.freshBed()) {
      run(bed, WARM_UP);
      LockSupport.parkNanos(SETTLE.toNanos());
      int descriptors = bed.backEnd().map(BackEndProcess::descriptors).orElse(0);
      double resident = bed.backEnd().map(BackEndProcess::residentMebibytes).orElse(0.0);
      CpuUse cpu = CpuUse.since(bed);
      ConnectionTraffic.Result result = run(bed, LENGTH);
      var values = new EnumMap<Metric, Double>(Metric.class);
      values.put(Metric.CONNECTION_RATE, result.connections() / result.seconds());
      values.put(Metric.FAILED_CONNECTIONS, (double) result.failed());
      cpu.seconds()
          .ifPresent(
              each -> values.put(Metric.CPU_PER_CONNECTION, each / result.connections() * MICROS));
      LockSupport.parkNanos(SETTLE.toNanos());
      bed.backEnd()
          .ifPresent(
              each -> {
                values.put(Metric.DESCRIPTORS_LEFT, (double) each.descriptors() - descriptors);
                values.put(Metric.RESIDENT_LEFT, each.residentMebibytes() - resident);
              });
      return new Sample(values);
    }
  }

  private static ConnectionTraffic.Result run(TestBed bed, Duration length) {
    try (var traffic =
        ConnectionTraffic.start(bed, Direction.FROM_GUEST, length, ConnectionTraffic.UNLIMITED)) {
      return traffic.await();
    }
  }
}
