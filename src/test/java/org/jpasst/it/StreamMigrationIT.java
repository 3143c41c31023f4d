package org.jpasst.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jpasst.lab.Await;
import org.jpasst.lab.BackEnd;
import org.jpasst.lab.Deployment;
import org.jpasst.lab.Lab;
import org.jpasst.lab.LabProcess;
import org.jpasst.lab.LabTest;
import org.jpasst.lab.NetworkNamespace;
import org.jpasst.lab.RunningTraffic;
import org.jpasst.lab.TapGuest;
import org.jpasst.lab.TcpPair;
import org.jpasst.lab.TrafficStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/** A harness moves a guest that is attached by a stream socket, with passtctl. */
@LabTest
@ParameterizedClass
@EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "USER_WITHOUT_ANY_WAY")
final class StreamMigrationIT {
  private static final TrafficStream STREAM = new TrafficStream(7, 0);
  private static final int OUTBOUND = 7001;
  private static final int FORWARDED = 5001;
  private static final long SOME = 8 << 20;
  private static final int MTU = 1500;
  private static final Duration SOON = Duration.ofSeconds(60);

  @Parameter private Deployment deployment;

  private Lab lab;
  private Lab twin;
  private BackEnd source;
  private TapGuest guest;
  private Path state;

  @BeforeEach
  void start() {
    deployment.assumePossible();
    lab = Lab.open();
    twin = lab.twin();
    source = start(lab);
    guest = TapGuest.connect(lab, source.socket(), MTU).configure("cubic");
    state = lab.directory().resolve("state");
  }

  @AfterEach
  void close() {
    guest.close();
    source.close();
    twin.close();
    lab.close();
  }

  private BackEnd start(Lab lab, String... more) {
    List<String> options = new ArrayList<>(BackEnd.controlSocketOption(lab));
    options.addAll(List.of("--tcp-ports", Integer.toString(FORWARDED)));
    options.addAll(List.of(more));
    return BackEnd.start(lab, deployment, options);
  }

  private String control(Lab lab, String... words) {
    return BackEnd.control(lab, deployment, words);
  }

  @Test
  void connectionsGoOnWhereTheStateIsRestored() throws Exception {
    try (Traffic traffic = new Traffic()) {
      save();
      try (BackEnd target = start(twin, "--restore", state.toString());
          Helper _ = new Helper(target, twin)) {
        awaitRestored(target);
        arrive(target);
        traffic.check();
      }
    }
  }

  @Test
  void aGuestThatArrivesLearnsWhichPeersGaveUpOnTheWay() throws Exception {
    NetworkNamespace inside = guest.namespace();
    try (ServerSocketChannel listener = TcpPair.listen(lab.remote(), Lab.REMOTE4, OUTBOUND);
        TcpPair pair = TcpPair.connect(inside, Lab.REMOTE4, OUTBOUND, listener)) {
      pair.exchange((byte) 1);
      save();
      try (BackEnd target = start(twin, "--restore", state.toString());
          Helper _ = new Helper(target, twin)) {
        awaitRestored(target);
        twin.becomeReachable();
        pair.server().setOption(StandardSocketOptions.SO_LINGER, 0);
        pair.server().close();
        Await.until("the end of its socket", SOON, () -> twin.host().establishedConnections() == 0);
        guest = guest.moveTo(target.socket());
        assertThatThrownBy(() -> pair.client().read(ByteBuffer.allocate(1)))
            .hasMessageContaining("reset");
      }
    }
  }

  @Test
  void connectionsGoOnWhereTheStateIsLoadedLater() throws Exception {
    try (Traffic traffic = new Traffic();
        BackEnd target = start(twin)) {
      save();
      try (Helper _ = new Helper(target, twin)) {
        control(twin, "migrate", "load", state.toString());
      }
      arrive(target);
      traffic.check();
    }
  }

  @Test
  void connectionsGoOnWhereTheyWereWhenASaveIsCancelled() throws Exception {
    try (Traffic traffic = new Traffic()) {
      try (Helper _ = new Helper(source, lab)) {
        saveByHelper();
        control(lab, "migrate", "cancel");
      }
      guest.goOn();
      traffic.check();
      // Those that come are accepted again.
      try (ServerSocketChannel server = TcpPair.listen(guest.namespace(), Lab.HOST4, FORWARDED);
          TcpPair pair = TcpPair.connect(lab.remote(), Lab.HOST4, FORWARDED, server)) {
        pair.exchange((byte) 1);
      }
    }
  }

  @Test
  void aSavedStateCanBeShown() throws Exception {
    try (Traffic _ = new Traffic()) {
      try (Helper _ = new Helper(source, lab)) {
        saveByHelper();
        control(lab, "migrate", "resume");
      }
      assertThat(control(lab, "migrate", "show", state.toString()))
          .contains("TCP connections: 8", "MAC 52:54:00:12:34:56")
          .contains("outbound, guest 192.0.2.1:");
      byte[] first = Files.readAllBytes(state);
      assertThat(first.length).isGreaterThan(8 * (112 + 52));
    }
  }

  private void save() {
    try (Helper _ = new Helper(source, lab)) {
      saveByHelper();
    }
  }

  private void saveByHelper() {
    guest.stop();
    control(lab, "migrate", "pause");
    control(lab, "migrate", "save", state.toString());
  }

  /** Whoever switches repair mode, if the back-end doesn't do it itself; ends with a migration. */
  private final class Helper implements AutoCloseable {
    private final Optional<LabProcess> process;

    Helper(BackEnd backEnd, Lab lab) {
      process = backEnd.startHelper(lab, deployment);
    }

    @Override
    public void close() {
      process.ifPresent(LabProcess::close);
    }
  }

  /** A peer's packet that came earlier would find no socket, and be refused by the kernel. */
  private static void awaitRestored(BackEnd target) {
    target.process().awaitLine("TCP connections go on here", SOON);
  }

  private void arrive(BackEnd target) {
    twin.becomeReachable();
    guest = guest.moveTo(target.socket());
  }

  /** Connections of every kind, two of each: from the guest, and to it. */
  private final class Traffic implements AutoCloseable {
    private final List<TcpPair> pairs = new ArrayList<>();
    private final List<RunningTraffic> running = new ArrayList<>();
    private final List<TcpPair> idle = new ArrayList<>();
    private final List<TcpPair> halfClosed = new ArrayList<>();

    Traffic() throws IOException {
      NetworkNamespace inside = guest.namespace();
      open(inside, Lab.REMOTE4, lab.remote(), OUTBOUND);
      open(lab.remote(), Lab.HOST6, inside, FORWARDED);
      for (RunningTraffic each : running) {
        each.awaitProgress(SOME);
      }
    }

    private void open(NetworkNamespace from, String to, NetworkNamespace server, int port)
        throws IOException {
      try (ServerSocketChannel listener = TcpPair.listen(server, to, port)) {
        List<TcpPair> opened = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
          opened.add(TcpPair.connect(from, to, port, listener));
        }
        pairs.addAll(opened);
        run(opened.get(0).client(), opened.get(0).server());
        run(opened.get(1).server(), opened.get(1).client());
        idle.add(opened.get(2));
        halfClosed.add(opened.get(3));
        opened.get(3).client().shutdownOutput();
        assertThat(opened.get(3).server().read(ByteBuffer.allocate(1))).isNegative();
      }
    }

    private void run(SocketChannel from, SocketChannel to) {
      running.add(RunningTraffic.receiving(STREAM, to));
      running.add(RunningTraffic.sending(STREAM, from));
    }

    void check() throws IOException {
      for (RunningTraffic each : running) {
        each.awaitProgress(SOME);
      }
      for (TcpPair each : idle) {
        each.exchange((byte) 7);
      }
      for (TcpPair each : halfClosed) {
        each.server().write(ByteBuffer.wrap(new byte[] {5}));
        each.server().shutdownOutput();
        ByteBuffer got = ByteBuffer.allocate(2);
        assertThat(each.client().read(got)).isEqualTo(1);
        assertThat(got.get(0)).isEqualTo((byte) 5);
        assertThat(each.client().read(got)).isNegative();
      }
    }

    @Override
    public void close() throws IOException {
      for (TcpPair each : pairs) {
        each.close();
      }
    }
  }
}
