package org.jpasst.bench;

import java.time.Duration;
import java.util.EnumMap;
import java.util.List;
import java.util.Optional;
import org.jpasst.lab.VhostUserTraffic;

/**
 * Bytes as fast as TCP takes them.
 *
 * @param direction in which the data goes
 * @param mtu of the guest's interface
 * @param streams connections at once
 * @param length how long one measurement lasts
 */
record TcpStreams(Direction direction, Peer peer, int mtu, int streams, Duration length)
    implements Cell {
  private static final Duration WARM_UP = Duration.ofSeconds(4);

  @Override
  public String id() {
    return "tcp/%s/%d/%d".formatted(direction.id(peer), mtu, streams);
  }

  @Override
  public String title() {
    return "%s, MTU %d, %s"
        .formatted(direction.with(peer), mtu, streams == 1 ? "1 stream" : streams + " streams");
  }

  @Override
  public Group group() {
    return Group.TCP;
  }

  @Override
  public List<Metric> metrics() {
    return List.of(
        Metric.THROUGHPUT,
        Metric.CPU_PER_GIGABYTE,
        Metric.KICKS_PER_GIGABYTE,
        Metric.INTERRUPTS_PER_GIGABYTE,
        Metric.RETRANSMISSIONS,
        Metric.INTERFACE_DROPS);
  }

  @Override
  public String kind() {
    return "tcp/" + direction;
  }

  @Override
  public void warmUp(Subject subject) {
    send(subject.bed(), WARM_UP);
  }

  @Override
  public Sample measure(Subject subject) {
    return send(subject.bed(), length);
  }

  /** On a bed of the caller's. */
  Sample send(TestBed bed, Duration duration) {
    bed.mtu(mtu);
    CpuUse cpu = CpuUse.since(bed);
    Optional<VhostUserTraffic> before = bed.vhostUserTraffic();
    long retransmissions = bed.retransmissions();
    long drops = bed.interfaceDrops();
    var plan = new StreamTraffic.Plan(direction, peer, streams, duration, Duration.ZERO);
    StreamTraffic.Received received = StreamTraffic.run(bed, plan);
    var values = new EnumMap<Metric, Double>(Metric.class);
    values.put(Metric.THROUGHPUT, received.throughput());
    cpu.seconds()
        .ifPresent(each -> values.put(Metric.CPU_PER_GIGABYTE, each / received.gigabytes()));
    before.ifPresent(each -> putNotifications(values, each, bed, received.gigabytes()));
    values.put(Metric.RETRANSMISSIONS, (double) (bed.retransmissions() - retransmissions));
    values.put(Metric.INTERFACE_DROPS, (double) (bed.interfaceDrops() - drops));
    return new Sample(values);
  }

  private static void putNotifications(
      EnumMap<Metric, Double> values, VhostUserTraffic before, TestBed bed, double gigabytes) {
    VhostUserTraffic after = bed.vhostUserTraffic().orElseThrow();
    values.put(Metric.KICKS_PER_GIGABYTE, (after.kicks() - before.kicks()) / gigabytes);
    values.put(
        Metric.INTERRUPTS_PER_GIGABYTE, (after.interrupts() - before.interrupts()) / gigabytes);
  }
}
