package org.jpasst.bench;

import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.IntStream;

/**
 * Full load both ways for long, while connections come and go: does the back-end get slower, or
 * larger?
 *
 * @param minutes how long
 */
record Soak(int minutes) implements Cell {
  private static final int MTU = 1500;
  private static final int STREAMS = 2;
  private static final double CONNECTIONS_PER_SECOND = 100;
  private static final Duration MINUTE = Duration.ofMinutes(1);
  private static final double PERCENT = 100;

  @Override
  public String id() {
    return "soak/" + minutes;
  }

  @Override
  public String title() {
    return "both ways, MTU %d, %d minutes".formatted(MTU, minutes);
  }

  @Override
  public Group group() {
    return Group.SOAK;
  }

  @Override
  public List<Metric> metrics() {
    return List.of(
        Metric.LAST_OF_FIRST_MINUTE,
        Metric.RESIDENT_GROWTH,
        Metric.FAILED_CONNECTIONS,
        Metric.RETRANSMISSIONS);
  }

  @Override
  public Sample measure(Subject subject) {
    Duration length = MINUTE.multipliedBy(minutes);
    try (TestBed bed = subject.freshBed()) {
      bed.mtu(MTU);
      long retransmissions = bed.retransmissions();
      try (var out = StreamTraffic.start(bed, plan(Direction.FROM_GUEST, length));
          var in = StreamTraffic.start(bed, plan(Direction.TO_GUEST, length));
          var connecting = connections(bed, Direction.FROM_GUEST, length);
          var accepting = connections(bed, Direction.TO_GUEST, length)) {
        List<Double> resident = residentEachMinute(bed);
        List<Double> sent = out.await().slots();
        List<Double> received = in.await().slots();
        var values = new EnumMap<Metric, Double>(Metric.class);
        values.put(
            Metric.LAST_OF_FIRST_MINUTE,
            (sent.get(minutes - 1) + received.get(minutes - 1))
                / (sent.getFirst() + received.getFirst())
                * PERCENT);
        if (!resident.isEmpty()) {
          values.put(Metric.RESIDENT_GROWTH, resident.getLast() - resident.getFirst());
        }
        values.put(
            Metric.FAILED_CONNECTIONS,
            (double) (connecting.await().failed() + accepting.await().failed()));
        values.put(Metric.RETRANSMISSIONS, (double) (bed.retransmissions() - retransmissions));
        var series =
            new ArrayList<>(
                List.of(
                    perMinute("Throughput guest→remote", "Gbit/s", sent.subList(0, minutes)),
                    perMinute("Throughput remote→guest", "Gbit/s", received.subList(0, minutes))));
        if (!resident.isEmpty()) {
          series.add(perMinute("Resident set", "MiB", resident));
        }
        return new Sample(values, series);
      }
    }
  }

  /** At the end of each minute from now on; nothing where there is no back-end. */
  private List<Double> residentEachMinute(TestBed bed) {
    var resident = new ArrayList<Double>();
    long start = System.nanoTime();
    for (int minute = 1; minute <= minutes; minute++) {
      long end = start + MINUTE.toNanos() * minute;
      for (long left = end - System.nanoTime(); left > 0; left = end - System.nanoTime()) {
        LockSupport.parkNanos(left);
      }
      bed.backEnd().map(BackEndProcess::residentMebibytes).ifPresent(resident::add);
    }
    return resident;
  }

  private static StreamTraffic.Plan plan(Direction direction, Duration length) {
    return new StreamTraffic.Plan(direction, Peer.REMOTE, STREAMS, length, MINUTE);
  }

  private static ConnectionTraffic connections(TestBed bed, Direction direction, Duration length) {
    return ConnectionTraffic.start(bed, direction, length, CONNECTIONS_PER_SECOND);
  }

  private static Series perMinute(String title, String unit, List<Double> values) {
    return new Series(
        title,
        unit,
        IntStream.rangeClosed(1, values.size()).mapToObj(each -> each + " min").toList(),
        values);
  }
}
