package org.jpasst.bench;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jpasst.lab.LabProcess;
import org.jpasst.lab.LabTree;
import org.jpasst.lab.NetworkNamespace;

/** TCP as fast as it goes, by iperf3. */
final class StreamTraffic implements AutoCloseable {
  /**
   * What to send.
   *
   * @param streams connections at once
   * @param interval of the slots that the receiver divides the time into, in whole seconds; zero
   *     for none
   */
  record Plan(Direction direction, Peer peer, int streams, Duration length, Duration interval) {}

  /**
   * What the receiver got.
   *
   * @param slots throughput of each interval in Gbit/s
   */
  record Received(double bytes, double seconds, List<Double> slots) {
    /** Gbit/s. */
    double throughput() {
      return bytes * BITS / GIGA / seconds;
    }

    double gigabytes() {
      return bytes / GIGA;
    }
  }

  private static final Duration START = Duration.ofSeconds(10);
  private static final Duration GRACE = Duration.ofSeconds(20);
  private static final double GIGA = 1e9;
  private static final double BITS = 8;

  private final Plan plan;
  private final LabProcess server;
  private final LabProcess client;

  private StreamTraffic(Plan plan, LabProcess server, LabProcess client) {
    this.plan = plan;
    this.server = server;
    this.client = client;
  }

  /** Starts a server where the data goes to, then a client where it comes from. */
  static StreamTraffic start(TestBed bed, Plan plan) {
    boolean fromGuest = plan.direction() == Direction.FROM_GUEST;
    NetworkNamespace to = fromGuest ? bed.at(plan.peer()) : bed.guest();
    NetworkNamespace from = fromGuest ? bed.guest() : bed.at(plan.peer());
    String address = fromGuest ? bed.addressForGuest(plan.peer()) : bed.addressOfGuest(plan.peer());
    int port = Ports.STREAM.number(plan.direction());
    LabProcess server = to.start(iperf3(plan, port, List.of("--server", "--one-off")));
    try {
      to.awaitTcpListener(port, START);
      LabProcess client =
          from.start(
              iperf3(
                  plan,
                  port,
                  List.of(
                      "--client",
                      address,
                      "--time",
                      Double.toString(plan.length().toMillis() / 1e3),
                      "--parallel",
                      Integer.toString(plan.streams()))),
              Map.of());
      return new StreamTraffic(plan, server, client);
    } catch (RuntimeException | Error e) {
      server.close();
      throw e;
    }
  }

  /** Runs a plan to its end. */
  static Received run(TestBed bed, Plan plan) {
    try (StreamTraffic traffic = start(bed, plan)) {
      return traffic.await();
    }
  }

  /** Waits for the end. */
  Received await() {
    JsonObject sums = json(client, plan.length().plus(GRACE)).getAsJsonObject("end");
    JsonObject received = sums.getAsJsonObject("sum_received");
    return new Received(
        received.get("bytes").getAsDouble(),
        received.get("seconds").getAsDouble(),
        plan.interval().isZero() ? List.of() : slots());
  }

  /**
   * What the server has of each interval. It isn't asked without need: the client has its sums, and
   * it doesn't end where a back-end loses the FIN for the guest, as passt does by vhost-user.
   */
  private List<Double> slots() {
    var slots = new ArrayList<Double>();
    for (JsonElement each : json(server, GRACE).getAsJsonArray("intervals")) {
      JsonObject sum = each.getAsJsonObject().getAsJsonObject("sum");
      slots.add(sum.get("bits_per_second").getAsDouble() / GIGA);
    }
    return slots;
  }

  @Override
  public void close() {
    client.close();
    server.close();
  }

  private static JsonObject json(LabProcess process, Duration limit) {
    int status = process.awaitExit(limit);
    if (status != 0) {
      throw process.failure("exit status " + status);
    }
    return JsonParser.parseString(process.output()).getAsJsonObject();
  }

  private static List<String> iperf3(Plan plan, int port, List<String> options) {
    var command = new ArrayList<>(List.of("iperf3", "--json", "--port", Integer.toString(port)));
    command.addAll(List.of("--interval", Long.toString(plan.interval().toSeconds())));
    command.addAll(options);
    return LabTree.testing().inside(command);
  }
}
