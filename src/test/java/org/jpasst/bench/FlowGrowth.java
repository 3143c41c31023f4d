package org.jpasst.bench;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.EnumMap;
import java.util.List;

/**
 * The cost of a datagram while many flows are alive, all of them in use: each datagram is of
 * another flow than the one before.
 *
 * @param flows how many
 */
record FlowGrowth(Direction direction, int flows) implements Cell {
  private static final int SIZE = 64;
  private static final double RATE = 20_000;
  private static final double ESTABLISHING_RATE = 4_000;
  private static final int ESTABLISHING_MAX = 5;
  private static final Duration LENGTH = Duration.ofSeconds(3);
  private static final int MTU = 1500;
  private static final int SOCKETS_MAX = 1_000;
  private static final double MICROS = 1e6;
  private static final double PERCENT = 100;

  /** Descriptors that a back-end needs besides one for each flow. */
  private static final int OTHER_DESCRIPTORS = 1_000;

  @Override
  public String id() {
    return "growth/%s/%d".formatted(direction.id(Peer.REMOTE), flows);
  }

  @Override
  public String title() {
    return "%s, %,d flows".formatted(direction.with(Peer.REMOTE), flows);
  }

  @Override
  public Group group() {
    return Group.GROWTH;
  }

  @Override
  public List<Metric> metrics() {
    return List.of(Metric.CPU_PER_DATAGRAM, Metric.LOSS, Metric.RESIDENT_WITH_FLOWS);
  }

  /** A back-end has a socket for each flow: not with more than it may open. */
  @Override
  public boolean appliesTo(Attachment attachment) {
    return attachment.program().isPresent() && flows + OTHER_DESCRIPTORS <= descriptorLimit();
  }

  @Override
  public Sample measure(Subject subject) {
    int sockets = Math.min(flows, SOCKETS_MAX);
    var spread = new DatagramTraffic.Flows(sockets, flows / sockets);
    try (TestBed bed = subject.freshBed();
        DatagramTraffic traffic = DatagramTraffic.between(bed, direction, SIZE)) {
      bed.mtu(MTU);
      establish(traffic, spread);
      CpuUse cpu = CpuUse.since(bed);
      var result = traffic.send(RATE, LENGTH, spread);
      var values = new EnumMap<Metric, Double>(Metric.class);
      values.put(Metric.CPU_PER_DATAGRAM, cpu.seconds().orElseThrow() / result.received() * MICROS);
      values.put(Metric.LOSS, result.lossRatio() * PERCENT);
      values.put(Metric.RESIDENT_WITH_FLOWS, bed.backEnd().orElseThrow().residentMebibytes());
      return new Sample(values);
    }
  }

  /** Makes all flows, which costs more than to use them, and gives a JVM the time to compile. */
  private void establish(DatagramTraffic traffic, DatagramTraffic.Flows spread) {
    Duration once = Duration.ofMillis(Math.round(Math.max(1, flows / ESTABLISHING_RATE) * 1_000));
    for (int i = 0; i < ESTABLISHING_MAX; i++) {
      if (traffic.send(ESTABLISHING_RATE, once, spread).lossless()) {
        break;
      }
    }
    traffic.send(RATE, LENGTH, spread);
  }

  private static int descriptorLimit() {
    try {
      return Files.readAllLines(Path.of("/proc/self/limits")).stream()
          .filter(each -> each.startsWith("Max open files"))
          .map(each -> each.split("\\s{2,}")[2])
          .mapToInt(Integer::parseInt)
          .findFirst()
          .orElseThrow();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
