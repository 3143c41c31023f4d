package org.jpasst.bench;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.time.Duration;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import org.jpasst.lab.LabProcess;
import org.jpasst.lab.LabTree;
import org.jpasst.lab.NetworkNamespace;

/**
 * Bytes as fast as TCP takes them, by iperf3.
 *
 * @param direction in which the data goes
 * @param mtu of the guest's interface
 * @param streams connections at once
 * @param length how long one measurement lasts
 */
record TcpStreams(Direction direction, Peer peer, int mtu, int streams, Duration length)
    implements Cell {
  private static final Duration START = Duration.ofSeconds(10);
  private static final Duration WARM_UP = Duration.ofSeconds(4);
  private static final Duration GRACE = Duration.ofSeconds(20);
  private static final double GIGA = 1e9;
  private static final double BITS = 8;

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
        Metric.THROUGHPUT, Metric.CPU_PER_GIGABYTE, Metric.RETRANSMISSIONS, Metric.INTERFACE_DROPS);
  }

  @Override
  public String kind() {
    return "tcp/" + direction;
  }

  @Override
  public void warmUp(TestBed bed) {
    new TcpStreams(direction, peer, mtu, streams, WARM_UP).measure(bed);
  }

  @Override
  public Sample measure(TestBed bed) {
    bed.mtu(mtu);
    NetworkNamespace server = direction == Direction.FROM_GUEST ? bed.at(peer) : bed.guest();
    NetworkNamespace client = direction == Direction.FROM_GUEST ? bed.guest() : bed.at(peer);
    String address =
        direction == Direction.FROM_GUEST ? bed.addressForGuest(peer) : bed.addressOfGuest(peer);
    int port = Ports.STREAM.number(direction);
    try (LabProcess serving =
        server.start(inTree("iperf3", "-s", "-1", "-p", Integer.toString(port)))) {
      server.awaitTcpListener(port, START);
      double cpu = cpuSeconds(bed);
      long retransmissions = bed.retransmissions();
      long drops = bed.interfaceDrops();
      JsonObject received = run(client, address, port);
      var values = new EnumMap<Metric, Double>(Metric.class);
      double bytes = received.get("bytes").getAsDouble();
      values.put(Metric.THROUGHPUT, bytes * BITS / GIGA / received.get("seconds").getAsDouble());
      if (bed.backEnd().isPresent()) {
        values.put(Metric.CPU_PER_GIGABYTE, (cpuSeconds(bed) - cpu) / (bytes / GIGA));
      }
      values.put(Metric.RETRANSMISSIONS, (double) (bed.retransmissions() - retransmissions));
      values.put(Metric.INTERFACE_DROPS, (double) (bed.interfaceDrops() - drops));
      serving.awaitExit(GRACE);
      return new Sample(values);
    }
  }

  private JsonObject run(NetworkNamespace client, String address, int port) {
    String seconds = Double.toString(length.toMillis() / 1e3);
    List<String> command =
        inTree(
            "iperf3",
            "--json",
            "--interval",
            "0",
            "--client",
            address,
            "--port",
            Integer.toString(port),
            "--time",
            seconds,
            "--parallel",
            Integer.toString(streams));
    try (LabProcess sending = client.start(command, Map.of())) {
      int status = sending.awaitExit(length.plus(GRACE));
      if (status != 0) {
        throw sending.failure("exit status " + status);
      }
      return JsonParser.parseString(sending.output())
          .getAsJsonObject()
          .getAsJsonObject("end")
          .getAsJsonObject("sum_received");
    }
  }

  private static double cpuSeconds(TestBed bed) {
    return bed.backEnd().map(BackEndProcess::cpuSeconds).orElse(0.0);
  }

  private static List<String> inTree(String... command) {
    return LabTree.testing().inside(List.of(command));
  }
}
