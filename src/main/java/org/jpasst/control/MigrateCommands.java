package org.jpasst.control;

import java.io.IOException;
import java.nio.channels.ByteChannel;
import org.jpasst.control.file.OperatorFile;
import org.jpasst.linux.DescriptorChannel;
import org.jpasst.migrate.Migration;

/** {@code migrate}. */
final class MigrateCommands implements CommandHandler {
  /** How long the other end of a state's descriptor may let us wait. */
  private static final int PATIENCE_MILLIS = 30_000;

  private final Migration migration;

  MigrateCommands(Migration migration) {
    this.migration = migration;
  }

  @Override
  public Message handle(Request request) throws IOException {
    switch (request.command()) {
      case MIGRATE_PREPARE -> migration.prepare();
      case MIGRATE_PAUSE -> migration.pause();
      case MIGRATE_SAVE -> {
        try (OperatorFile file = request.takeFile();
            ByteChannel to = channel(file)) {
          migration.save(to, file::commit);
        }
      }
      case MIGRATE_LOAD -> {
        try (OperatorFile file = request.takeFile();
            ByteChannel from = channel(file)) {
          migration.load(from);
        }
      }
      case MIGRATE_RESUME, MIGRATE_CANCEL -> migration.resume();
      default -> throw new IllegalArgumentException(request.command().text());
    }
    return Message.ok();
  }

  private static ByteChannel channel(OperatorFile file) {
    return new DescriptorChannel(file.take(), PATIENCE_MILLIS);
  }
}
