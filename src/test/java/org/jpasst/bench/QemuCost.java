package org.jpasst.bench;

import java.io.IOException;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import org.jpasst.lab.BackEnd;
import org.jpasst.lab.BackEndProgram;
import org.jpasst.lab.Lab;
import org.jpasst.lab.LabTree;
import org.jpasst.lab.QemuGuest;
import org.jpasst.lab.TcpPair;
import org.jpasst.lab.TrafficStream;

/**
 * CPU time of a vhost-user back-end for each gigabyte of a real QEMU guest, at MTU 1500. The guest
 * runs without acceleration, so throughput says nothing; what the back-end does for it does.
 *
 * <p>Run by src/test/bench/qemu; prints a table.
 */
final class QemuCost {
  private static final int BLOCKS = 512;
  private static final long BYTES = (long) BLOCKS * TrafficStream.BLOCK;
  private static final TrafficStream STREAM = QemuGuest.stream(BYTES);
  private static final Duration TRANSFER = Duration.ofMinutes(3);
  private static final int PORT = 6000;
  private static final int ROUNDS = 3;

  private QemuCost() {}

  /** Seconds of CPU time for each gigabyte. */
  private record Cost(double fromGuest, double toGuest) {}

  /** Prints the table. */
  public static void main(String[] arguments) throws IOException {
    List<BackEndProgram> programs = List.of(BackEndProgram.underTest(), BackEndProgram.real());
    Cost[][] costs = new Cost[programs.size()][ROUNDS];
    for (int round = 0; round < ROUNDS; round++) {
      for (int i = 0; i < programs.size(); i++) {
        costs[i][round] = measure(programs.get(i));
      }
    }
    System.out.println("| CPU of the back-end, s/GB | jpasst | passt | jpasst/passt |");
    System.out.println("|---|---:|---:|---:|");
    print("guest→remote", costs, true);
    print("remote→guest", costs, false);
  }

  private static void print(String direction, Cost[][] costs, boolean fromGuest) {
    double ours = median(costs[0], fromGuest);
    double theirs = median(costs[1], fromGuest);
    System.out.printf("| %s | %.3f | %.3f | %.2f× |%n", direction, ours, theirs, ours / theirs);
  }

  private static double median(Cost[] costs, boolean fromGuest) {
    double[] sorted =
        Arrays.stream(costs).mapToDouble(c -> fromGuest ? c.fromGuest : c.toGuest).toArray();
    Arrays.sort(sorted);
    return sorted[sorted.length / 2];
  }

  private static Cost measure(BackEndProgram program) throws IOException {
    try (Lab lab = Lab.open();
        BackEnd backEnd = BackEnd.start(lab, program, List.of("--vhost-user", "--mtu", "1500"));
        QemuGuest guest =
            QemuGuest.boot(
                lab,
                LabTree.testing(),
                "-chardev",
                "socket,id=c,path=" + backEnd.socket(),
                "-netdev",
                "vhost-user,chardev=c,id=" + QemuGuest.NETDEV);
        ServerSocketChannel server = TcpPair.listen(lab.remote(), Lab.REMOTE4, PORT)) {
      guest.run("ip link set eth0 mtu 1500 up && ip addr add 192.0.2.1/24 dev eth0");
      CpuClock clock = new CpuClock(backEnd.process().pid());
      // Once without a look at the clock: a fresh JVM is no measure for one that runs for days.
      send(guest, server);
      receive(guest, server);
      double start = clock.seconds();
      send(guest, server);
      double between = clock.seconds();
      receive(guest, server);
      double gigabytes = BYTES / 1e9;
      return new Cost((between - start) / gigabytes, (clock.seconds() - between) / gigabytes);
    }
  }

  private static void send(QemuGuest guest, ServerSocketChannel server) {
    transfer(guest, QemuGuest.sending(BLOCKS, Lab.REMOTE4, PORT), server, STREAM::expectFrom);
  }

  private static void receive(QemuGuest guest, ServerSocketChannel server) {
    String receive = "nc %s %d </dev/null >/dev/null".formatted(Lab.REMOTE4, PORT);
    transfer(guest, receive, server, STREAM::sendTo);
  }

  private interface Peer {
    void carry(SocketChannel accepted) throws IOException;
  }

  private static void transfer(
      QemuGuest guest, String line, ServerSocketChannel server, Peer peer) {
    TrafficStream.together(
        TRANSFER,
        List.of(
            TrafficStream.task(() -> guest.run(line, TRANSFER)),
            TrafficStream.task(
                () -> {
                  try (SocketChannel accepted = server.accept()) {
                    peer.carry(accepted);
                  }
                })));
  }
}
