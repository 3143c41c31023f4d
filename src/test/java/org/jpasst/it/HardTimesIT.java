package org.jpasst.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import org.jpasst.lab.Await;
import org.jpasst.lab.BackEnd;
import org.jpasst.lab.Lab;
import org.jpasst.lab.LabProcess;
import org.jpasst.lab.LabTest;
import org.jpasst.lab.RunningTraffic;
import org.jpasst.lab.TapGuest;
import org.jpasst.lab.TcpPair;
import org.jpasst.lab.TrafficStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What happens to a process from outside: its disk is full, or it doesn't run for a while. */
@LabTest
final class HardTimesIT {
  /** How long it stands still; a minute by hand. */
  private static final Duration STOPPED = Duration.ofSeconds(Integer.getInteger("jpasst.stop", 3));

  private static final int PORT = 5001;
  private static final int SMALL = 64 * 1024;
  private static final Duration SOON = Duration.ofSeconds(30);

  private Lab lab;
  private Path disk;

  @BeforeEach
  void open() throws IOException {
    lab = Lab.open();
    disk = Files.createDirectory(lab.directory().resolve("disk"));
    LabProcess.run(
        List.of("mount", "-t", "tmpfs", "-o", "mode=777,size=" + SMALL, "none", disk.toString()),
        SOON);
  }

  @AfterEach
  void close() {
    LabProcess.run(List.of("umount", "--lazy", disk.toString()), SOON);
    lab.close();
  }

  private static void assertServes(FloodingGuest guest) throws IOException {
    guest.ask();
    Await.until("an answer", SOON, () -> guest.answers() == guest.questions());
  }

  @Test
  void aCaptureEndsWithOneLineWhereTheDiskIsFull() throws IOException {
    Path capture = disk.resolve("c.pcap");
    try (BackEnd backEnd = BackEnd.start(lab, "--pcap", capture.toString());
        FloodingGuest guest = FloodingGuest.connect(backEnd.socket())) {
      for (int i = 0; i < 4; i++) {
        guest.burst(PORT, 1, true);
      }
      backEnd.process().awaitLine("the capture ends: cannot write its file", SOON);
      guest.burst(PORT, 1, true);
      assertServes(guest);
      assertThat(backEnd.process().output().lines().filter(each -> each.contains("capture ends")))
          .hasSize(1);
      assertThat(Files.size(capture)).isLessThanOrEqualTo(SMALL);
    }
  }

  @Test
  void aLogGoesOnWhereThereIsRoomAgain() throws IOException {
    Path log = disk.resolve("log");
    Path other = disk.resolve("other");
    try (BackEnd backEnd = BackEnd.start(lab, "--debug", "--log-file", log.toString())) {
      Await.until("a log", SOON, () -> lines(log).contains("UNIX domain socket bound"));
      fill(other);
      try (FloodingGuest guest = FloodingGuest.connect(backEnd.socket())) {
        for (int i = 0; i < 4; i++) {
          guest.burst(PORT, 1, true);
        }
        assertServes(guest);
      }
      Files.delete(other);
      try (FloodingGuest guest = FloodingGuest.connect(backEnd.socket())) {
        assertServes(guest);
        Await.until("a later line", SOON, () -> lines(log).contains("guest connected"));
      }
      assertThat(backEnd.process().alive()).isTrue();
    }
  }

  @Test
  void aStateThatFindsNoRoomIsAnErrorAndTheGuestGoesOn() throws IOException {
    Path state = disk.resolve("state");
    fill(disk.resolve("other"));
    try (BackEnd backEnd = BackEnd.start(lab, BackEnd.controlOption(lab).toArray(String[]::new));
        TapGuest guest = TapGuest.connect(lab, backEnd.socket(), 1500).configure("cubic");
        ServerSocketChannel server = TcpPair.listen(lab.remote(), Lab.REMOTE4, PORT);
        TcpPair pair = TcpPair.connect(guest.namespace(), Lab.REMOTE4, PORT, server)) {
      pair.exchange((byte) 1);
      assertThat(BackEnd.failingControl(lab, "migrate", "save", state.toString()))
          .containsAnyOf("No space left", "ENOSPC");
      pair.exchange((byte) 2);
    }
  }

  @Test
  void connectionsOutliveThatTheProcessStandsStill() throws Exception {
    var stream = new TrafficStream(1, Long.MAX_VALUE);
    try (BackEnd backEnd = BackEnd.start(lab, "--tcp-ports", "" + PORT);
        TapGuest guest = TapGuest.connect(lab, backEnd.socket(), 1500).configure("cubic");
        ServerSocketChannel inside = TcpPair.listen(guest.namespace(), "::", PORT);
        ServerSocketChannel outside = TcpPair.listen(lab.remote(), Lab.REMOTE4, PORT);
        TcpPair in = TcpPair.connect(lab.remote(), Lab.HOST4, PORT, inside);
        TcpPair out = TcpPair.connect(guest.namespace(), Lab.REMOTE4, PORT, outside)) {
      RunningTraffic.sending(stream, in.client());
      RunningTraffic receiving = RunningTraffic.receiving(stream, in.server());
      RunningTraffic.sending(stream, out.client());
      RunningTraffic uploaded = RunningTraffic.receiving(stream, out.server());
      receiving.awaitProgress(1 << 20);
      uploaded.awaitProgress(1 << 20);

      backEnd.process().signal("STOP");
      LockSupport.parkNanos(STOPPED.toNanos());
      backEnd.process().signal("CONT");

      receiving.awaitProgress(8 << 20);
      uploaded.awaitProgress(8 << 20);
      assertThat(backEnd.process().output()).doesNotContain("internal error");
    }
  }

  private static void fill(Path file) throws IOException {
    byte[] page = new byte[4096];
    try (var out = Files.newOutputStream(file)) {
      while (true) {
        out.write(page);
      }
    } catch (IOException e) {
      assertThat(e).hasMessageContaining("No space left");
    }
  }

  private static String lines(Path file) {
    try {
      return Files.exists(file) ? Files.readString(file) : "";
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }
}
