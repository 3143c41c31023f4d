package org.jpasst.lab;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.InputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** The lab itself: what every other lab test relies on. */
@LabTest
final class LabIT {
  private static final Duration SOON = Duration.ofSeconds(5);

  @Test
  void hostReachesRemoteOverBothFamiliesByCodeOfThisJvm() throws Exception {
    try (Lab lab = Lab.open()) {
      for (String address : List.of(Lab.REMOTE4, Lab.REMOTE6)) {
        try (ServerSocket server =
            lab.remote().call(() -> new ServerSocket(80, 5, InetAddress.getByName(address)))) {
          lab.remote().awaitTcpListener(80, SOON);
          try (Socket client = lab.host().call(() -> new Socket(address, 80));
              Socket accepted = server.accept();
              InputStream input = client.getInputStream()) {
            accepted.getOutputStream().write(7);
            assertThat(input.read()).isEqualTo(7);
          }
        }
      }
    }
  }

  @Test
  void streamsRunBothWaysAndAWrongByteIsNoticed() throws Exception {
    try (Lab lab = Lab.open();
        ServerSocketChannel server = TcpPair.listen(lab.remote(), Lab.REMOTE4, 80);
        TcpPair one = TcpPair.connect(lab.host(), Lab.REMOTE4, 80, server);
        TcpPair other = TcpPair.connect(lab.host(), Lab.REMOTE4, 80, server)) {
      TrafficStream stream = new TrafficStream(1, 2_000_000);
      stream.carry(one.client(), one.server(), SOON);
      stream.carry(one.server(), one.client(), SOON);

      TrafficStream different = new TrafficStream(2, 2_000_000);
      assertThatThrownBy(
              () ->
                  TrafficStream.together(
                      SOON,
                      List.of(
                          TrafficStream.task(() -> stream.sendTo(other.client())),
                          TrafficStream.task(() -> different.expectFrom(other.server())))))
          .hasMessageContaining("byte 0 of the stream is wrong");
    }
  }

  @Test
  void namespaceAndItsProcessesEndWithIt() {
    NetworkNamespace namespace = NetworkNamespace.create("test");
    LabProcess process = namespace.start(List.of("cat"));
    Await.until("cat runs", SOON, () -> namespace.processes().contains(process.pid()));
    namespace.close();
    assertThat(process.awaitExit(SOON)).isEqualTo(128 + 9);
    assertThat(Path.of("/run/netns", namespace.name())).doesNotExist();
  }

  @Test
  void outputIsAwaitedLineByLine() {
    try (LabProcess process =
        LabProcess.start(List.of("sh", "-c", "echo one; echo two 2 >&2; exit 3"), Map.of())) {
      assertThat(process.awaitLine("two (\\d)", SOON).group(1)).isEqualTo("2");
      assertThat(process.awaitExit(SOON)).isEqualTo(3);
      assertThat(process.output()).isEqualTo("one\ntwo 2");
    }
  }

  @Test
  void treeHasItsOwnRootAndTheLabsFiles() throws Exception {
    try (Lab lab = Lab.open()) {
      Path file = Files.writeString(lab.directory().resolve("file"), "visible");
      List<String> command =
          List.of("sh", "-c", "cat /etc/debian_version /etc/resolv.conf " + file);
      String output =
          LabProcess.run(
              lab.host().inside(LabTree.testing().inside(command, lab.resolvConf())), SOON);
      assertThat(output).contains("forky").contains("nameserver 192.0.2.3").endsWith("visible");
    }
  }

  @Test
  void backEndListensAndEndsWhenTold() {
    try (Lab lab = Lab.open();
        BackEnd backEnd = BackEnd.start(lab)) {
      assertThat(backEnd.socket()).exists();
      backEnd.process().signal("TERM");
      assertThat(backEnd.process().awaitExit(SOON)).isNotEqualTo(128 + 9);
    }
  }
}
