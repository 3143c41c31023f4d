package org.jpasst.bench;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalDouble;
import java.util.concurrent.locks.LockSupport;
import java.util.regex.Matcher;
import org.jpasst.lab.CProgram;
import org.jpasst.lab.LabProcess;
import org.jpasst.lab.NetworkNamespace;

/** Datagrams from the lab's traffic program to a sink of the same. */
final class DatagramTraffic implements AutoCloseable {
  /**
   * Flows, one for each pair of these.
   *
   * @param sockets of the sender
   * @param addresses of the remote
   */
  record Flows(int sockets, int addresses) {}

  /**
   * What became of the datagrams of one trial.
   *
   * @param asked rate that was asked for, in datagrams per second
   * @param cpuSeconds of the back-end, if there is one
   */
  record Result(double asked, long sent, long received, double seconds, OptionalDouble cpuSeconds)
      implements LosslessRate.Outcome {
    /** What the sender may be behind its rate and still count as having made it. */
    private static final double FULL = 0.95;

    /** Lost, of those sent. */
    double lossRatio() {
      return 1 - (double) received / sent;
    }

    /** Datagrams per second that were really sent. */
    double rate() {
      return sent / seconds;
    }

    @Override
    public boolean lossless() {
      return lossRatio() <= TOLERATED_LOSS;
    }

    @Override
    public boolean fullRate() {
      return rate() >= FULL * asked;
    }
  }

  /**
   * As much of a trial may be lost and it still counts as one without loss: on a shared machine
   * with two processors a pause of the whole machine would be found instead of the back-end's
   * limit.
   */
  static final double TOLERATED_LOSS = 1e-4;

  private static final Duration START = Duration.ofSeconds(10);
  private static final Duration QUIET = Duration.ofMillis(60);
  private static final Duration GRACE = Duration.ofSeconds(10);

  private final TestBed bed;
  private final Direction direction;
  private final int size;
  private final LabProcess sink;
  private int session;

  private DatagramTraffic(TestBed bed, Direction direction, int size, LabProcess sink) {
    this.bed = bed;
    this.direction = direction;
    this.size = size;
    this.sink = sink;
  }

  /**
   * Starts a sink at the remote or in the guest.
   *
   * @param size of the payload in bytes
   */
  static DatagramTraffic between(TestBed bed, Direction direction, int size) {
    NetworkNamespace server = direction == Direction.FROM_GUEST ? bed.at(Peer.REMOTE) : bed.guest();
    String port = Integer.toString(Ports.DATAGRAMS.number(direction));
    LabProcess sink = server.start(List.of(program(), "udp-sink", port));
    try {
      sink.awaitLine("ready", START);
      return new DatagramTraffic(bed, direction, size, sink);
    } catch (RuntimeException | Error e) {
      sink.close();
      throw e;
    }
  }

  /** Sends at a rate, in datagrams per second, on one flow; waits until no more arrive. */
  Result send(double rate, Duration length) {
    return send(rate, length, new Flows(1, 1));
  }

  /** The same on several flows in turn. */
  Result send(double rate, Duration length, Flows flows) {
    session++;
    NetworkNamespace client = direction == Direction.FROM_GUEST ? bed.guest() : bed.at(Peer.REMOTE);
    String address =
        direction == Direction.FROM_GUEST
            ? bed.addressForGuest(Peer.REMOTE)
            : bed.addressOfGuest(Peer.REMOTE);
    CpuUse cpu = CpuUse.since(bed);
    var command =
        new ArrayList<>(
            List.of(
                program(),
                "udp-send",
                address,
                Integer.toString(Ports.DATAGRAMS.number(direction)),
                Integer.toString(size),
                Double.toString(rate),
                Double.toString(length.toMillis() / 1e3),
                Integer.toString(session),
                Integer.toString(flows.sockets())));
    if (flows.addresses() > 1) {
      command.add(direction == Direction.FROM_GUEST ? "to" : "from");
      command.add(LabTuning.FIRST_OF_MANY);
      command.add(Integer.toString(flows.addresses()));
    }
    try (LabProcess sender = client.start(command)) {
      Matcher sent = sender.awaitLine("sent (\\d+) seconds ([0-9.]+)", length.plus(GRACE));
      long received = receivedInTheEnd();
      return new Result(
          rate,
          Long.parseLong(sent.group(1)),
          received,
          Double.parseDouble(sent.group(2)),
          cpu.seconds());
    }
  }

  @Override
  public void close() {
    sink.close();
  }

  /** Queues drain after the sender's end: counts until nothing more comes. */
  private long receivedInTheEnd() {
    long last = -1;
    for (long now = received(); now != last; now = received()) {
      last = now;
      LockSupport.parkNanos(QUIET.toNanos());
    }
    return last;
  }

  private long received() {
    int asked = sink.lineCount();
    try {
      sink.input().write("?\n".getBytes(StandardCharsets.US_ASCII));
      sink.input().flush();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    Matcher answer = sink.awaitLine(asked, "session (\\d+) received (\\d+)", GRACE);
    return Integer.parseInt(answer.group(1)) == session ? Long.parseLong(answer.group(2)) : 0;
  }

  private static String program() {
    return CProgram.TRAFFIC.binary().toString();
  }
}
