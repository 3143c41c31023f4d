package org.jpasst.bench;

import java.time.Duration;
import java.util.EnumMap;
import java.util.List;
import java.util.regex.Matcher;
import org.jpasst.lab.CProgram;
import org.jpasst.lab.LabProcess;
import org.jpasst.lab.NetworkNamespace;

/**
 * Requests and responses of one byte between guest and remote, one at a time.
 *
 * @param direction in which the requests go
 */
record Transactions(Direction direction, Exchange exchange, Duration length) implements Cell {
  /** What a request and its response travel by. */
  enum Exchange {
    /** One connection for all. */
    TCP("rr", "request/response", Ports.TRANSACTIONS, "tcp-serve", "tcp-rr"),
    /** A connection for each, which the server closes first. */
    CONNECTION("crr", "connect/request/response", Ports.TRANSACTIONS, "tcp-serve", "tcp-crr"),
    /** Datagrams of one flow. */
    UDP("udp-rr", "request/response by UDP", Ports.DATAGRAMS, "udp-serve", "udp-rr");

    private final String id;
    private final String title;
    private final Ports port;
    private final String serve;
    private final String ask;

    Exchange(String id, String title, Ports port, String serve, String ask) {
      this.id = id;
      this.title = title;
      this.port = port;
      this.serve = serve;
      this.ask = ask;
    }
  }

  private static final Duration START = Duration.ofSeconds(10);
  private static final Duration WARM_UP = Duration.ofSeconds(3);
  private static final Duration GRACE = Duration.ofSeconds(10);
  private static final int MTU = 1500;
  private static final double MICROS = 1e6;

  @Override
  public String id() {
    return "%s/%s".formatted(exchange.id, direction.id(Peer.REMOTE));
  }

  @Override
  public String title() {
    return "%s, %s".formatted(direction.with(Peer.REMOTE), exchange.title);
  }

  @Override
  public Group group() {
    return Group.TRANSACTIONS;
  }

  @Override
  public List<Metric> metrics() {
    return List.of(Metric.TRANSACTION_RATE, Metric.CPU_PER_TRANSACTION, Metric.RETRANSMISSIONS);
  }

  @Override
  public void warmUp(Subject subject) {
    new Transactions(direction, exchange, WARM_UP).measure(subject);
  }

  @Override
  public Sample measure(Subject subject) {
    TestBed bed = subject.bed();
    bed.mtu(MTU);
    boolean fromGuest = direction == Direction.FROM_GUEST;
    NetworkNamespace server = fromGuest ? bed.at(Peer.REMOTE) : bed.guest();
    NetworkNamespace client = fromGuest ? bed.guest() : bed.at(Peer.REMOTE);
    String address = fromGuest ? bed.addressForGuest(Peer.REMOTE) : bed.addressOfGuest(Peer.REMOTE);
    String port = Integer.toString(exchange.port.number(direction));
    String program = CProgram.TRAFFIC.binary().toString();
    try (LabProcess serving = server.start(List.of(program, exchange.serve, port))) {
      serving.awaitLine("ready", START);
      CpuUse cpu = CpuUse.since(bed);
      long retransmissions = bed.retransmissions();
      List<String> command =
          List.of(program, exchange.ask, address, port, Double.toString(length.toMillis() / 1e3));
      try (LabProcess asking = client.start(command)) {
        Matcher result =
            asking.awaitLine("transactions (\\d+) seconds ([0-9.]+)", length.plus(GRACE));
        double transactions = Double.parseDouble(result.group(1));
        var values = new EnumMap<Metric, Double>(Metric.class);
        values.put(Metric.TRANSACTION_RATE, transactions / Double.parseDouble(result.group(2)));
        cpu.seconds()
            .ifPresent(
                each -> values.put(Metric.CPU_PER_TRANSACTION, each / transactions * MICROS));
        values.put(Metric.RETRANSMISSIONS, (double) (bed.retransmissions() - retransmissions));
        return new Sample(values);
      }
    }
  }
}
