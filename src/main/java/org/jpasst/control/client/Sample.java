package org.jpasst.control.client;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonPrimitive;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jpasst.control.Command;
import org.jpasst.control.Message;

/**
 * What there is at one time.
 *
 * @param nanos when that was, by a monotonic clock
 * @param uptime of the back-end in seconds
 * @param bytesFromGuest of all flows since its start
 * @param bytesToGuest the same
 * @param dropped counters of what was dropped, together
 */
record Sample(
    long nanos,
    double uptime,
    long bytesFromGuest,
    long bytesToGuest,
    long dropped,
    List<FlowLine> flows) {
  private static final String DROPS = "drop.";

  /** Asks for one. */
  static Sample take(ControlClient client) throws IOException {
    Message stats = PasstCtl.successful(client.ask(Message.request(Command.STATS)));
    JsonObject content = stats.content();
    long fromGuest = 0;
    long toGuest = 0;
    for (JsonElement each : content.getAsJsonObject("flows").asMap().values()) {
      fromGuest += each.getAsJsonObject().get("bytes_from_guest").getAsLong();
      toGuest += each.getAsJsonObject().get("bytes_to_guest").getAsLong();
    }
    long dropped = 0;
    for (Map.Entry<String, JsonElement> each : content.getAsJsonObject("counters").entrySet()) {
      dropped += each.getKey().startsWith(DROPS) ? each.getValue().getAsLong() : 0;
    }
    double uptime = content.get("uptime").getAsDouble();
    List<FlowLine> flows = new ArrayList<>();
    for (JsonObject each : flows(client)) {
      flows.add(FlowLine.of(each));
    }
    return new Sample(System.nanoTime(), uptime, fromGuest, toGuest, dropped, flows);
  }

  /** All flows, by as many requests as that takes. */
  static List<JsonObject> flows(ControlClient client) throws IOException {
    List<JsonObject> flows = new ArrayList<>();
    Optional<JsonElement> next = Optional.of(new JsonPrimitive(0));
    while (next.isPresent()) {
      Message request = Message.request(Command.FLOWS).with("from", next.get());
      JsonObject answer = PasstCtl.successful(client.ask(request)).content();
      answer.getAsJsonArray("flows").forEach(each -> flows.add(each.getAsJsonObject()));
      next = Optional.ofNullable(answer.get("next"));
    }
    return flows;
  }
}
