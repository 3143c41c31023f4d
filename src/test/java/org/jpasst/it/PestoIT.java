package org.jpasst.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import java.io.IOException;
import java.net.ConnectException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jpasst.lab.BackEnd;
import org.jpasst.lab.BackEndProgram;
import org.jpasst.lab.DatagramFlow;
import org.jpasst.lab.Lab;
import org.jpasst.lab.LabProcess;
import org.jpasst.lab.LabTest;
import org.jpasst.lab.Pesto;
import org.jpasst.lab.TapGuest;
import org.jpasst.lab.TcpPair;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The real pesto changes what is forwarded while the back-end runs. */
@LabTest
final class PestoIT {
  private static final int PORT = KernelTraffic.PORT;
  private static final String TCP_PORT = "TCP [*]:5001  =>  5001";
  private static final Duration SOON = Duration.ofSeconds(20);

  private Lab lab;
  private Pesto pesto;

  @BeforeEach
  void open() {
    lab = Lab.open();
    pesto = Pesto.of(lab);
  }

  @AfterEach
  void close() {
    lab.close();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "-t 5001 -u 53:5353",
        "-4 -t 5001 -u 192.0.2.1/all,~1-6999,~7003-65535",
        "-6 -t 5001,6000-6002 --no-udp",
        "-t 192.0.2.1/8080:198.51.100.7/80,9000-9003,~9001 -t [2001:db8::1]%vh/22:2022 -u %lo/69",
        "-t all,~1-4999,~5010-65535 -u 2001:db8::1/7:[2001:db8::9]/17"
      })
  void showsWhatPasstShows(String options) {
    List<String> words = options.isEmpty() ? List.of() : List.of(options.split(" "));
    String shown;
    try (BackEnd passt = start(BackEndProgram.real(), words)) {
      assertThat(passt.process().alive()).isTrue();
      shown = pesto.run();
    }
    assertThat(shown).startsWith("passt/pasta configuration (" + pesto.socket() + ")\n  HOST");
    try (BackEnd backEnd = start(words)) {
      assertThat(pesto.run()).isEqualTo(shown);
      backEnd.process().awaitLine("Configuration socket: " + pesto.socket(), SOON);
    }
  }

  @Test
  void addsDeletesClearsAndReplaces() {
    try (BackEnd backEnd = start(List.of("--tcp-ports", "5001", "--udp-ports", "53:5353"))) {
      pesto.change("-A", "-t", "6000-6002:7000-7002", "-u", "192.0.2.1%vh/69");
      assertThat(pesto.rules())
          .containsExactly(
              TCP_PORT,
              "UDP [*]:53  =>  5353",
              "TCP [*]:6000-6002  =>  7000-7002",
              "UDP [192.0.2.1]%vh:69  =>  69");
      assertThat(pesto.listening())
          .containsExactly("tcp 5001", "tcp 6000", "tcp 6001", "tcp 6002", "udp 69", "udp 53");

      pesto.change("-D", "-t", "5001");
      assertThat(pesto.rules()).doesNotContain(TCP_PORT).hasSize(3);
      assertThat(pesto.listening()).doesNotContain("tcp 5001").hasSize(5);

      assertThat(pesto.run("-s", "-t", "192.0.2.1/8080:198.51.100.7/80", "-u", "none").lines())
          .containsSubsequence("    TCP [192.0.2.1]:8080  =>  198.51.100.7:80 ");
      assertThat(pesto.rules()).containsExactly("TCP [192.0.2.1]:8080  =>  198.51.100.7:80");
      assertThat(pesto.listening()).containsExactly("tcp 8080");
      backEnd.process().awaitLine("ew forwarding rules for HOST:", SOON);

      pesto.change("-C", "HOST");
      assertThat(pesto.rules()).isEmpty();
      assertThat(pesto.listening()).isEmpty();
      assertThat(backEnd.process().alive()).isTrue();
    }
  }

  @Test
  void connectionsAndFlowsOutliveTheirRules() throws Exception {
    try (BackEnd backEnd = start(List.of("--tcp-ports", "5001", "--udp-ports", "5001"));
        TapGuest guest = connect(backEnd);
        ServerSocketChannel server = TcpPair.listen(guest.namespace(), "::", PORT);
        TcpPair pair = TcpPair.connect(lab.remote(), Lab.HOST4, PORT, server);
        DatagramFlow flow = DatagramFlow.open(lab.remote(), Lab.HOST4, PORT, guest.namespace())) {
      pair.exchange((byte) 1);

      pesto.change("-C", "HOST");
      assertThat(pesto.rules()).isEmpty();
      pair.exchange((byte) 2);
      flow.request(1, 3);
      flow.expectAtServer(1, 3);
      flow.reply(1, 3);
      flow.expectAtClient(1, 3);
      assertThatThrownBy(() -> TcpPair.connect(lab.remote(), Lab.HOST4, PORT))
          .isInstanceOf(ConnectException.class);

      pesto.change("-A", "-t", "5001", "-u", "5001");
      assertThat(pesto.rules()).hasSize(2);
      assertThat(pesto.listening()).contains("tcp 5001", "udp 5001");
      try (TcpPair another = TcpPair.connect(lab.remote(), Lab.HOST4, PORT, server)) {
        another.exchange((byte) 3);
      }
      pair.exchange((byte) 4);
      flow.request(4, 1);
      flow.expectAtServer(4, 1);
    }
  }

  @Test
  void newConnectionsGoWhereTheNewRulesSay() throws Exception {
    try (BackEnd backEnd = start(List.of("--tcp-ports", "5001"));
        TapGuest guest = connect(backEnd);
        ServerSocketChannel old = TcpPair.listen(guest.namespace(), "::", PORT);
        ServerSocketChannel other = TcpPair.listen(guest.namespace(), "::", 7001);
        TcpPair before = TcpPair.connect(lab.remote(), Lab.HOST4, PORT, old)) {
      pesto.change("-t", "5001:7001");
      assertThat(pesto.rules()).containsExactly("TCP [*]:5001  =>  7001");
      try (TcpPair pair = TcpPair.connect(lab.remote(), Lab.HOST4, PORT, other)) {
        pair.exchange((byte) 1);
      }
      pesto.change("-t", "192.0.2.1/5001");
      assertThat(pesto.rules()).containsExactly("TCP [192.0.2.1]:5001  =>  5001");
      try (TcpPair pair = TcpPair.connect(lab.remote(), Lab.HOST4, PORT, old)) {
        pair.exchange((byte) 2);
      }
      before.exchange((byte) 3);
    }
  }

  @Test
  void aConnectionThatWaitsToBeAcceptedOutlivesAChange() throws Exception {
    assumeFalse(BackEnd.isReal(), "passt closes all its listening sockets and opens them anew");
    try (BackEnd backEnd = start(List.of("--tcp-ports", "5001"));
        SocketChannel waiting = TcpPair.connect(lab.remote(), Lab.HOST4, PORT)) {
      pesto.change("-A", "-t", "5002");
      assertThat(pesto.rules()).hasSize(2);
      try (TapGuest guest = connect(backEnd);
          ServerSocketChannel server = TcpPair.listen(guest.namespace(), "::", PORT);
          TcpPair pair = new TcpPair(waiting, server.accept())) {
        pair.exchange((byte) 1);
      }
    }
  }

  @Test
  void aPortThatIsTakenLeavesTheOldTable() throws Exception {
    assumeFalse(BackEnd.isReal(), "passt takes the new table, and listens where it can");
    try (BackEnd backEnd = start(List.of("--tcp-ports", "5001"));
        ServerSocketChannel taken = TcpPair.listen(lab.host(), Lab.HOST4, 7001)) {
      pesto.change("-A", "-t", "192.0.2.1/7000-7002", "-u", "7100");
      assertThat(pesto.rules()).containsExactly(TCP_PORT);
      assertThat(pesto.listening()).containsExactlyInAnyOrder("tcp 7001", "tcp 5001");
      assertThat(taken.isOpen()).isTrue();
      backEnd
          .process()
          .awaitLine(
              "configuration client, process [0-9]+, asked for rules that can't be had: cannot"
                  + " listen on TCP \\[192.0.2.1\\]:7001 \\(EADDRINUSE: address already in use\\);"
                  + " the forwarding rules stay as they are",
              SOON);

      pesto.change("-A", "-t", "192.0.2.1/all,~1-6999,~7003-65535");
      assertThat(pesto.rules()).hasSize(2);
      assertThat(pesto.listening())
          .containsExactlyInAnyOrder("tcp 5001", "tcp 7000", "tcp 7001", "tcp 7002");
    }
  }

  @Test
  void aHalfSentRequestBlocksNothingAndNobodyForLong() throws Exception {
    assumeFalse(BackEnd.isReal(), "passt does nothing at all until the rest has come");
    try (BackEnd backEnd = start(List.of("--tcp-ports", "5001"));
        TapGuest guest = connect(backEnd);
        ServerSocketChannel server = TcpPair.listen(guest.namespace(), "::", PORT);
        SocketChannel half = pesto.connect()) {
      Pesto.readGreeting(half, 1);
      half.write(ByteBuffer.wrap(new byte[] {1, 0, 0}));
      try (LabProcess other = pesto.start("-A", "-t", "5002");
          TcpPair pair = TcpPair.connect(lab.remote(), Lab.HOST4, PORT, server)) {
        pair.exchange((byte) 1);
        assertThat(other.alive()).as("waits for its turn").isTrue();

        assertThat(other.awaitExit(SOON)).as(other.output()).isZero();
        backEnd.process().awaitLine("took longer than 5 s; the forwarding rules stay", SOON);
        assertThat(half.read(ByteBuffer.allocate(1))).as("end of file").isEqualTo(-1);
      }
      assertThat(pesto.rules()).hasSize(2);
    }
  }

  @Test
  void clientsGetTheirTurnOneAfterTheOther() throws Exception {
    try (BackEnd backEnd = start(List.of("--tcp-ports", "5001"));
        SocketChannel first = pesto.connect()) {
      Pesto.readGreeting(first, 1);
      try (SocketChannel second = pesto.connect()) {
        second.configureBlocking(false);
        assertThat(second.read(ByteBuffer.allocate(1))).as("nothing yet").isZero();
        second.configureBlocking(true);
        first.write(ByteBuffer.wrap(new byte[] {0}));
        assertThat(first.read(ByteBuffer.allocate(1))).as("end of file").isEqualTo(-1);
        assertThat(Pesto.readGreeting(second, 0)).hasSize(158);
      }
      assertThat(backEnd.process().alive()).isTrue();
    }
  }

  @Test
  void aPathThatIsInUseIsRefused() throws Exception {
    try (BackEnd backEnd = start(List.of())) {
      var options = new ArrayList<>(List.of("--foreground", "--socket"));
      options.add(lab.directory().resolve("other.socket").toString());
      options.addAll(Pesto.option(lab));
      try (LabProcess second = BackEnd.launch(lab, options)) {
        assertThat(second.awaitExit(SOON)).as(second.output()).isEqualTo(1);
        assertThat(second.output()).contains(pesto.socket().toString()).contains("use");
      }
      assertThat(pesto.rules()).isEmpty();
      assertThat(backEnd.process().alive()).isTrue();
    }
  }

  @Test
  void aSocketThatNobodyListensAtIsReplaced() throws Exception {
    try (ServerSocketChannel stale = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
      stale.bind(UnixDomainSocketAddress.of(pesto.socket()));
    }
    assertThat(Files.exists(pesto.socket())).isTrue();
    try (BackEnd backEnd = start(List.of("--tcp-ports", "5001"))) {
      assertThat(pesto.rules()).containsExactly(TCP_PORT);
      assertThat(backEnd.process().alive()).isTrue();
    }
  }

  private BackEnd start(List<String> options) {
    return start(BackEndProgram.underTest(), options);
  }

  private BackEnd start(BackEndProgram program, List<String> options) {
    var all = new ArrayList<>(Pesto.option(lab));
    all.addAll(options);
    return BackEnd.start(lab, program, all);
  }

  private TapGuest connect(BackEnd backEnd) throws IOException {
    return TapGuest.connect(lab, backEnd.socket(), 1500).configure("cubic");
  }
}
