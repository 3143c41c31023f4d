package org.jpasst.bench;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import org.jpasst.lab.BackEnd;
import org.jpasst.lab.Lab;
import org.jpasst.lab.LabProcess;
import org.jpasst.lab.LabTree;
import org.jpasst.lab.QemuGuest;

/**
 * A bridged guest beside one of QEMU's own TAP device, at MTU 1500: TCP's throughput, and the CPU
 * time that QEMU and the back-end take together for each gigabyte. A real QEMU guest, without
 * acceleration; the two take turns.
 *
 * <p>Run by src/test/bench/bridge; prints a table.
 */
final class BridgeCost {
  private static final int ROUNDS = 5;
  private static final int PORT = 5201;
  private static final int SECONDS = 8;
  private static final Duration LIMIT = Duration.ofMinutes(1);

  /** iperf3's lines, of half a second each; the guest's ends without a sum, for want of libgcc. */
  private static final Pattern INTERVAL = Pattern.compile("([0-9.]+) Mbits/sec");

  private BridgeCost() {}

  private enum Way {
    BRIDGED,
    QEMU_TAP
  }

  /**
   * One direction, once.
   *
   * @param rate megabits a second
   * @param cost seconds of CPU time for each gigabyte
   * @param backEnd those of them that are the back-end's
   */
  private record Run(double rate, double cost, double backEnd) {}

  /** Prints the table. */
  public static void main(String[] arguments) {
    int rounds = arguments.length > 0 ? Integer.parseInt(arguments[0]) : ROUNDS;
    List<List<Run>> sending = List.of(new ArrayList<>(), new ArrayList<>());
    List<List<Run>> receiving = List.of(new ArrayList<>(), new ArrayList<>());
    for (int round = 0; round < rounds; round++) {
      for (Way way : Way.values()) {
        measure(way, sending.get(way.ordinal()), receiving.get(way.ordinal()));
      }
    }
    System.out.println("| median | bridged | QEMU's TAP |");
    System.out.println("|---|---:|---:|");
    print("from the guest", sending);
    print("to the guest", receiving);
  }

  private static void print(String direction, List<List<Run>> runs) {
    double[] rates = runs.stream().mapToDouble(BridgeCost::rate).toArray();
    double[] costs = runs.stream().mapToDouble(BridgeCost::cost).toArray();
    System.out.printf("| %s, Mbit/s | %.0f | %.0f |%n", direction, rates[0], rates[1]);
    System.out.printf("| %s, CPU s/GB | %.2f | %.2f |%n", direction, costs[0], costs[1]);
    System.out.printf("| of that the back-end's | %.2f | |%n", backEnd(runs.getFirst()));
  }

  private static double rate(List<Run> runs) {
    return median(runs.stream().mapToDouble(Run::rate).toArray());
  }

  private static double backEnd(List<Run> runs) {
    return median(runs.stream().mapToDouble(Run::backEnd).toArray());
  }

  private static double cost(List<Run> runs) {
    return median(runs.stream().mapToDouble(Run::cost).toArray());
  }

  private static double median(double[] values) {
    Arrays.sort(values);
    return values[values.length / 2];
  }

  private static void measure(Way way, List<Run> sending, List<Run> receiving) {
    try (Lab lab = Lab.open()) {
      lab.bridge(1500);
      Optional<BackEnd> backEnd =
          way == Way.BRIDGED
              ? Optional.of(BackEnd.start(lab, "--vhost-user", "--uplink", "tap:" + Lab.UPLINK))
              : Optional.empty();
      try (QemuGuest guest =
          QemuGuest.boot(lab, LabTree.testing(), netdev(backEnd).toArray(String[]::new))) {
        guest.run("ip link set eth0 up && ip addr add " + Lab.HOST4 + "/24 dev eth0");
        var clocks = new ArrayList<CpuClock>();
        clocks.add(new CpuClock(guest.process().pid()));
        backEnd.ifPresent(each -> clocks.add(new CpuClock(each.process().pid())));
        // Once without a look at it: a fresh JVM is no measure for one that runs for days.
        run(lab, guest, "", clocks);
        run(lab, guest, " -R", clocks);
        sending.add(run(lab, guest, "", clocks));
        receiving.add(run(lab, guest, " -R", clocks));
        System.out.println(way + " from " + sending.getLast() + " to " + receiving.getLast());
      } finally {
        backEnd.ifPresent(BackEnd::close);
      }
    }
  }

  private static List<String> netdev(Optional<BackEnd> backEnd) {
    return backEnd.isPresent()
        ? List.of(
            "-chardev",
            "socket,id=c,path=" + backEnd.get().socket(),
            "-netdev",
            "vhost-user,chardev=c,id=" + QemuGuest.NETDEV)
        : List.of(
            "-netdev",
            "tap,ifname="
                + Lab.UPLINK
                + ",script=no,downscript=no,vhost=off,id="
                + QemuGuest.NETDEV);
  }

  private static Run run(Lab lab, QemuGuest guest, String options, List<CpuClock> clocks) {
    List<String> server = List.of("iperf3", "-s", "-1", "-p", Integer.toString(PORT));
    try (LabProcess _ = lab.remote().start(LabTree.testing().inside(server))) {
      lab.remote().awaitTcpListener(PORT, LIMIT);
      double[] before = clocks.stream().mapToDouble(CpuClock::seconds).toArray();
      String command = "iperf3 -i 0.5 -f m -c %s -p %d -t %d%s 2>&1 || true";
      String text = guest.run(command.formatted(Lab.REMOTE4, PORT, SECONDS, options), LIMIT);
      double[] after = clocks.stream().mapToDouble(CpuClock::seconds).toArray();
      double rate =
          INTERVAL
              .matcher(text)
              .results()
              .mapToDouble(each -> Double.parseDouble(each.group(1)))
              .average()
              .orElseThrow(() -> new AssertionError("iperf3 said " + text));
      double gigabytes = rate * SECONDS / 8e3;
      double backEnd = after.length > 1 ? (after[1] - before[1]) / gigabytes : 0;
      return new Run(rate, (after[0] - before[0]) / gigabytes + backEnd, backEnd);
    }
  }
}
