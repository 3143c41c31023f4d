package org.jpasst.migrate.repair;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import org.jpasst.linux.AddressFamily;
import org.jpasst.linux.DescriptorMessage;
import org.jpasst.linux.Errno;
import org.jpasst.linux.ErrnoException;
import org.jpasst.linux.LinuxSockets;
import org.jpasst.linux.Shutdown;
import org.jpasst.linux.SocketType;
import org.jpasst.linux.UnixConnector;
import org.jpasst.log.Log;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Helpers that don't do what they should, played by the test. */
final class RepairListenerTest {
  private static final Duration BOUND = Duration.ofSeconds(10);

  @TempDir Path directory;

  private final LinuxSockets sockets = new LinuxSockets();
  private final int[] fds = new int[1];
  private RepairListener listener;

  @BeforeEach
  void setUp() throws IOException {
    listener = RepairListener.open(directory.resolve("s.repair"), sockets, Log.none());
    fds[0] = sockets.socket(AddressFamily.INET, SocketType.STREAM | SocketType.CLOEXEC, 0);
  }

  @AfterEach
  void tearDown() throws IOException {
    listener.close();
    sockets.close(fds[0]);
  }

  @Test
  void withoutAHelperNothingIsRepaired() {
    assertThat(listener.hasHelper()).isFalse();
    assertFailure(Errno.EAGAIN);
  }

  @Test
  void noSocketsNeedNoHelper() throws IOException {
    listener.set(new int[0], RepairCommand.ON);
    assertThat(listener.hasHelper()).isFalse();
  }

  @Test
  void aHelperThatDiesIsToldAsSuchAndTheNextOneIsTaken() throws Exception {
    int helper = connect();
    assertThat(listener.hasHelper()).isTrue();
    Thread dying = afterRequest(helper, message -> sockets.close(helper));
    assertFailure(Errno.ECONNRESET);
    dying.join();
    assertThat(listener.hasHelper()).isFalse();

    int next = connect();
    Thread answering = afterRequest(next, message -> answer(next, message));
    listener.set(fds, RepairCommand.ON);
    answering.join();
    sockets.close(next);
  }

  @Test
  void aHelperThatAnswersWronglyIsHungUpOn() throws Exception {
    int helper = connect();
    Thread lying =
        afterRequest(
            helper, message -> message.send(sockets, helper, (byte) 0, new int[] {fds[0]}, 0, 1));
    assertFailure(Errno.EPROTO);
    lying.join();
    assertHungUp(helper);
  }

  @Test
  void aHelperThatNeverAnswersIsHungUpOn() {
    int helper = connect();
    assertFailure(Errno.ETIMEDOUT);
    new DescriptorMessage().receive(sockets, helper);
    assertHungUp(helper);
  }

  @Test
  void aSecondHelperIsTurnedAwayAndTheFirstStays() throws Exception {
    int first = connect();
    assertThat(listener.hasHelper()).isTrue();
    int second = connect();
    assertThat(listener.hasHelper()).isTrue();
    assertHungUp(second);
    Thread answering = afterRequest(first, message -> answer(first, message));
    listener.set(fds, RepairCommand.OFF);
    answering.join();
    listener.release();
    assertHungUp(first);
  }

  @Test
  void aHelperThatHasGoneMakesRoomForTheNext() {
    int first = connect();
    assertThat(listener.hasHelper()).isTrue();
    sockets.shutdown(first, Shutdown.WR);
    int second = connect();
    assertThat(listener.hasHelper()).isTrue();
    assertHungUp(first);
    sockets.close(second);
  }

  @FunctionalInterface
  private interface Reaction {
    void to(DescriptorMessage message);
  }

  private void assertFailure(int errno) {
    assertTimeoutPreemptively(
        BOUND,
        () ->
            assertThatThrownBy(() -> listener.set(fds, RepairCommand.ON))
                .isInstanceOfSatisfying(
                    ErrnoException.class, e -> assertThat(e.errno()).isEqualTo(errno)));
  }

  private int connect() {
    int fd = new UnixConnector().connect(listener.path().toString());
    assertThat(fd).isPositive();
    return fd;
  }

  private void assertHungUp(int helper) {
    assertThat(new DescriptorMessage().receive(sockets, helper)).isZero();
    sockets.close(helper);
  }

  private void answer(int helper, DescriptorMessage request) {
    new DescriptorMessage().send(sockets, helper, request.value(), fds, 0, 1);
  }

  private Thread afterRequest(int helper, Reaction reaction) {
    return Thread.ofPlatform()
        .start(
            () -> {
              var calls = new LinuxSockets();
              var message = new DescriptorMessage();
              message.receive(calls, helper);
              message.closeAll(calls);
              reaction.to(message);
            });
  }
}
