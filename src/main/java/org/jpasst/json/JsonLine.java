package org.jpasst.json;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import com.google.gson.Strictness;
import com.google.gson.stream.JsonReader;
import com.google.gson.stream.JsonToken;
import java.io.IOException;
import java.io.StringReader;
import java.util.Optional;

/** A line that is to be one JSON object, and what is in it; the line may be anything. */
public final class JsonLine {
  private JsonLine() {}

  /** Reads a line; empty if it isn't one JSON object (RFC 8259) and nothing else. */
  public static Optional<JsonObject> parse(String line) {
    try (JsonReader reader = new JsonReader(new StringReader(line))) {
      reader.setStrictness(Strictness.STRICT);
      JsonElement element = JsonParser.parseReader(reader);
      return element.isJsonObject() && reader.peek() == JsonToken.END_DOCUMENT
          ? Optional.of(element.getAsJsonObject())
          : Optional.empty();
    } catch (JsonParseException | IOException e) {
      return Optional.empty();
    }
  }

  /** A member that is a string. */
  public static Optional<String> text(JsonObject within, String name) {
    return Optional.ofNullable(within.get(name))
        .filter(JsonElement::isJsonPrimitive)
        .filter(each -> each.getAsJsonPrimitive().isString())
        .map(JsonElement::getAsString);
  }
}
