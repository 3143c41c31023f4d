package org.jpasst.bench;

import java.time.Duration;
import java.util.List;
import org.jpasst.lab.LabProcess;

/**
 * One busy connection beside many that do nothing.
 *
 * @param direction in which the data goes
 * @param idle how many do nothing; all of them were opened by the guest
 * @param length how long one measurement lasts
 */
record StreamBesideIdle(Direction direction, int idle, Duration length) implements Cell {
  private static final int MTU = 1500;
  private static final Duration START = Duration.ofSeconds(10);
  private static final Duration CONNECTING = Duration.ofSeconds(60);
  private static final Duration WARM_UP = Duration.ofSeconds(4);

  @Override
  public String id() {
    return "beside/%s/%d".formatted(direction.id(Peer.REMOTE), idle);
  }

  @Override
  public String title() {
    return "%s, beside %,d idle connections".formatted(direction.with(Peer.REMOTE), idle);
  }

  @Override
  public Group group() {
    return Group.TCP;
  }

  @Override
  public List<Metric> metrics() {
    return streams(length).metrics();
  }

  @Override
  public boolean appliesTo(Attachment attachment) {
    return attachment.program().isPresent();
  }

  private TcpStreams streams(Duration duration) {
    return new TcpStreams(direction, Peer.REMOTE, MTU, 1, duration);
  }

  @Override
  public Sample measure(Subject subject) {
    String port = Integer.toString(Ports.TRANSACTIONS.number(Direction.FROM_GUEST));
    try (TestBed bed = subject.freshBed();
        LabProcess server = IdleConnections.start(bed.at(Peer.REMOTE), "tcp-serve", port)) {
      server.awaitLine("ready", START);
      try (LabProcess held = IdleConnections.hold(bed, port, idle)) {
        held.awaitLine("ready", CONNECTING);
        streams(WARM_UP).send(bed, WARM_UP);
        return streams(length).send(bed, length);
      }
    }
  }
}
