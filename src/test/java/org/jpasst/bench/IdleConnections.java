package org.jpasst.bench;

import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.OptionalDouble;
import org.jpasst.lab.CProgram;
import org.jpasst.lab.LabProcess;
import org.jpasst.lab.NetworkNamespace;

/**
 * The resident set of a back-end that has just been started, with a guest but nothing else to do,
 * then with connections that were opened from the guest, used once and left alone.
 */
record IdleConnections() implements Cell {
  private static final int SOME = 1_000;
  private static final int MORE = 9_000;
  private static final int MANY = 10_000;
  private static final double BYTES_PER_MEBIBYTE = 1 << 20;
  private static final Duration START = Duration.ofSeconds(10);
  private static final Duration REST = Duration.ofSeconds(5);
  private static final Duration CONNECTING = Duration.ofSeconds(60);

  @Override
  public String id() {
    return "memory/connections";
  }

  @Override
  public String title() {
    return Direction.FROM_GUEST.with(Peer.REMOTE);
  }

  @Override
  public Group group() {
    return Group.MEMORY;
  }

  @Override
  public List<Metric> metrics() {
    return List.of(
        Metric.RESIDENT_IDLE,
        Metric.RESIDENT_WITH_THOUSAND,
        Metric.RESIDENT_WITH_TEN_THOUSAND,
        Metric.BYTES_PER_CONNECTION);
  }

  @Override
  public boolean appliesTo(Attachment attachment) {
    return attachment.program().isPresent();
  }

  @Override
  public Sample measure(Subject subject) {
    String port = Integer.toString(Ports.TRANSACTIONS.number(Direction.FROM_GUEST));
    try (TestBed bed = subject.freshBed();
        LabProcess server = start(bed.at(Peer.REMOTE), "tcp-serve", port)) {
      server.awaitLine("ready", START);
      double idle = resident(bed);
      try (LabProcess some = hold(bed, port, SOME)) {
        some.awaitLine("ready", CONNECTING);
        double withSome = resident(bed);
        var values = new EnumMap<Metric, Double>(Metric.class);
        values.put(Metric.RESIDENT_IDLE, idle);
        values.put(Metric.RESIDENT_WITH_THOUSAND, withSome);
        try (LabProcess more = hold(bed, port, MORE - SOME)) {
          more.awaitLine("ready", CONNECTING);
          values.put(
              Metric.BYTES_PER_CONNECTION,
              (resident(bed) - withSome) * BYTES_PER_MEBIBYTE / (MORE - SOME));
          residentWithRest(bed, port)
              .ifPresent(each -> values.put(Metric.RESIDENT_WITH_TEN_THOUSAND, each));
        }
        return new Sample(values);
      }
    }
  }

  /** None where the back-end may not open as many descriptors: passt needs two per connection. */
  private static OptionalDouble residentWithRest(TestBed bed, String port) {
    try (LabProcess rest = hold(bed, port, MANY - MORE)) {
      rest.awaitLine("ready", REST);
      return OptionalDouble.of(resident(bed));
    } catch (AssertionError e) {
      return OptionalDouble.empty();
    }
  }

  private static double resident(TestBed bed) {
    return bed.backEnd().orElseThrow().residentMebibytes();
  }

  /**
   * Connections of the guest's to a server of the remote's; it says "ready" when they are there.
   */
  static LabProcess hold(TestBed bed, String port, int connections) {
    return start(
        bed.guest(),
        "tcp-hold",
        bed.addressForGuest(Peer.REMOTE),
        port,
        Integer.toString(connections));
  }

  /** The lab's traffic program. */
  static LabProcess start(NetworkNamespace namespace, String... arguments) {
    var command = new ArrayList<>(List.of(CProgram.TRAFFIC.binary().toString()));
    command.addAll(List.of(arguments));
    return namespace.start(command);
  }
}
