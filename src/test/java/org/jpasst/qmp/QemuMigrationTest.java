package org.jpasst.qmp;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Two back-ends whose QEMUs the test plays: where the guest's state is, and who serves it. */
final class QemuMigrationTest {
  private static final String NO_MIGRATION = "";

  @TempDir private Path directory;
  private WatchedQemu source;
  private WatchedQemu target;
  private Path state;

  @BeforeEach
  void start() throws IOException {
    state = directory.resolve("state");
    target = new WatchedQemu(subdirectory("target"), Optional.empty(), Optional.of(state));
    source = new WatchedQemu(subdirectory("source"), Optional.of(state), Optional.empty());
    source.answer("running", NO_MIGRATION);
  }

  private Path subdirectory(String name) throws IOException {
    return Files.createDirectory(directory.resolve(name));
  }

  @AfterEach
  void close() throws IOException {
    source.close();
    target.close();
  }

  private void settle() {
    for (int i = 0; i < 4; i++) {
      source.host.settle();
      target.host.settle();
    }
  }

  /** Up to where the guest has stopped, and its state has been handed over. */
  private void begin() throws IOException {
    target.answer("inmigrate", "'status': 'setup'");
    source.tellMigration("setup");
    source.tellMigration("active");
    settle();
    source.tell("STOP");
    source.tellMigration("device");
    settle();
  }

  private void pass(long seconds) {
    for (WatchedQemu each : new WatchedQemu[] {source, target}) {
      each.host.advance(seconds, TimeUnit.SECONDS);
    }
    settle();
  }

  @Test
  void theStateIsLoadedOnceTheGuestRunsAtTheTarget() throws IOException {
    begin();
    assertThat(source.migration.savedStates()).isEqualTo(1);
    assertThat(source.link.isPaused()).isTrue();
    source.tellMigration("completed");
    settle();
    assertThat(target.migration.loadedStates()).isZero();
    assertThat(target.link.isPaused()).isTrue();

    target.tell("RESUME");
    settle();
    assertThat(target.migration.loadedStates()).isEqualTo(1);
    assertThat(target.link.isPaused()).isFalse();
    assertThat(source.moved).isEqualTo(1);
    assertThat(source.link.isPaused()).isTrue();
  }

  @Test
  void aGuestThatRunsAtTheTargetAlreadyWaitsForTheStateThatComes() throws IOException {
    begin();
    target.tell("RESUME");
    settle();
    assertThat(target.migration.loadedStates()).isZero();
    assertThat(target.link.isPaused()).isTrue();
    source.tellMigration("completed");
    settle();
    assertThat(target.migration.loadedStates()).isEqualTo(1);
    assertThat(target.link.isPaused()).isFalse();
  }

  @ParameterizedTest
  @ValueSource(strings = {"cancelling", "cancelled", "failing", "failed"})
  void aMigrationThatIsGivenUpLeavesNoTraceAtTheTarget(String status) throws IOException {
    begin();
    source.tellMigration(status);
    settle();
    assertThat(source.link.isPaused()).isFalse();
    assertThat(source.migration.isSaved()).isFalse();
    target.tell("RESUME");
    pass(10);
    assertThat(target.migration.loadedStates()).isZero();
  }

  @Test
  void theGuestGoesOnWhenItIsContinuedAtTheSource() throws IOException {
    begin();
    source.tell("RESUME");
    settle();
    assertThat(source.link.isPaused()).isFalse();
    assertThat(target.messages).anyMatch(each -> each.contains("its state is dropped"));
  }

  @Test
  void anotherMigrationFollowsOneThatFailed() throws IOException {
    begin();
    source.tellMigration("failed");
    settle();
    source.tellMigration("setup");
    settle();
    source.tell("STOP");
    source.tellMigration("completed");
    settle();
    target.tell("RESUME");
    settle();
    assertThat(source.migration.savedStates()).isEqualTo(2);
    assertThat(target.migration.loadedStates()).isEqualTo(1);
  }

  /** It was stopped before, so that there is no event for it. */
  @Test
  void aGuestThatStandsStillMovesAsWell() throws IOException {
    target.answer("inmigrate", "'status': 'setup'");
    source.tell("STOP");
    assertThat(source.link.isPaused()).isFalse();
    source.tellMigration("setup");
    settle();
    source.tellMigration("device");
    settle();
    assertThat(source.migration.savedStates()).isEqualTo(1);
  }

  @Test
  void anOrdinaryGuestIsServedAsSoonAsQemuAnswers() throws IOException {
    assertThat(target.link.isPaused()).isTrue();
    target.answer("running", NO_MIGRATION);
    assertThat(target.link.isPaused()).isFalse();
  }

  @Test
  void aGuestWhoseStateDoesNotComeIsServedAllTheSame() throws IOException {
    target.answer("inmigrate", "'status': 'setup'");
    pass(3600);
    assertThat(target.link.isPaused()).isTrue();
    target.tell("RESUME");
    assertThat(target.link.isPaused()).isTrue();
    pass(2);
    assertThat(target.link.isPaused()).isFalse();
    assertThat(target.messages).anyMatch(each -> each.contains("they are lost"));
  }

  @Test
  void aGuestIsServedWhereTheMonitorDoesNotAnswer() {
    pass(1);
    assertThat(target.link.isPaused()).isTrue();
    pass(11);
    assertThat(target.link.isPaused()).isFalse();
    assertThat(target.messages).anyMatch(each -> each.contains("a second -qmp"));
  }

  @Test
  void aSourceThatDiesWithTheGuestHasHandedItOver() throws IOException {
    begin();
    source.close();
    target.host.settle();
    target.tell("RESUME");
    assertThat(target.migration.loadedStates()).isEqualTo(1);
    source = new WatchedQemu(subdirectory("next"), Optional.of(state), Optional.empty());
  }

  @Test
  void aGuestLeavesItsConnectionsBehindWhereTheTargetIsNobody() throws IOException {
    target.close();
    source.tellMigration("setup");
    source.tell("STOP");
    source.tellMigration("completed");
    pass(3);
    assertThat(source.link.isPaused()).isFalse();
    assertThat(source.migration.savedStates()).isZero();
    assertThat(source.messages).anyMatch(each -> each.contains("without its connections"));
    target = new WatchedQemu(subdirectory("next"), Optional.empty(), Optional.of(state));
  }

  @Test
  void aMonitorThatEndsAfterTheGuestHasMovedLeavesRoomForTheNext() throws IOException {
    begin();
    source.tellMigration("completed");
    settle();
    target.tell("RESUME");
    settle();
    source.hangUp();
    settle();
    assertThat(source.link.isPaused()).isFalse();
    assertThat(source.migration.isSaved()).isFalse();
  }

  @ParameterizedTest
  @ValueSource(strings = {"no JSON", "{'event': ", "[]"})
  void aMonitorThatSendsSomethingElseIsGivenUp(String line) throws IOException {
    source.send(line);
    for (int i = 0; i < 20; i++) {
      pass(1);
    }
    assertThat(source.messages).filteredOn(each -> each.contains("no JSON object")).hasSize(1);
    assertThat(source.hasNewClient()).isFalse();
    assertThat(source.link.isPaused()).isFalse();
  }

  /** All that a source says, cut off anywhere, but for its last byte. */
  @Test
  void aTransferThatIsCutOffIsNotLoaded() throws IOException {
    byte[] whole = transfer();
    target.answer("inmigrate", "'status': 'setup'");
    for (int length = 0; length < whole.length - TransferFrame.HEADER; length++) {
      try (SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX)) {
        channel.connect(UnixDomainSocketAddress.of(state));
        channel.write(ByteBuffer.wrap(whole, 0, length));
        target.host.settle();
      }
      target.host.settle();
    }
    target.tell("RESUME");
    pass(10);
    assertThat(target.migration.loadedStates()).isZero();
    assertThat(target.link.isPaused()).isFalse();
    assertThat(target.messages).noneMatch(each -> each.contains("turned away"));
  }

  /** As a source sends it for a guest without connections. */
  private byte[] transfer() throws IOException {
    HeldState held = new HeldState();
    source.migration.save(held);
    source.migration.resume();
    ByteBuffer content = ByteBuffer.allocate((int) held.size());
    held.read(content);
    ByteBuffer all = ByteBuffer.allocate(1 << 12);
    all.put(TransferFrame.of(TransferTag.HELO, TransferFrame.VERSION).bytes());
    all.put(new TransferFrame(TransferTag.STAT, content.flip()).bytes());
    all.put(TransferFrame.of(TransferTag.DONE, held.size()).bytes());
    all.put(TransferFrame.of(TransferTag.GOES).bytes());
    byte[] bytes = new byte[all.flip().remaining()];
    all.get(bytes);
    return bytes;
  }
}
