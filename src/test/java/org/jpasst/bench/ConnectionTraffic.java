package org.jpasst.bench;

import java.time.Duration;
import java.util.List;
import java.util.regex.Matcher;
import org.jpasst.lab.CProgram;
import org.jpasst.lab.LabProcess;
import org.jpasst.lab.NetworkNamespace;

/** Connections between guest and remote that come and go, many at a time. */
final class ConnectionTraffic implements AutoCloseable {
  /** What came of them: those that ended as they should, and those that didn't. */
  record Result(long connections, double seconds, long failed) {}

  /** Any rate. */
  static final double UNLIMITED = 0;

  private static final int PARALLEL = 64;

  /** The guest has as many addresses to connect to; the other way there is one. */
  private static final int ADDRESSES = 200;

  private static final Duration START = Duration.ofSeconds(10);
  private static final Duration GRACE = Duration.ofSeconds(20);

  private final LabProcess server;
  private final LabProcess client;
  private final Duration length;

  private ConnectionTraffic(LabProcess server, LabProcess client, Duration length) {
    this.server = server;
    this.client = client;
    this.length = length;
  }

  /**
   * Starts them.
   *
   * @param rate the most connections per second
   */
  static ConnectionTraffic start(TestBed bed, Direction direction, Duration length, double rate) {
    boolean fromGuest = direction == Direction.FROM_GUEST;
    NetworkNamespace to = fromGuest ? bed.at(Peer.REMOTE) : bed.guest();
    NetworkNamespace from = fromGuest ? bed.guest() : bed.at(Peer.REMOTE);
    String port = Integer.toString(Ports.TRANSACTIONS.number(direction));
    LabProcess server = to.start(List.of(CProgram.TRAFFIC.binary().toString(), "tcp-serve", port));
    try {
      server.awaitLine("ready", START);
      LabProcess client =
          from.start(
              List.of(
                  CProgram.CHURN.binary().toString(),
                  fromGuest ? LabTuning.FIRST_OF_MANY : bed.addressOfGuest(Peer.REMOTE),
                  Integer.toString(fromGuest ? ADDRESSES : 1),
                  port,
                  Double.toString(length.toMillis() / 1e3),
                  Integer.toString(PARALLEL),
                  Double.toString(rate)));
      return new ConnectionTraffic(server, client, length);
    } catch (RuntimeException | Error e) {
      server.close();
      throw e;
    }
  }

  /** Waits for the end. */
  Result await() {
    Matcher result =
        client.awaitLine("connections (\\d+) seconds ([0-9.]+) failed (\\d+)", length.plus(GRACE));
    return new Result(
        Long.parseLong(result.group(1)),
        Double.parseDouble(result.group(2)),
        Long.parseLong(result.group(3)));
  }

  @Override
  public void close() {
    client.close();
    server.close();
  }
}
