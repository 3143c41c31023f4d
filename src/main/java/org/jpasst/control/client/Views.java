package org.jpasst.control.client;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jpasst.control.Message;
import org.jpasst.stats.Counter;

/** Answers for people. */
final class Views {
  private Views() {}

  /** {@code flows}. */
  static List<String> flows(List<FlowLine> flows) {
    var table =
        new TextTable(
            "TYPE",
            "STATE",
            ">AGE",
            ">FROM GUEST",
            ">TO GUEST",
            "GUEST SIDE",
            "HOST SIDE",
            ">RTT",
            ">CWND",
            ">RETRANS",
            ">QUEUED",
            ">UNREAD");
    for (FlowLine each : flows) {
      table.row(
          each.type(),
          each.state(),
          Amounts.time(each.age()),
          Amounts.bytes(each.bytesFromGuest()),
          Amounts.bytes(each.bytesToGuest()),
          each.guestSide(),
          each.hostSide(),
          each.both(TcpSide::roundTripText),
          each.both(TcpSide::windowText),
          each.both(side -> Long.toString(side.retransmissions())),
          each.both(side -> Amounts.bytes(side.queued())),
          each.both(side -> Amounts.bytes(side.unread())));
    }
    return table.lines();
  }

  /** {@code stats}: what isn't zero. */
  static List<String> stats(Message answer) {
    JsonObject content = answer.content();
    List<String> lines = new ArrayList<>();
    lines.add("up " + Amounts.time(content.get("uptime").getAsDouble()));
    lines.add("");
    var flows = new TextTable("FLOWS", ">LIVE", ">OPENED", ">BYTES FROM GUEST", ">BYTES TO GUEST");
    for (Map.Entry<String, JsonElement> each : content.getAsJsonObject("flows").entrySet()) {
      JsonObject type = each.getValue().getAsJsonObject();
      flows.row(
          each.getKey(),
          type.get("live").getAsString(),
          type.get("opened").getAsString(),
          type.get("bytes_from_guest").getAsString(),
          type.get("bytes_to_guest").getAsString());
    }
    lines.addAll(flows.lines());
    lines.add("");
    Map<String, String> labels = new HashMap<>();
    for (Counter each : Counter.values()) {
      labels.put(each.id(), each.label());
    }
    var counters = new TextTable("COUNTER", ">VALUE", "MEANING");
    for (Map.Entry<String, JsonElement> each : content.getAsJsonObject("counters").entrySet()) {
      if (each.getValue().getAsLong() != 0) {
        String label = labels.getOrDefault(each.getKey(), "");
        counters.row(each.getKey(), each.getValue().getAsString(), label);
      }
    }
    lines.addAll(counters.lines());
    return lines;
  }

  /** {@code forward list}. */
  static List<String> rules(Message answer) {
    var table = new TextTable("PROTOCOL", "SPEC", ">PORTS", ">OPEN", "MEANING");
    for (JsonElement each : answer.content().getAsJsonArray("rules")) {
      JsonObject rule = each.getAsJsonObject();
      table.row(
          rule.get("protocol").getAsString(),
          rule.get("spec").getAsString(),
          rule.get("ports").getAsString(),
          rule.get("open").getAsString(),
          rule.get("rule").getAsString());
    }
    return table.lines();
  }

  /** {@code migrate cache}. */
  static List<String> cache(Message answer) {
    JsonObject content = answer.content();
    List<String> lines = new ArrayList<>();
    var kinds = new TextTable("KIND", "CHOICE", "CACHED");
    for (JsonElement each : content.getAsJsonArray("kinds")) {
      JsonObject kind = each.getAsJsonObject();
      kinds.row(
          kind.get("kind").getAsString(),
          kind.get("choice").getAsString(),
          kind.get("cached").getAsBoolean() ? "yes" : "no");
    }
    lines.addAll(kinds.lines());
    lines.add("");
    lines.add(
        "%s frames, %s bytes of %s"
            .formatted(
                content.get("frames").getAsString(),
                content.get("bytes").getAsString(),
                content.get("limit").getAsString()));
    JsonArray cached = content.getAsJsonArray("flows");
    if (!cached.isEmpty()) {
      lines.add("");
      var flows = new TextTable("FLOW", ">FRAMES", ">BYTES");
      for (JsonElement each : cached) {
        JsonObject flow = each.getAsJsonObject();
        flows.row(
            flow.get("flow").getAsString(),
            flow.get("frames").getAsString(),
            flow.get("bytes").getAsString());
      }
      lines.addAll(flows.lines());
    }
    return lines;
  }

  /** What became of rules; nothing where there is nothing to tell. */
  static List<String> results(Message answer) {
    if (!(answer.content().get("results") instanceof JsonArray results)) {
      return List.of();
    }
    var table = new TextTable("RESULT", "PROTOCOL", "SPEC", "MEANING");
    for (JsonElement each : results) {
      JsonObject rule = each.getAsJsonObject();
      String error = rule.has("error") ? " (" + rule.get("error").getAsString() + ")" : "";
      table.row(
          rule.get("result").getAsString() + error,
          rule.get("protocol").getAsString(),
          rule.get("spec").getAsString(),
          rule.get("rule").getAsString());
    }
    return table.lines();
  }
}
