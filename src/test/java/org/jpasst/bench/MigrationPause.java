package org.jpasst.bench;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.jpasst.lab.Await;
import org.jpasst.lab.BackEnd;
import org.jpasst.lab.BackEndProgram;
import org.jpasst.lab.Lab;
import org.jpasst.lab.LabProcess;
import org.jpasst.lab.StateFrontEnd;
import org.jpasst.migrate.stream.FlowEvent;
import org.jpasst.migrate.stream.FlowRecord;
import org.jpasst.migrate.stream.FlowSideRecord;
import org.jpasst.migrate.stream.GuestTcpRecord;
import org.jpasst.migrate.stream.ObservedAddresses;
import org.jpasst.migrate.stream.RepairWindow;
import org.jpasst.migrate.stream.SocketFields;
import org.jpasst.migrate.stream.SocketRecord;
import org.jpasst.migrate.stream.StateStream;
import org.jpasst.migrate.stream.StreamHeader;
import org.jpasst.migrate.stream.TcpState;
import org.jpasst.net.Endpoint;
import org.jpasst.net.IpAddress;
import org.jpasst.net.MacAddress;

/**
 * How long a guest stands still for its connections: the time that a back-end takes to load a state
 * with so many of them, and to save it again. Both back-ends get the same state, one after the
 * other, several times, and first the time to prepare that the copying of a guest's memory gives.
 * Peers don't answer: packets end in the lab's remote, which drops them.
 *
 * <p>Run by src/test/bench/migration; prints a table.
 */
final class MigrationPause {
  private static final int[] CONNECTIONS = {1, 100, 1_000, 10_000};
  private static final int ROUNDS = 5;
  private static final int QUEUED = 1000;
  private static final Duration PREPARATION = Duration.ofSeconds(60);
  private static final String REHEARSAL = "rehearsal";
  private static final int FIRST_PORT = 20_000;
  private static final int TIMESTAMPS_SACK_SCALES = 7;

  private MigrationPause() {}

  /**
   * A back-end that is measured.
   *
   * @param helper whether a helper switches repair mode for it
   * @param prepared whether it has the time to rehearse, which real migrations give it
   */
  private record Candidate(String name, BackEndProgram program, boolean helper, boolean prepared) {}

  /**
   * Prints the table.
   *
   * @param arguments numbers of connections, instead of the usual ones; or {@code sections}, or
   *     {@code loss}
   */
  public static void main(String[] arguments) throws IOException {
    if (List.of(arguments).equals(List.of("sections"))) {
      SectionPause.print();
      return;
    }
    if (List.of(arguments).equals(List.of("loss"))) {
      DatagramLoss.print();
      return;
    }
    int[] counts =
        arguments.length == 0
            ? CONNECTIONS
            : Stream.of(arguments).mapToInt(Integer::parseInt).toArray();
    List<Candidate> candidates =
        List.of(
            new Candidate("jpasst", BackEndProgram.underTest(), false, true),
            new Candidate("jpasst with passt-repair", BackEndProgram.underTest(), true, true),
            new Candidate("the same, unprepared", BackEndProgram.underTest(), true, false),
            new Candidate("passt with passt-repair", BackEndProgram.real(), true, false));
    System.out.println("| connections | back-end | save, ms | load, ms | both, µs each |");
    System.out.println("|---|---|---|---|---|");
    for (int connections : counts) {
      long[][] saves = new long[candidates.size()][ROUNDS];
      long[][] loads = new long[candidates.size()][ROUNDS];
      for (int round = 0; round < ROUNDS; round++) {
        for (int i = 0; i < candidates.size(); i++) {
          measure(candidates.get(i), connections, round, saves[i], loads[i]);
        }
      }
      for (int i = 0; i < candidates.size(); i++) {
        print(candidates.get(i), connections, median(saves[i]), median(loads[i]));
      }
    }
  }

  private static void print(Candidate candidate, int connections, double save, double load) {
    System.out.printf(
        "| %,d | %s | %.2f | %.2f | %.1f |%n",
        connections, candidate.name(), save, load, (save + load) * 1000 / connections);
  }

  private static double median(long[] nanos) {
    long[] sorted = nanos.clone();
    Arrays.sort(sorted);
    return sorted[sorted.length / 2] / 1e6;
  }

  private static void measure(
      Candidate candidate, int connections, int round, long[] saves, long[] loads)
      throws IOException {
    try (Lab lab = Lab.open()) {
      lab.remote().ip("route add blackhole " + Lab.HOST4);
      Path state = lab.directory().resolve("state");
      write(state, connections);
      List<String> options =
          candidate.program().inTree()
              ? List.of("--vhost-user")
              : List.of("--vhost-user", "--migrate-direct");
      try (BackEnd backEnd = BackEnd.start(lab, candidate.program(), options);
          StateFrontEnd frontEnd = new StateFrontEnd(backEnd.socket())) {
        Runnable preparation = () -> awaitRehearsal(candidate, backEnd.process());
        loads[round] = with(lab, candidate, backEnd, preparation, () -> frontEnd.load(state));
        Path again = lab.directory().resolve("again");
        saves[round] = with(lab, candidate, backEnd, () -> {}, () -> frontEnd.save(again));
        check(again, connections, candidate);
      }
    }
  }

  /** It begins with the helper's connection, or when no guest has come for some seconds. */
  private static void awaitRehearsal(Candidate candidate, LabProcess process) {
    if (candidate.prepared()) {
      Await.until("a rehearsal", PREPARATION, () -> process.hasThread(REHEARSAL));
      Await.until("its end", PREPARATION, () -> !process.hasThread(REHEARSAL));
    }
  }

  private interface Transfer {
    long run() throws IOException;
  }

  private static long with(
      Lab lab, Candidate candidate, BackEnd backEnd, Runnable preparation, Transfer transfer)
      throws IOException {
    Optional<LabProcess> helper =
        candidate.helper() ? Optional.of(backEnd.startHelper(lab)) : Optional.empty();
    try {
      preparation.run();
      long start = System.nanoTime();
      long result = transfer.run();
      if (result != 0) {
        throw new IOException(candidate.name() + " can't move the state: error " + result);
      }
      return System.nanoTime() - start;
    } finally {
      helper.ifPresent(LabProcess::close);
    }
  }

  private static void check(Path state, int connections, Candidate candidate) throws IOException {
    try (FileChannel channel = FileChannel.open(state, StandardOpenOption.READ);
        var arena = Arena.ofConfined()) {
      StateStream saved = StateStream.read(channel, arena);
      long whole = saved.sockets().stream().filter(s -> s instanceof SocketRecord.Dumped).count();
      if (whole != connections) {
        throw new IOException(
            candidate.name() + " saved " + whole + " of " + connections + " connections");
      }
    }
  }

  private static void write(Path file, int connections) {
    List<FlowRecord> flows = new ArrayList<>();
    for (int i = 0; i < connections; i++) {
      flows.add(flow(FIRST_PORT + i));
    }
    var addresses =
        new ObservedAddresses(
            address(Lab.HOST6),
            IpAddress.ANY6,
            address(Lab.HOST4),
            new MacAddress(0x5254_0012_3456L));
    try (FileChannel channel =
        FileChannel.open(file, StandardOpenOption.WRITE, StandardOpenOption.CREATE_NEW)) {
      new StateStream(
              StreamHeader.CURRENT,
              addresses,
              flows,
              Collections.nCopies(connections, socket()),
              List.of())
          .write(channel);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static FlowRecord flow(int port) {
    var side =
        new FlowSideRecord(
            new Endpoint(address(Lab.HOST4), port), new Endpoint(address(Lab.OFF_LINK4), 7000));
    var guest =
        new FlowSideRecord(
            new Endpoint(address(Lab.OFF_LINK4), 7000), new Endpoint(address(Lab.HOST4), port));
    var tcp =
        new GuestTcpRecord(
            0,
            7,
            8,
            FlowEvent.ESTABLISHED.bit(),
            1460,
            340,
            0,
            0,
            500,
            256,
            1000,
            1000,
            5000,
            5000,
            4000);
    return new FlowRecord(true, guest, side, tcp);
  }

  private static SocketRecord socket() {
    MemorySegment bytes = Arena.global().allocate(QUEUED);
    return new SocketRecord.Dumped(
        new SocketFields(
            90_000,
            70_000,
            QUEUED,
            0,
            QUEUED,
            1448,
            1,
            new RepairWindow(70_000, 64_000, 64_000, 64_000, 70_000),
            7,
            7,
            TcpState.ESTABLISHED.code(),
            TIMESTAMPS_SACK_SCALES),
        bytes,
        bytes);
  }

  private static IpAddress address(String text) {
    return IpAddress.parse(text).orElseThrow();
  }
}
