package org.jpasst.control;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/** A line of JSON, in either direction. */
record Message(JsonObject content) {
  /** Longest line, its end included: a path and what is around it. */
  static final int MAX_LENGTH = 8192;

  /** The request for a command. */
  static Message request(Command command) {
    JsonObject content = new JsonObject();
    content.addProperty("command", command.text());
    return new Message(content);
  }

  /** The answer of one that succeeded. */
  static Message ok() {
    JsonObject content = new JsonObject();
    content.addProperty("ok", true);
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
    return new Message(content);
  }

  /** Reads a line; empty if it is no JSON object. */
  static Optional<Message> parse(String line) {
    try {
      JsonElement element = JsonParser.parseString(line);
      return element.isJsonObject()
          ? Optional.of(new Message(element.getAsJsonObject()))
          : Optional.empty();
    } catch (JsonParseException e) {
      return Optional.empty();
    }
  }

  /** A member that is a string. */
  Optional<String> text(String name) {
    return Optional.ofNullable(content.get(name))
        .filter(JsonElement::isJsonPrimitive)
        .filter(e -> e.getAsJsonPrimitive().isString())
        .map(JsonElement::getAsString);
  }

  /** The line with its end. */
  byte[] bytes() {
    return (content + "\n").getBytes(StandardCharsets.UTF_8);
  }
}
