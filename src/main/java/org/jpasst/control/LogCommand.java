package org.jpasst.control;

import com.google.gson.JsonPrimitive;
import java.io.IOException;
import java.util.Arrays;
import java.util.Optional;
import java.util.stream.Collectors;
import org.jpasst.linux.Errno;
import org.jpasst.linux.ErrnoException;
import org.jpasst.log.Log;
import org.jpasst.log.LogLevel;

/** {@code log level}. */
final class LogCommand implements CommandHandler {
  private final Log log;

  LogCommand(Log log) {
    this.log = log;
  }

  @Override
  public Message handle(Request request) throws IOException {
    Optional<String> wanted = request.text("level");
    if (wanted.isPresent()) {
      Optional<LogLevel> level = LogLevel.of(wanted.get());
      log.setLevel(level.orElseThrow(LogCommand::noLevel));
    }
    return Message.ok().with("level", new JsonPrimitive(log.level().id()));
  }

  private static ErrnoException noLevel() {
    String known =
        Arrays.stream(LogLevel.values()).map(LogLevel::id).collect(Collectors.joining(", "));
    return new ErrnoException(Errno.EINVAL, "a level is one of " + known);
  }
}
