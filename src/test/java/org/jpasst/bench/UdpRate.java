package org.jpasst.bench;

import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;

/**
 * The highest rate of datagrams to or from the remote without loss, and what is lost at twice that
 * rate.
 *
 * @param size of the payload in bytes
 * @param length how long one trial lasts
 */
record UdpRate(Direction direction, int size, Duration length) implements Cell {
  /** The rate of the first trial: one that every back-end can do, so that costs compare. */
  private static final double BASE = 20_000;

  private static final double WARM_UP_RATE = 50_000;
  private static final Duration WARM_UP = Duration.ofSeconds(3);
  private static final double PRECISION = 1.06;
  private static final double MILLION = 1e6;
  private static final double PERCENT = 100;
  private static final int MTU = 1500;

  @Override
  public String id() {
    return "udp/%s/%d".formatted(direction.id(Peer.REMOTE), size);
  }

  @Override
  public String title() {
    return "%s, %d bytes".formatted(direction.with(Peer.REMOTE), size);
  }

  @Override
  public Group group() {
    return Group.UDP;
  }

  @Override
  public List<Metric> metrics() {
    return List.of(
        Metric.LOSSLESS_RATE,
        Metric.CPU_PER_MILLION_AT_BASE,
        Metric.CPU_PER_MILLION,
        Metric.LOSS_AT_DOUBLE,
        Metric.OFFERED_AT_DOUBLE,
        Metric.DELIVERED_AT_DOUBLE);
  }

  @Override
  public Sample measure(Subject subject) {
    TestBed bed = subject.bed();
    bed.mtu(MTU);
    try (DatagramTraffic traffic = DatagramTraffic.between(bed, direction, size)) {
      // What resolves addresses and makes the flow is not what is measured.
      traffic.send(BASE, Duration.ofMillis(100));
      var trials = new ArrayList<DatagramTraffic.Result>();
      var found =
          new LosslessRate(PRECISION)
              .search(
                  BASE,
                  rate -> {
                    var result = traffic.send(rate, length);
                    trials.add(result);
                    return result;
                  });
      var base = trials.getFirst();
      var best = found.outcome().orElse(base);
      var values = new EnumMap<Metric, Double>(Metric.class);
      values.put(Metric.LOSSLESS_RATE, found.outcome().isPresent() ? best.rate() : 0);
      putCpu(values, Metric.CPU_PER_MILLION_AT_BASE, base);
      putCpu(values, Metric.CPU_PER_MILLION, best);
      var twice = traffic.send(best.rate() * 2, length);
      values.put(Metric.LOSS_AT_DOUBLE, twice.lossRatio() * PERCENT);
      values.put(Metric.OFFERED_AT_DOUBLE, twice.rate());
      values.put(Metric.DELIVERED_AT_DOUBLE, twice.received() / twice.seconds());
      return new Sample(values);
    }
  }

  private static void putCpu(
      EnumMap<Metric, Double> values, Metric metric, DatagramTraffic.Result trial) {
    trial.cpuSeconds().ifPresent(cpu -> values.put(metric, cpu / trial.received() * MILLION));
  }

  @Override
  public String kind() {
    return "udp/" + direction.id(Peer.REMOTE);
  }

  @Override
  public void warmUp(Subject subject) {
    TestBed bed = subject.bed();
    bed.mtu(MTU);
    try (DatagramTraffic traffic = DatagramTraffic.between(bed, direction, size)) {
      traffic.send(WARM_UP_RATE, WARM_UP);
    }
  }
}
