package org.jpasst.control;

import java.io.IOException;
import java.nio.channels.ByteChannel;
import org.jpasst.control.file.OperatorFile;
import org.jpasst.linux.DescriptorChannel;
import org.jpasst.migrate.Migration;

/** {@code migrate}. */
final class MigrateCommands {
  /** How long the other end of a state's descriptor may let us wait. */
  private static final int PATIENCE_MILLIS = 30_000;

  private final Migration migration;

  MigrateCommands(Migration migration) {
    this.migration = migration;
  }

  Message prepare(Request request) throws IOException {
    migration.prepare();
    return Message.ok();
  }

  Message pause(Request request) throws IOException {
    migration.pause();
    return Message.ok();
  }

  Message save(Request request) throws IOException {
    try (OperatorFile file = request.takeFile();
        ByteChannel to = channel(file)) {
      migration.save(to, file::commit);
    }
    return Message.ok();
  }

  Message load(Request request) throws IOException {
    try (OperatorFile file = request.takeFile();
        ByteChannel from = channel(file)) {
      migration.load(from);
    }
    return Message.ok();
  }

  Message resume(Request request) throws IOException {
    migration.resume();
    return Message.ok();
  }

  private static ByteChannel channel(OperatorFile file) {
    return new DescriptorChannel(file.take(), PATIENCE_MILLIS);
  }
}
