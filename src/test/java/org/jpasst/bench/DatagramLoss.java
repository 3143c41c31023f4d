package org.jpasst.bench;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.channels.DatagramChannel;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jpasst.lab.BackEnd;
import org.jpasst.lab.Lab;
import org.jpasst.lab.NumberedDatagrams;
import org.jpasst.lab.NumberedDatagrams.Arrived;
import org.jpasst.lab.Operator;
import org.jpasst.lab.TapGuest;

/**
 * What a stream of 50,000 datagrams a second loses when its guest moves, in stream mode by a
 * harness: the guest stops, its state is saved and loaded, the peer's packets are sent to the other
 * host, the guest is attached there.
 *
 * <p>Run by {@code src/test/bench/migration loss}; prints a table.
 */
final class DatagramLoss {
  private static final int PER_SECOND = 50_000;
  private static final int BEFORE = 50_000;
  private static final int STOPPED = PER_SECOND / 20;
  private static final int FORWARDED = 5003;
  private static final int MTU = 1500;
  private static final int ROUNDS = 3;

  private DatagramLoss() {}

  /** Prints the table. */
  static void print() throws IOException {
    System.out.println("| | sent | lost | late | twice |");
    System.out.println("|---|---:|---:|---:|---:|");
    for (int round = 0; round < ROUNDS; round++) {
      print("without a migration", measure(false));
      print("datagrams wait in their sockets", measure(true, "--packet-cache", "auto"));
      print("packet cache on", measure(true, "--packet-cache", "on"));
      print(
          "as the original: UDP doesn't move",
          measure(true, "--migrate-format", "passt", "--packet-cache", "off"));
    }
  }

  private static void print(String what, Arrived arrived) {
    System.out.printf(
        "| %s | %,d | %,d | %d | %d |%n",
        what, arrived.sent(), arrived.lost(), arrived.late(), arrived.twice());
  }

  private static Arrived measure(boolean migrate, String... more) throws IOException {
    try (Lab lab = Lab.open();
        Lab twin = lab.twin();
        BackEnd source = start(lab, more);
        BackEnd target = start(twin, more);
        Operator there = Operator.connect(twin);
        Operator here = Operator.connect(lab);
        DatagramChannel inside = lab.guest().call(DatagramChannel::open);
        DatagramChannel outside = lab.remote().call(DatagramChannel::open)) {
      TapGuest guest = TapGuest.connect(lab, source.socket(), MTU).configure("cubic");
      try {
        inside.bind(new InetSocketAddress(FORWARDED));
        outside.connect(new InetSocketAddress(Lab.HOST4, FORWARDED));
        NumberedDatagrams datagrams = NumberedDatagrams.start(outside, inside, PER_SECOND);
        datagrams.awaitSent(BEFORE);
        if (migrate) {
          Path state = lab.directory().resolve("state");
          guest.stop();
          require(here.ask("migrate pause"));
          datagrams.awaitSent(STOPPED);
          require(here.ask("migrate save", state));
          require(there.ask("migrate load", state));
          twin.becomeReachable();
          guest = guest.moveTo(target.socket());
        }
        datagrams.awaitSent(BEFORE);
        return datagrams.stop();
      } finally {
        guest.close();
      }
    }
  }

  private static BackEnd start(Lab lab, String... more) {
    List<String> options = new ArrayList<>(BackEnd.controlOption(lab));
    options.addAll(List.of("--udp-ports", Integer.toString(FORWARDED)));
    options.addAll(List.of(more));
    return BackEnd.start(lab, options.toArray(String[]::new));
  }

  private static void require(String answer) throws IOException {
    if (!answer.contains("ok")) {
      throw new IOException(answer);
    }
  }
}
