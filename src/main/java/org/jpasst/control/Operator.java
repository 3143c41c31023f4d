package org.jpasst.control;

import java.io.IOException;
import java.nio.channels.ByteChannel;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Optional;
import java.util.Set;
import org.jpasst.linux.Errno;
import org.jpasst.linux.ErrnoException;
import org.jpasst.migrate.Migration;

/** Does what the operator asks for. */
final class Operator {
  private static final Set<StandardOpenOption> TO_WRITE =
      Set.of(
          StandardOpenOption.WRITE,
          StandardOpenOption.CREATE,
          StandardOpenOption.TRUNCATE_EXISTING);

  /** A state has what the guest's connections carry: nobody else is to read it. */
  private static final FileAttribute<?> OWN_ACCESS =
      PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"));

  private final Migration migration;

  Operator(Migration migration) {
    this.migration = migration;
  }

  /**
   * Does it and answers.
   *
   * @param line what was asked
   * @param passed the channel of the descriptor that came with it; stays the caller's
   */
  Message answer(String line, Optional<ByteChannel> passed) {
    Optional<Message> request = Message.parse(line);
    Optional<Command> command = request.flatMap(r -> r.text("command")).flatMap(Command::of);
    if (command.isEmpty()) {
      return Message.error("no command that is known here: " + line, Errno.EINVAL);
    }
    try {
      execute(command.get(), request.get().text("path"), passed);
      return Message.ok();
    } catch (IOException e) {
      String text = e instanceof ErrnoException ? e.getMessage() : e.toString();
      return Message.error(text, ErrnoException.errnoOf(e));
    }
  }

  private void execute(Command command, Optional<String> path, Optional<ByteChannel> passed)
      throws IOException {
    switch (command) {
      case MIGRATE_PAUSE -> migration.pause();
      case MIGRATE_SAVE -> {
        try (Target to = target(path, passed, true)) {
          migration.save(to.channel);
        }
      }
      case MIGRATE_LOAD -> {
        try (Target from = target(path, passed, false)) {
          migration.load(from.channel);
        }
      }
      case MIGRATE_RESUME, MIGRATE_CANCEL -> migration.resume();
    }
  }

  /** Where a state goes to or comes from; a file that was opened here is closed here. */
  private record Target(ByteChannel channel, boolean isOurs) implements AutoCloseable {
    @Override
    public void close() throws IOException {
      if (isOurs) {
        channel.close();
      }
    }
  }

  private static Target target(Optional<String> path, Optional<ByteChannel> passed, boolean write)
      throws IOException {
    if (passed.isPresent()) {
      return new Target(passed.get(), false);
    }
    if (path.isEmpty()) {
      throw new ErrnoException(Errno.EINVAL, "neither a path nor a descriptor");
    }
    Path file = Path.of(path.get());
    FileChannel channel =
        write
            ? FileChannel.open(file, TO_WRITE, OWN_ACCESS)
            : FileChannel.open(file, StandardOpenOption.READ);
    return new Target(channel, true);
  }
}
