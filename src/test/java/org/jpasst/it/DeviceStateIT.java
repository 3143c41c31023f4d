package org.jpasst.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import org.jpasst.lab.Await;
import org.jpasst.lab.BackEnd;
import org.jpasst.lab.BackEndProgram;
import org.jpasst.lab.Lab;
import org.jpasst.lab.LabDirectory;
import org.jpasst.lab.LabProcess;
import org.jpasst.lab.LabTest;
import org.jpasst.lab.StateFrontEnd;
import org.jpasst.linux.Errno;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The back-end's state in a front-end's hands: what it says of it, and what it does then. */
@LabTest
final class DeviceStateIT {
  private static final Duration SOON = Duration.ofSeconds(20);

  private static final String REHEARSED = "a migration was rehearsed";

  private Lab lab;
  private Path state;

  @BeforeEach
  void open() {
    lab = Lab.open();
    state = lab.directory().resolve("state");
  }

  @AfterEach
  void close() {
    lab.close();
  }

  @Test
  void aFrontEndIsOfferedWhatPasstOffersIfThatIsWanted() throws IOException {
    List<String> wanted = List.of("--vhost-user", "--vhost-user-features", "passt");
    try (Lab other = Lab.open();
        BackEnd backEnd = BackEnd.start(lab, BackEndProgram.underTest(), wanted);
        BackEnd real = BackEnd.start(other, BackEndProgram.real(), List.of("--vhost-user"));
        StateFrontEnd frontEnd = new StateFrontEnd(backEnd.socket());
        StateFrontEnd ofReal = new StateFrontEnd(real.socket())) {
      assertThat(frontEnd.offered()).isEqualTo(ofReal.offered());
      assertThat(frontEnd.offered().device()).isEqualTo(0x1_4400_8002L);
    }
  }

  @Test
  void aSourceEndsWhenTheStateIsTakenIfToldSo() throws IOException {
    try (BackEnd backEnd =
            BackEnd.start(lab, "--vhost-user", "--migrate-direct", "--migrate-exit");
        StateFrontEnd frontEnd = new StateFrontEnd(backEnd.socket())) {
      assertThat(frontEnd.save(state)).isZero();
      assertThat(backEnd.process().awaitExit(SOON)).isZero();
    }
  }

  @Test
  void aSourceClosesTheSocketsOfConnectionsThatAreGoneIfToldSo() throws IOException {
    lab.remote().ip("route add blackhole " + Lab.HOST4);
    try (BackEnd backEnd =
            BackEnd.start(lab, "--vhost-user", "--migrate-direct", "--migrate-no-linger");
        StateFrontEnd frontEnd = new StateFrontEnd(backEnd.socket())) {
      assertThat(frontEnd.load(vector("established4"))).isZero();
      assertThat(connections()).isEqualTo(1);
      assertThat(frontEnd.save(state)).isZero();
      // The front-end is answered first.
      Await.until("closed sockets", SOON, () -> connections() == 0);
    }
  }

  @Test
  void whoConnectsAfterTheGuestHasGoneWaitsForTheNextOne() throws IOException {
    List<String> options = List.of("--vhost-user", "--migrate-direct", "--tcp-ports", "5001");
    try (BackEnd backEnd = BackEnd.start(lab, BackEndProgram.underTest(), options)) {
      try (StateFrontEnd first = new StateFrontEnd(backEnd.socket())) {
        assertThat(first.save(state)).isZero();
      }
      backEnd.process().awaitLine("guest disconnected", SOON);
      try (SocketChannel client = lab.remote().call(SocketChannel::open)) {
        client.configureBlocking(false);
        client.connect(new InetSocketAddress(Lab.HOST4, 5001));
        // So nobody has answered the first one.
        Await.until("a second SYN", SOON, () -> lab.remote().counter("Tcp", "RetransSegs") > 0);
        assertThat(client.finishConnect()).isFalse();
        try (StateFrontEnd second = new StateFrontEnd(backEnd.socket())) {
          Await.until("a connection", SOON, () -> lab.remote().counter("Tcp", "CurrEstab") == 1);
          assertThat(client.finishConnect()).isTrue();
          assertThat(second.save(state)).isZero();
        }
      }
    }
  }

  @Test
  void whatWasLoadedCanBeSavedAgain() throws IOException {
    lab.remote().ip("route add blackhole " + Lab.HOST4);
    try (BackEnd backEnd = BackEnd.start(lab, "--vhost-user", "--migrate-direct");
        StateFrontEnd frontEnd = new StateFrontEnd(backEnd.socket())) {
      Path loaded = vector("established4");
      assertThat(frontEnd.load(loaded)).isZero();
      assertThat(frontEnd.save(state)).isZero();
      assertThat(Files.size(state)).isEqualTo(Files.size(loaded));
    }
  }

  @Test
  void aMigrationIsRehearsedWhenAFrontEndBringsNoGuest() throws IOException {
    lab.remote().ip("route add blackhole " + Lab.HOST4);
    try (BackEnd backEnd = BackEnd.start(lab, "--vhost-user", "--migrate-direct", "--debug");
        StateFrontEnd frontEnd = new StateFrontEnd(backEnd.socket())) {
      int before = backEnd.process().descriptors();
      backEnd.process().awaitLine(REHEARSED, SOON);
      // The JVM opens some for a moment.
      Await.until(
          "no more descriptors than before", SOON, () -> backEnd.process().descriptors() <= before);
      assertThat(connections()).isZero();
      Path loaded = vector("established4");
      assertThat(frontEnd.load(loaded)).isZero();
      assertThat(connections()).isEqualTo(1);
      assertThat(frontEnd.save(state)).isZero();
      assertThat(Files.size(state)).isEqualTo(Files.size(loaded));
    }
  }

  @Test
  void aMigrationIsRehearsedWhenAHelperComes() throws IOException {
    // Its answers tell that all sockets are there.
    try (BackEnd backEnd = BackEnd.start(lab, "--vhost-user", "--debug");
        StateFrontEnd frontEnd = new StateFrontEnd(backEnd.socket());
        LabProcess helper = backEnd.startHelper(lab)) {
      backEnd.process().awaitLine(REHEARSED, SOON);
      assertThat(helper.alive()).isTrue();
      assertThat(frontEnd.save(state)).isZero();
    }
  }

  @Test
  void aStateThatCanNotBeReadIsRefusedWithItsErrorNumber() throws IOException {
    try (BackEnd backEnd = BackEnd.start(lab, "--vhost-user", "--migrate-direct");
        StateFrontEnd frontEnd = new StateFrontEnd(backEnd.socket())) {
      byte[] good = Files.readAllBytes(vector("mixed-5"));
      assertThat(load(frontEnd, Arrays.copyOf(good, 100))).isEqualTo(Errno.ENODATA);
      assertThat(load(frontEnd, new byte[100])).isEqualTo(Errno.EINVAL);
      byte[] version = good.clone();
      version[15] = 9;
      assertThat(load(frontEnd, version)).isEqualTo(Errno.EOPNOTSUPP);
      assertThat(backEnd.process().output())
          .contains("cannot load the state: state stream ends after 100 bytes");
      assertThat(frontEnd.save(state)).isZero();
    }
  }

  @Test
  void aSaveThatFailsLeavesEverythingAsItWas() throws IOException {
    lab.remote().ip("route add blackhole " + Lab.HOST4);
    try (BackEnd backEnd = BackEnd.start(lab, "--vhost-user", "--migrate-direct");
        StateFrontEnd frontEnd = new StateFrontEnd(backEnd.socket())) {
      assertThat(frontEnd.load(vector("established4"))).isZero();
      assertThat(frontEnd.save(Path.of("/dev/full"))).isEqualTo(Errno.ENOSPC);
      assertThat(frontEnd.save(state)).isZero();
      assertThat(Files.size(state)).isEqualTo(Files.size(vector("established4")));
    }
  }

  private long connections() {
    return lab.host().establishedConnections();
  }

  private long load(StateFrontEnd frontEnd, byte[] bytes) throws IOException {
    return frontEnd.load(Files.write(state, bytes));
  }

  private static Path vector(String name) {
    return LabDirectory.checkout().resolve("test-vectors/migration/" + name + ".bin");
  }
}
