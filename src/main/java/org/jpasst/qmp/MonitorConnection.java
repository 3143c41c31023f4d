package org.jpasst.qmp;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import org.jpasst.linux.EpollFlag;
import org.jpasst.linux.Errno;
import org.jpasst.linux.MessageFlag;
import org.jpasst.linux.Sockets;
import org.jpasst.log.Log;
import org.jpasst.loop.Connection;
import org.jpasst.loop.EventLoop;
import org.jpasst.loop.Outgoing;

/**
 * A connection to QEMU's monitor: has it tell of migrations, asks how things are, and passes on
 * what it tells from then on. What it sends is from another process: a line that is too long, or no
 * JSON, ends the connection.
 */
final class MonitorConnection implements Connection {
  private static final int BUFFER = 4096;

  /** What is being waited for; each command is sent when the one before was answered. */
  private enum Step {
    GREETING(""),
    NEGOTIATION("{\"execute\":\"qmp_capabilities\"}"),
    EVENTS(
        "{\"execute\":\"migrate-set-capabilities\",\"arguments\":{\"capabilities\":"
            + "[{\"capability\":\"events\",\"state\":true}]}}"),
    MIGRATION("{\"execute\":\"query-migrate\"}"),
    STATE("{\"execute\":\"query-status\"}"),
    DONE("");

    private final String command;

    Step(String command) {
      this.command = command;
    }
  }

  private final Sockets sockets;
  private final int fd;
  private final EventLoop loop;
  private final MonitorListener listener;
  private final Log log;
  private final MemorySegment buffer = Arena.ofAuto().allocate(BUFFER);
  private final LineBuffer lines = new LineBuffer();
  private final Outgoing outgoing;
  private Step step = Step.GREETING;
  private MigrationStatus last = MigrationStatus.NONE;

  /** A connection that doesn't block; becomes this one's. */
  MonitorConnection(Sockets sockets, int fd, EventLoop loop, MonitorListener listener, Log log) {
    this.sockets = sockets;
    this.fd = fd;
    this.loop = loop;
    this.listener = listener;
    this.log = log;
    outgoing = new Outgoing(sockets, fd);
  }

  /** Whether all was asked and answered. */
  boolean isAnswering() {
    return step == Step.DONE;
  }

  @Override
  public int interest() {
    return outgoing.isPending() ? EpollFlag.IN | EpollFlag.OUT : EpollFlag.IN;
  }

  @Override
  public boolean advance() {
    if (outgoing.isPending() && !outgoing.goOn()) {
      return false;
    }
    int received = sockets.recv(fd, buffer, 0, BUFFER, MessageFlag.DONTWAIT);
    if (received == -Errno.EAGAIN || received == -Errno.EINTR) {
      return true;
    }
    if (received <= 0) {
      return false;
    }
    lines.add(buffer, received);
    for (Optional<String> line = lines.next(); line.isPresent(); line = lines.next()) {
      Optional<MonitorMessage> message = MonitorMessage.parse(line.get());
      if (message.isEmpty()) {
        log.warn("QEMU's monitor is given up: it sent a line that is no JSON object");
        return false;
      }
      if (!take(message.get())) {
        return false;
      }
    }
    if (lines.isTooLong()) {
      log.warn(
          "QEMU's monitor is given up: a line of more than " + LineBuffer.MAX_LENGTH + " bytes");
      return false;
    }
    return true;
  }

  /** False if the connection is over. */
  private boolean take(MonitorMessage message) {
    long now = loop.now();
    switch (message) {
      case MonitorMessage.Greeting() -> {
        return step != Step.GREETING || next();
      }
      case MonitorMessage.Answer(String status) -> {
        return answered(status, now);
      }
      case MonitorMessage.Refusal(String reason) -> {
        log.warn("QEMU's monitor refuses " + step.command + ": " + reason);
        return answered("", now);
      }
      case MonitorMessage.Other() -> {
        return true;
      }
      default -> {
        log.debug("QEMU's monitor tells: " + message);
        // What comes before the answer to the last question is in that answer.
        if (isAnswering()) {
          tell(message, now);
        } else if (message instanceof MonitorMessage.Migrating(MigrationStatus status)) {
          last = status;
        }
        return true;
      }
    }
  }

  private void tell(MonitorMessage event, long now) {
    switch (event) {
      case MonitorMessage.Migrating(MigrationStatus status) -> listener.onMigration(status, now);
      case MonitorMessage.Stopped() -> listener.onStopped(now);
      case MonitorMessage.Resumed() -> listener.onResumed(now);
      default -> {
        // No event.
      }
    }
  }

  private boolean answered(String status, long now) {
    if (step == Step.MIGRATION) {
      last = MigrationStatus.of(status);
    }
    if (step == Step.STATE) {
      step = Step.DONE;
      log.debug("QEMU: " + status + ", last migration " + last);
      listener.onState(RunState.of(status), last, now);
    }
    return step == Step.GREETING || step == Step.DONE || next();
  }

  private boolean next() {
    step = Step.values()[step.ordinal() + 1];
    return outgoing.send((step.command + "\n").getBytes(StandardCharsets.UTF_8));
  }

  @Override
  public void close() {
    sockets.close(fd);
    listener.onGone(loop.now());
  }
}
