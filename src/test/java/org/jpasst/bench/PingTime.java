package org.jpasst.bench;

import java.time.Duration;
import java.util.List;
import java.util.Map;
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
    return List.of(Metric.ROUND_TRIP);
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
    String output = LabProcess.run(bed.guest().inside(LabTree.testing().inside(command)), LIMIT);
    List<Double> times =
        TIME.matcher(output)
            .results()
            .map(each -> Double.parseDouble(each.group(1)) * MICROS_PER_MILLI)
            .toList();
    return new Sample(Map.of(Metric.ROUND_TRIP, Statistics.of(times).median()));
  }
}
