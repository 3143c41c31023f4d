package org.jpasst.bench;

import java.time.Duration;
import java.util.EnumMap;
import java.util.List;
import org.jpasst.lab.Impairment;

/**
 * One TCP stream between guest and remote where a link loses or reorders packets, at random and
 * both ways, and takes its time. Each measurement has a bed of its own.
 *
 * @param place of that link
 * @param roundTrip time that the link adds, half of it each way
 * @param lost percent of the packets
 * @param reordered percent of the packets: they take a millisecond more
 */
record LossyStream(
    Place place, Direction direction, Duration roundTrip, double lost, double reordered)
    implements Cell {
  /** Which link it is. */
  enum Place {
    /** The guest's own: it and the back-end have to make good for it. */
    GUEST("link", "guest's link"),
    /**
     * Between host and remote: the kernel of the host makes good for it, if there is a back-end.
     */
    PATH("path", "host's path");

    private final String id;
    private final String title;

    Place(String id, String title) {
      this.id = id;
      this.title = title;
    }

    private Links links(Impairment impairment) {
      return this == GUEST
          ? new Links(impairment, Impairment.NONE)
          : new Links(Impairment.NONE, impairment);
    }
  }

  private static final int MTU = 1500;
  private static final Duration WARM_UP = Duration.ofSeconds(3);
  private static final Duration LENGTH = Duration.ofSeconds(6);
  private static final double PERCENT = 100;

  @Override
  public String id() {
    return "loss/%s/%s/%dms/%s"
        .formatted(
            place.id,
            direction.id(Peer.REMOTE),
            roundTrip.toMillis(),
            reordered > 0 ? "reordered-" + plain(reordered) : "lost-" + plain(lost));
  }

  @Override
  public String title() {
    return "%s, %s, %d ms, %s"
        .formatted(
            direction.with(Peer.REMOTE),
            place.title,
            roundTrip.toMillis(),
            reordered > 0 ? plain(reordered) + " % reordered" : plain(lost) + " % lost");
  }

  @Override
  public Group group() {
    return Group.LOSS;
  }

  @Override
  public List<Metric> metrics() {
    return List.of(
        Metric.THROUGHPUT,
        Metric.CPU_PER_GIGABYTE,
        Metric.SEGMENTS_SENT_AGAIN,
        Metric.HARNESS_DROPS);
  }

  @Override
  public boolean appliesTo(Attachment attachment) {
    return attachment.takes(links());
  }

  @Override
  public Sample measure(Subject subject) {
    try (TestBed bed = subject.freshBed(links())) {
      bed.mtu(MTU);
      send(bed, WARM_UP);
      CpuUse cpu = CpuUse.since(bed);
      long retransmissions = bed.retransmissions();
      long drops = bed.interfaceDrops();
      StreamTraffic.Received received = send(bed, LENGTH);
      var values = new EnumMap<Metric, Double>(Metric.class);
      values.put(Metric.THROUGHPUT, received.throughput());
      if (received.bytes() > 0) {
        cpu.seconds()
            .ifPresent(each -> values.put(Metric.CPU_PER_GIGABYTE, each / received.gigabytes()));
      }
      values.put(Metric.SEGMENTS_SENT_AGAIN, (double) (bed.retransmissions() - retransmissions));
      values.put(Metric.HARNESS_DROPS, (double) (bed.interfaceDrops() - drops));
      return new Sample(values);
    }
  }

  private Links links() {
    return place.links(new Impairment(lost / PERCENT, roundTrip.dividedBy(2), reordered / PERCENT));
  }

  private StreamTraffic.Received send(TestBed bed, Duration length) {
    return StreamTraffic.run(
        bed, new StreamTraffic.Plan(direction, Peer.REMOTE, 1, length, Duration.ZERO));
  }

  /** Without digits that say nothing: 0.1, 1, 5. */
  private static String plain(double number) {
    return number == Math.rint(number) ? Long.toString((long) number) : Double.toString(number);
  }
}
