package org.jpasst.control;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import org.jpasst.json.JsonLine;

/** A line of JSON, in either direction. */
public record Message(JsonObject content) {
  /** The protocol's version. It changes when what there is means something else, not for more. */
  public static final int VERSION = 1;

  /** Name of the protocol's version in a message. */
  static final String VERSION_MEMBER = "version";

  /** The request for a command. */
  public static Message request(Command command) {
    JsonObject content = new JsonObject();
    content.addProperty(VERSION_MEMBER, VERSION);
    content.addProperty(Request.COMMAND, command.text());
    return new Message(content);
  }

  /** The answer of one that succeeded. */
  static Message ok() {
    JsonObject content = new JsonObject();
    content.addProperty("ok", true);
    content.addProperty(VERSION_MEMBER, VERSION);
    return new Message(content);
  }

  /**
   * The answer of one that failed.
   *
   * @param errno what kind of failure it was
   */
  static Message error(String text, int errno) {
    JsonObject content = new JsonObject();
    content.addProperty("error", text);
    content.addProperty("errno", errno);
    content.addProperty(VERSION_MEMBER, VERSION);
    return new Message(content);
  }

  /** The same message with one member more. */
  public Message with(String name, JsonElement value) {
    content.add(name, value);
    return this;
  }

  /** Reads a line; empty if it isn't one JSON object (RFC 8259) and nothing else. */
  public static Optional<Message> parse(String line) {
    return JsonLine.parse(line).map(Message::new);
  }

  /** A member that is a string. */
  public Optional<String> text(String name) {
    return JsonLine.text(content, name);
  }

  /** The line with its end. */
  public byte[] bytes() {
    return (content + "\n").getBytes(StandardCharsets.UTF_8);
  }
}
