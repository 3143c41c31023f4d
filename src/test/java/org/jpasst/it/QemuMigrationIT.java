package org.jpasst.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jpasst.lab.BackEndProgram;
import org.jpasst.lab.Lab;
import org.jpasst.lab.LabTest;
import org.jpasst.lab.MovingGuest;
import org.jpasst.lab.QemuGuest;
import org.jpasst.lab.RunningTraffic;
import org.jpasst.lab.TcpPair;
import org.jpasst.lab.TrafficStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** A QEMU guest moves to another host in the midst of its connections; nobody notices. */
@LabTest
final class QemuMigrationIT {
  private static final TrafficStream STREAM = QemuGuest.stream(0);
  private static final List<String> FAMILIES = List.of(Lab.REMOTE4, Lab.REMOTE6);
  private static final int UPLOAD = 7001;
  private static final int DOWNLOAD = 7002;
  private static final int IDLE = 7003;
  private static final int GUEST_CLOSED = 7004;
  private static final int PEER_CLOSED = 7005;
  private static final int MANY = 7006;
  private static final int FINISHING = 0x1b5f;
  private static final int CONNECTIONS = 500;
  private static final int MIGRATIONS = 20;
  private static final long SOME = 4 << 20;

  @ParameterizedTest
  @CsvSource({"under test, under test", "real, under test", "under test, real"})
  void connectionsGoOnOnTheOtherHost(String source, String target) throws Exception {
    try (MovingGuest moving = boot(source, target)) {
      List<Connections> all = new ArrayList<>();
      for (String address : FAMILIES) {
        all.add(Connections.open(moving, address));
      }
      long retransmitted = moving.remote().counter("Tcp", "RetransSegs");
      moving.move(program(target));
      for (Connections each : all) {
        each.check(moving.guest());
      }
      System.out.println(
          source
              + " to "
              + target
              + ": peers sent "
              + (moving.remote().counter("Tcp", "RetransSegs") - retransmitted)
              + " segments again");
    }
  }

  private static MovingGuest boot(String source, String target) {
    return source.equals(target)
        ? MovingGuest.boot(program(source), "")
        : MovingGuest.bootAsWithPasst(program(source));
  }

  @ParameterizedTest
  @EnumSource(
      value = MovingGuest.Way.class,
      names = {"FILE", "PROCESS"})
  void connectionsGoOnWhateverCarriesTheGuest(MovingGuest.Way way) throws Exception {
    try (MovingGuest moving = MovingGuest.boot(program("under test"), "")) {
      Connections connections = Connections.open(moving, Lab.REMOTE4);
      moving.move(program("under test"), way);
      connections.check(moving.guest());
    }
  }

  @Test
  void connectionsGoOnHereWhenTheGuestIsContinuedAfterItWasSaved() throws Exception {
    try (MovingGuest moving = MovingGuest.boot(program("under test"), "")) {
      Connections connections = Connections.open(moving, Lab.REMOTE4);
      moving.saveAndContinue();
      connections.awaitProgress();
      moving.saveAndContinue();
      connections.check(moving.guest());
      moving.guest().run("echo new | nc -N -l " + MovingGuest.FORWARDED + " >/tmp/inbound &");
      moving.guest().run("until grep -q ':1389 .* 0A' /proc/net/tcp; do sleep 1; done");
      try (SocketChannel client =
          TcpPair.connect(moving.remote(), Lab.HOST4, MovingGuest.FORWARDED)) {
        assertThat(line(client)).isEqualTo("new");
      }
    }
  }

  /** Where the real passt is the target, it resets such a connection. */
  @ParameterizedTest
  @CsvSource({"under test, under test", "real, under test"})
  void theGuestsLastBytesAndItsEndArriveWhereThePeerReadsThemLate(String source, String target)
      throws Exception {
    try (MovingGuest moving = boot(source, target);
        ServerSocketChannel server = moving.remote().call(ServerSocketChannel::open)) {
      server.setOption(StandardSocketOptions.SO_RCVBUF, 1 << 14);
      server.bind(new InetSocketAddress(InetAddress.getByName(Lab.REMOTE4), FINISHING));
      moving.guest().run("head -c 400000 /block | nc -N " + Lab.REMOTE4 + " " + FINISHING + " &");
      try (SocketChannel slow = server.accept()) {
        moving.guest().run("until grep -qE ':1B5F 0[45]' /proc/net/tcp; do sleep 1; done");
        moving.move(program(target));
        QemuGuest.stream(400_000).expectFrom(slow);
      }
    }
  }

  @Test
  @Timeout(value = 10, unit = TimeUnit.MINUTES)
  void twentyMigrationsInARowLoseNothing() throws Exception {
    try (MovingGuest moving = MovingGuest.boot(program("under test"), "")) {
      List<Connections> all = new ArrayList<>();
      for (String address : FAMILIES) {
        all.add(Connections.open(moving, address));
      }
      for (int i = 0; i < MIGRATIONS; i++) {
        moving.move(program("under test"));
        for (Connections each : all) {
          each.awaitProgress();
        }
      }
      for (Connections each : all) {
        each.check(moving.guest());
      }
    }
  }

  @Test
  void fiveHundredConnectionsMoveAtOnce() throws Exception {
    try (MovingGuest moving = MovingGuest.boot(program("under test"), "");
        ServerSocketChannel server = TcpPair.listen(moving.remote(), Lab.REMOTE4, MANY)) {
      List<SocketChannel> peers = new ArrayList<>();
      for (int i = 0; i < CONNECTIONS; i++) {
        moving.guest().run("echo %d | nc %s %d >/tmp/many.%d &".formatted(i, Lab.REMOTE4, MANY, i));
        peers.add(server.accept());
        assertThat(line(peers.get(i))).isEqualTo(Integer.toString(i));
      }
      moving.move(program("under test"));
      for (int i = 0; i < CONNECTIONS; i++) {
        write(peers.get(i), "back to " + i + "\n");
        peers.get(i).shutdownOutput();
      }
      for (int i = 0; i < CONNECTIONS; i++) {
        String got = "until [ -s /tmp/many.%d ]; do usleep 10000; done; cat /tmp/many.%d";
        assertThat(moving.guest().run(got.formatted(i, i))).isEqualTo("back to " + i);
      }
    }
  }

  private static BackEndProgram program(String name) {
    return name.equals("real") ? BackEndProgram.real() : BackEndProgram.underTest();
  }

  /** Connections of every kind between the guest and one of the remote's addresses. */
  private record Connections(
      RunningTraffic upload,
      RunningTraffic download,
      SocketChannel downloading,
      SocketChannel idle,
      SocketChannel guestClosed,
      SocketChannel peerClosed,
      String files) {
    static Connections open(MovingGuest moving, String address) throws IOException {
      String files = "/tmp/" + (address.contains(":") ? "v6" : "v4");
      String nc = " | nc %s %s %d >" + files;
      SocketChannel uploading =
          accept(moving, address, UPLOAD, "while cat /block; do :; done" + nc + ".up &");
      SocketChannel downloading =
          accept(
              moving,
              address,
              DOWNLOAD,
              "cat /dev/null | nc %s %s %d | sha256sum >" + files + ".down &");
      SocketChannel idle = accept(moving, address, IDLE, "cat /dev/null" + nc + ".idle &");
      SocketChannel guestClosed =
          accept(
              moving,
              address,
              GUEST_CLOSED,
              "echo request" + nc.replace("nc", "nc -N") + ".half &");
      SocketChannel peerClosed =
          accept(
              moving,
              address,
              PEER_CLOSED,
              "(until [ -e "
                  + files
                  + ".go ]; do usleep 10000; done; echo late)"
                  + nc.replace("nc", "nc -N")
                  + ".peer &");
      write(peerClosed, "early\n");
      peerClosed.shutdownOutput();
      assertThat(line(guestClosed)).isEqualTo("request");
      assertThat(guestClosed.read(ByteBuffer.allocate(1))).isNegative();
      return new Connections(
          RunningTraffic.receiving(STREAM, uploading).awaitProgress(SOME),
          RunningTraffic.sending(STREAM, downloading).awaitProgress(SOME),
          downloading,
          idle,
          guestClosed,
          peerClosed,
          files);
    }

    /** Runs a command in the guest that connects, and accepts its connection. */
    private static SocketChannel accept(
        MovingGuest moving, String address, int port, String command) throws IOException {
      try (ServerSocketChannel server = TcpPair.listen(moving.remote(), address, port)) {
        moving.guest().run(command.formatted("", address, port));
        return server.accept();
      }
    }

    void awaitProgress() {
      upload.awaitProgress(SOME);
      download.awaitProgress(SOME);
    }

    void check(QemuGuest guest) throws IOException {
      awaitProgress();
      upload.stop();
      long sent = download.stop();
      System.out.println(
          files
              + ": no byte from the guest for "
              + upload.longestPause().toMillis()
              + " ms, none taken by it for "
              + download.longestPause().toMillis()
              + " ms");
      downloading.shutdownOutput();
      assertThat(guest.run(content(".down"))).isEqualTo(QemuGuest.stream(sent).sha256() + "  -");
      write(idle, "still there\n");
      assertThat(guest.run(content(".idle"))).isEqualTo("still there");
      write(guestClosed, "answer\n");
      guestClosed.shutdownOutput();
      assertThat(guest.run(content(".half"))).isEqualTo("answer");
      guest.run("touch " + files + ".go");
      assertThat(line(peerClosed)).isEqualTo("late");
      assertThat(peerClosed.read(ByteBuffer.allocate(1))).isNegative();
      assertThat(guest.run(content(".peer"))).isEqualTo("early");
    }

    private String content(String suffix) {
      return "until [ -s %1$s%2$s ]; do usleep 10000; done; cat %1$s%2$s".formatted(files, suffix);
    }
  }

  private static void write(SocketChannel channel, String text) throws IOException {
    channel.write(ByteBuffer.wrap(text.getBytes(StandardCharsets.US_ASCII)));
  }

  /** Reads one line; returns it without its end. */
  private static String line(SocketChannel channel) throws IOException {
    StringBuilder line = new StringBuilder();
    ByteBuffer one = ByteBuffer.allocate(1);
    while (channel.read(one.clear()) > 0 && one.get(0) != '\n') {
      line.append((char) one.get(0));
    }
    return line.toString();
  }
}
