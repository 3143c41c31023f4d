package org.jpasst.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jpasst.guest.capture.PcapNg;
import org.jpasst.lab.BackEnd;
import org.jpasst.lab.DatagramFlow;
import org.jpasst.lab.Lab;
import org.jpasst.lab.LabProcess;
import org.jpasst.lab.LabTest;
import org.jpasst.lab.LabTree;
import org.jpasst.lab.OperatedGuest;
import org.jpasst.lab.Operator;
import org.jpasst.lab.TapGuest;
import org.jpasst.lab.TcpPair;
import org.jpasst.lab.TrafficStream;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;

/** Captures of a guest's traffic as Wireshark's programs read them; one back-end for all tests. */
@LabTest
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
final class CaptureIT {
  private static final int PORT = 7001;
  private static final int MTU = 1500;
  private static final Duration SOON = Duration.ofSeconds(30);

  @AutoClose private static OperatedGuest bed;
  private static Lab lab;

  @BeforeAll
  static void start() {
    bed =
        OperatedGuest.start(
            directory -> List.of("--pcap", directory.resolve("all.pcapng").toString()));
    lab = bed.lab();
  }

  private static Path file(String name) {
    return lab.directory().resolve(name);
  }

  /** One frame a line, with tabs between its fields. */
  private static List<String> tshark(Path file, String filter, String... fields) {
    var command =
        new ArrayList<>(List.of("tshark", "-r", file.toString(), "-Y", filter, "-T", "fields"));
    for (String each : fields) {
      command.addAll(List.of("-e", each));
    }
    return LabProcess.run(command, SOON)
        .lines()
        .filter(line -> !line.startsWith("Running as user"))
        .toList();
  }

  @Test
  @Order(1)
  void tsharkReadsEachFrameItsDirectionAndWhyItWasDropped() throws Exception {
    try (DatagramFlow flow = DatagramFlow.open(lab.guest(), Lab.REMOTE4, PORT, lab.remote())) {
      for (int number = 1; number <= 3; number++) {
        flow.exchange(number);
      }
      sendMoreThanAFrame();
      pingNoFartherThanOneHop();
      flow.request(4, 1);
      flow.expectAtServer(4, 1);
    }
    BackEnd.control(lab, "pcap", "stop");

    Path file = file("all.pcapng");
    assertThat(tshark(file, "udp.port == " + PORT, "frame.packet_flags_direction", "ip.src"))
        .as("what the guest sends comes in")
        .contains("0x00000001\t192.0.2.1", "0x00000002\t" + Lab.REMOTE4)
        .doesNotContain("0x00000002\t192.0.2.1", "0x00000001\t" + Lab.REMOTE4);
    assertThat(tshark(file, "ip.flags.mf == 1 || ip.frag_offset > 0", "frame.comment"))
        .hasSizeGreaterThanOrEqualTo(2)
        .allMatch(String::isEmpty);
    assertThat(tshark(file, "icmp.type == 8 && !(icmp.type == 11)", "frame.comment"))
        .hasSize(1)
        .allMatch(each -> each.startsWith("drop.ip.expired"));
    String whole =
        "udp.port == %d && !icmp && ip.flags.mf == 0 && ip.frag_offset == 0".formatted(PORT);
    assertThat(tshark(file, whole, "frame.comment", "ip.src"))
        .as("four there and back, and the last one")
        .hasSize(9)
        .allMatch(each -> each.startsWith("\t"));
    List<PcapNg.Packet> packets = PcapNg.read(file);
    assertThat(tshark(file, "frame", "frame.time_epoch"))
        .hasSize(packets.size())
        .first()
        .isEqualTo(seconds(packets.getFirst().nanos()));
  }

  private static String seconds(long nanos) {
    return "%d.%09d".formatted(nanos / 1_000_000_000, nanos % 1_000_000_000);
  }

  /** The back-end is the first router on the guest's way. */
  private static void pingNoFartherThanOneHop() {
    List<String> ping = List.of("ping", "-n", "-c", "1", "-t", "1", "-W", "5", Lab.OFF_LINK4);
    try (LabProcess asking = bed.guest().namespace().start(LabTree.testing().inside(ping))) {
      asking.awaitLine(".*Time to live exceeded.*", Duration.ofSeconds(10));
    }
  }

  /** The guest's kernel makes fragments of it. */
  private static void sendMoreThanAFrame() {
    bed.guest()
        .namespace()
        .call(
            () -> {
              try (var socket = new DatagramSocket()) {
                InetAddress remote = InetAddress.getByName(Lab.REMOTE4);
                socket.send(new DatagramPacket(new byte[2 * MTU], 2 * MTU, remote, PORT + 1));
                return socket.getLocalPort();
              }
            });
  }

  @Test
  @Order(2)
  void aRingHoldsTheLastOfALongConnection() throws Exception {
    List<Path> ring = List.of(file("last.0.pcapng"), file("last.1.pcapng"));
    String name = file("last.pcapng").toString();
    BackEnd.control(lab, "pcap", "start", name, "--ring", "1:2");
    try (ServerSocketChannel server = TcpPair.listen(lab.remote(), "0.0.0.0", PORT);
        TcpPair pair = TcpPair.connect(lab.guest(), Lab.REMOTE4, PORT, server)) {
      new TrafficStream(1, 4_000_000).carry(pair.client(), pair.server(), SOON);
    }
    BackEnd.control(lab, "pcap", "stop");

    long bytes = 0;
    for (Path each : ring) {
      assertThat(each).isRegularFile();
      assertThat(Files.size(each)).isLessThanOrEqualTo(1 << 19);
      bytes += Files.size(each);
      assertThat(tshark(each, "tcp", "frame.number")).hasSize(PcapNg.read(each).size());
    }
    assertThat(bytes).as("at least the file before").isGreaterThan(1 << 18);
    assertThat(Path.of(name)).doesNotExist();
  }

  @Test
  @Order(3)
  void theFormatCanBeNamed() throws IOException {
    Path file = file("other");
    BackEnd.control(lab, "pcap", "start", file.toString(), "--format", "pcapng");
    BackEnd.control(lab, "pcap", "stop");
    assertThat(PcapNg.read(file)).isNotNull();
  }

  @Test
  @Order(4)
  void aCaptureHasThePacketsBetweenItsStartAndItsEnd() throws Exception {
    Path file = lab.directory().resolve("c.pcap");
    try (DatagramFlow flow = DatagramFlow.open(lab.guest(), Lab.REMOTE4, PORT, lab.remote())) {
      flow.exchange(1001);
      BackEnd.control(lab, "pcap", "start", file.toString());
      flow.exchange(1002);
      assertThat(BackEnd.failingControl(lab, "pcap", "start", file + "2")).contains("EBUSY");
      flow.exchange(1003);
      String told = BackEnd.control(lab, "pcap", "stop");
      flow.exchange(1004);

      List<byte[]> frames = frames(file);
      assertThat(told.strip()).isEqualTo(frames.size() + " frames");
      for (int number = 1001; number <= 1004; number++) {
        // The guest's, and the answer.
        assertThat(countOf(number, frames))
            .as("%d", number)
            .isEqualTo(number % 1000 % 3 == 1 ? 0 : 2);
      }
      assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
          .isEqualTo("rw-------");
      assertThat(BackEnd.failingControl(lab, "pcap", "stop")).contains("no capture to stop");
      try (Operator operator = Operator.connect(lab)) {
        assertThat(operator.ask("pcap start", file)).contains("\"ok\"");
        flow.exchange(1005);
        assertThat(operator.ask("pcap stop")).contains("\"ok\"");
      }
      assertThat(countOf(1005, frames(file))).isEqualTo(2);
    }
  }

  @Test
  @Order(5)
  void aCaptureIsSwitchedInFrontOfAGuestsMemoryToo() throws Exception {
    try (Lab own = Lab.open();
        BackEnd vhostUser = startVhostUser(own);
        TapGuest behind = TapGuest.connectVhostUser(own, vhostUser.socket(), 1500, List.of());
        DatagramFlow flow = openFlow(own, behind.configure("cubic"))) {
      Path file = own.directory().resolve("c.pcap");
      BackEnd.control(own, "pcap", "start", file.toString());
      flow.exchange(1001);
      BackEnd.control(own, "pcap", "stop");
      flow.exchange(1002);
      assertThat(countOf(1001, frames(file))).isEqualTo(2);
      assertThat(countOf(1002, frames(file))).isZero();
    }
  }

  private static BackEnd startVhostUser(Lab own) {
    var options = new ArrayList<>(BackEnd.controlOption(own));
    options.add("--vhost-user");
    return BackEnd.start(own, options.toArray(String[]::new));
  }

  private static DatagramFlow openFlow(Lab own, TapGuest from) throws IOException {
    return DatagramFlow.open(from.namespace(), Lab.REMOTE4, PORT, own.remote());
  }

  /** The frames of a file as pcap-savefile(5) has it. */
  private static List<byte[]> frames(Path file) throws IOException {
    ByteBuffer bytes = ByteBuffer.wrap(Files.readAllBytes(file)).order(ByteOrder.nativeOrder());
    assertThat(bytes.getInt(0)).isEqualTo(0xa1b2c3d4);
    assertThat(bytes.getInt(20)).as("Ethernet").isEqualTo(1);
    bytes.position(24);
    List<byte[]> frames = new ArrayList<>();
    while (bytes.hasRemaining()) {
      byte[] frame = new byte[bytes.getInt(bytes.position() + 8)];
      assertThat(bytes.getInt(bytes.position() + 12)).isEqualTo(frame.length);
      bytes.position(bytes.position() + 16).get(frame);
      frames.add(frame);
    }
    return frames;
  }

  /** Frames with a datagram of this number: its payload is behind headers of 14, 20 and 8 bytes. */
  private static long countOf(int number, List<byte[]> frames) {
    return frames.stream()
        .filter(each -> each.length == 42 + 64 && ByteBuffer.wrap(each).getInt(42) == number)
        .count();
  }
}
