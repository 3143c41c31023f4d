package org.jpasst.rehearsal;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.channels.Channels;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.jpasst.lab.Await;
import org.jpasst.linux.AddressFamily;
import org.jpasst.linux.LinuxSockets;
import org.jpasst.linux.SocketType;
import org.jpasst.log.Log;
import org.jpasst.migrate.stream.SocketRecord;
import org.jpasst.migrate.stream.StateStream;
import org.jpasst.proto.socket.LoopbackHost;
import org.junit.jupiter.api.Test;

/** What is rehearsed is the real thing, and nothing is left of it. */
final class RehearsalTest {
  private static final int CONNECTIONS = 10;
  private static final int MANY = 1 << 20;
  private static final Duration SOON = Duration.ofSeconds(60);

  @Test
  void allConnectionsGoTheWholeWay() throws IOException {
    StateStream first = read(RehearsedState.stream(CONNECTIONS));
    for (StateStream each : saved(3)) {
      assertThat(each.flows()).hasSize(CONNECTIONS);
      assertThat(each.sections()).hasSize(first.sections().size());
      for (SocketRecord socket : each.sockets()) {
        SocketRecord.Dumped dumped = (SocketRecord.Dumped) socket;
        assertThat(dumped.sendQueue().byteSize()).isEqualTo(RehearsedState.QUEUED);
        assertThat(dumped.receiveQueue().byteSize()).isEqualTo(RehearsedState.QUEUED);
      }
    }
  }

  @Test
  void equalStateGivesEqualBytesHoweverOften() throws IOException {
    List<StateStream> all = saved(30);
    assertThat(all).allSatisfy(each -> assertThat(each.flows()).isEqualTo(all.get(0).flows()));
  }

  @Test
  void noDescriptorStaysOpen() throws IOException {
    saved(1);
    List<String> before = sockets();
    saved(3);
    assertThat(sockets()).hasSameSizeAs(before);
  }

  @Test
  void itEndsWhenTheMigrationBegins() {
    var rehearsal = new Rehearsal(LoopbackHost.configuration(), MANY, Log.none());
    rehearsal.begin();
    rehearsal.begin();
    rehearsal.end();
    Await.until("the thread's end", SOON, () -> threads() == 0);
    rehearsal.begin();
    assertThat(threads()).isZero();
  }

  @Test
  void whereDescriptorsAreShortNothingIsRehearsed() {
    var rehearsal = new Rehearsal(LoopbackHost.configuration(), 8, Log.none());
    rehearsal.begin();
    Await.until("the thread's end", SOON, () -> threads() == 0);
  }

  private static long threads() {
    return Thread.getAllStackTraces().keySet().stream()
        .filter(thread -> thread.getName().equals("rehearsal"))
        .count();
  }

  /** What is saved in so many rounds, each of another class of sockets. */
  private static List<StateStream> saved(int rounds) throws IOException {
    var real = new LinuxSockets();
    int unused = real.socket(AddressFamily.INET, SocketType.STREAM | SocketType.CLOEXEC, 0);
    var streams = new StateStream[rounds];
    List<RehearsedSockets> sockets = RehearsedSockets.three(real, unused);
    try {
      for (int i = 0; i < rounds; i++) {
        try (var stage = new Stage(LoopbackHost.configuration(), sockets.get(i % sockets.size()))) {
          var bytes = new ByteArrayOutputStream();
          stage.play(RehearsedState.stream(CONNECTIONS), bytes);
          streams[i] = read(bytes.toByteArray());
        }
      }
    } finally {
      real.close(unused);
    }
    return Arrays.asList(streams);
  }

  private static StateStream read(byte[] bytes) throws IOException {
    return StateStream.read(Channels.newChannel(new ByteArrayInputStream(bytes)), Arena.ofAuto());
  }

  private static List<String> sockets() throws IOException {
    try (Stream<Path> all = Files.list(Path.of("/proc/self/fd"))) {
      return all.map(RehearsalTest::target)
          .filter(target -> target.startsWith("socket:") || target.contains("event"))
          .toList();
    }
  }

  private static String target(Path descriptor) {
    try {
      return Files.readSymbolicLink(descriptor).toString();
    } catch (IOException e) {
      return "";
    }
  }
}
