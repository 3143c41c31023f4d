package org.jpasst.qmp;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import java.util.Optional;
import org.jpasst.json.JsonLine;

/** A line of QEMU's monitor protocol (docs/interop/qmp-spec of QEMU), as far as it matters here. */
sealed interface MonitorMessage {
  /** The first one of a connection. */
  record Greeting() implements MonitorMessage {}

  /** The guest was stopped. */
  record Stopped() implements MonitorMessage {}

  /** The guest runs, for the first time or again. */
  record Resumed() implements MonitorMessage {}

  /** A migration has come to its next status. */
  record Migrating(MigrationStatus status) implements MonitorMessage {}

  /**
   * The answer to a command that succeeded.
   *
   * @param status its member of this name; empty if there is none
   */
  record Answer(String status) implements MonitorMessage {}

  /** The answer to one that failed. */
  record Refusal(String reason) implements MonitorMessage {}

  /** What doesn't matter here. */
  record Other() implements MonitorMessage {}

  /** Reads a line; empty if it isn't one JSON object (RFC 8259) and nothing else. */
  static Optional<MonitorMessage> parse(String line) {
    return JsonLine.parse(line).map(MonitorMessage::of);
  }

  private static MonitorMessage of(JsonObject message) {
    if (message.has("QMP")) {
      return new Greeting();
    }
    if (message.has("event")) {
      return event(text(message, "event"), message.get("data"));
    }
    if (message.has("return")) {
      return new Answer(text(message.get("return"), "status"));
    }
    if (message.has("error")) {
      return new Refusal(text(message.get("error"), "desc"));
    }
    return new Other();
  }

  private static MonitorMessage event(String name, JsonElement data) {
    return switch (name) {
      case "STOP" -> new Stopped();
      case "RESUME" -> new Resumed();
      case "MIGRATION" -> new Migrating(MigrationStatus.of(text(data, "status")));
      default -> new Other();
    };
  }

  /** A member of an object that is a string; empty if there is no such thing. */
  private static String text(JsonElement within, String name) {
    return within instanceof JsonObject object ? JsonLine.text(object, name).orElse("") : "";
  }
}
