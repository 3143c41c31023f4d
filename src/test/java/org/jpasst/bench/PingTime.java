package org.jpasst.bench;

import java.time.Duration;
import java.util.EnumMap;
import java.util.List;
import java.util.regex.Pattern;
import org.jpasst.lab.LabProcess;
import org.jpasst.lab.LabTree;

/**
 * The median round trip of echo requests from the guest to the remote.
 *
 * @param count of requests
 */
record PingTime(int count) implements Cell {
  private static final Pattern TIME = Pattern.compile("time=([0-9.]+) ms");
  private static final Duration LIMIT = Duration.ofSeconds(30);
  private static final double MICROS_PER_MILLI = 1000;
  private static final double MICROS_PER_SECOND = 1e6;

  @Override
  public String id() {
    return "ping/guest-remote";
  }

  @Override
  public String title() {
    return Direction.FROM_GUEST.with(Peer.REMOTE) + ", median of " + count;
  }

  @Override
  public Group group() {
    return Group.PING;
  }

  @Override
  public List<Metric> metrics() {
    return List.of(Metric.ROUND_TRIP, Metric.CPU_PER_ECHO);
  }

  @Override
  public void warmUp(Subject subject) {
    measure(subject);
  }

  @Override
  public Sample measure(Subject subject) {
    TestBed bed = subject.bed();
    List<String> command =
        List.of(
            "ping",
            "-n",
            "-i",
            "0.003",
            "-c",
            Integer.toString(count),
            bed.addressForGuest(Peer.REMOTE));
    CpuUse cpu = CpuUse.since(bed);
    String output = LabProcess.run(bed.guest().inside(LabTree.testing().inside(command)), LIMIT);
    List<Double> times =
        TIME.matcher(output)
            .results()
            .map(each -> Double.parseDouble(each.group(1)) * MICROS_PER_MILLI)
            .toList();
    var values = new EnumMap<Metric, Double>(Metric.class);
    values.put(Metric.ROUND_TRIP, Statistics.of(times).median());
    cpu.seconds()
        .ifPresent(each -> values.put(Metric.CPU_PER_ECHO, each / count * MICROS_PER_SECOND));
    return new Sample(values);
  }
}
