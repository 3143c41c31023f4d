package org.jpasst.vectors;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import java.io.ByteArrayOutputStream;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Turns a vector's steps from JSON into {@link Step}s. The files shorten long data; what is missing
 * is taken from the frames around it.
 */
final class StepReader {
  private static final String CUT = "...";
  private static final Pattern ZEROS_CUT =
      Pattern.compile("([0-9a-f]*)\\.\\.\\. \\((\\d+) bytes, rest zero\\)");
  private static final Pattern OPERATION = Pattern.compile("(host|remote)\\.(\\w+)");
  private static final String SECOND_GUEST = "second client";

  private final List<JsonObject> steps;
  private final List<Frame> sent;
  private final List<ExpectedFrame> expected;
  private final List<Step> read = new ArrayList<>();
  private int at;

  StepReader(List<JsonObject> steps, List<Frame> sent, List<ExpectedFrame> expected) {
    this.steps = steps;
    this.sent = sent;
    this.expected = expected;
  }

  List<Step> read() {
    for (at = 0; at < steps.size(); at++) {
      step(steps.get(at)).ifPresent(read::add);
    }
    return List.copyOf(read);
  }

  private Optional<Step> step(JsonObject json) {
    if (json.has("send")) {
      return Optional.of(new Step.Send(sent.get(json.get("send").getAsInt()), acknowledges(json)));
    }
    if (json.has("expect")) {
      return Optional.of(new Step.Expect(expected.get(json.get("expect").getAsInt()), delay()));
    }
    if (json.has("raw")) {
      return Optional.of(new Step.Raw(raw(json.get("raw").getAsString())));
    }
    if (json.has("event")) {
      boolean silence = json.get("event").getAsString().startsWith("nothing received");
      return Optional.of(silence ? new Step.Silence() : new Step.Closed());
    }
    return operation(json, json.get("op").getAsString());
  }

  private Optional<Step> operation(JsonObject json, String name) {
    Matcher matcher = OPERATION.matcher(name);
    if (matcher.matches()) {
      Step.Side side = matcher.group(1).equals("host") ? Step.Side.HOST : Step.Side.REMOTE;
      return Optional.of(socketOperation(json, matcher.group(2), side));
    }
    return switch (name) {
      case "disconnect" -> Optional.of(new Step.Disconnect());
      case "reconnect" -> Optional.of(new Step.Reconnect());
      case SECOND_GUEST -> Optional.of(new Step.SecondGuest());
      case SECOND_GUEST + " connects" -> Optional.empty();
      default -> throw new IllegalArgumentException("unknown operation " + name);
    };
  }

  private Step socketOperation(JsonObject json, String name, Step.Side side) {
    return switch (name) {
      case "udp_bind" -> new Step.UdpBind(side, text(json, "address"), number(json, "port"));
      case "udp_recv" -> new Step.UdpReceive(side, datagram(json));
      case "udp_send" -> {
        JsonArray to = json.getAsJsonArray("to");
        byte[] payload = whole(json, nextPayloads(Frame.UDP));
        yield new Step.UdpSend(side, payload, to.get(0).getAsString(), to.get(1).getAsInt());
      }
      case "tcp_listen" -> new Step.TcpListen(side, text(json, "address"), number(json, "port"));
      case "tcp_accept" -> new Step.TcpAccept(side, text(json, "peer_address"));
      case "tcp_connect" -> {
        JsonArray from = json.getAsJsonArray("source");
        yield new Step.TcpConnect(
            side,
            text(json, "address"),
            number(json, "port"),
            from.get(0).getAsString(),
            from.get(1).getAsInt());
      }
      case "tcp_send" -> new Step.TcpSend(side, whole(json, nextPayloads(Frame.TCP)));
      case "tcp_recv" -> new Step.TcpReceive(side, received(json));
      case "tcp_close" -> new Step.TcpClose(side);
      case "tcp_shutdown_write" -> new Step.TcpShutdownWrite(side);
      case "tcp_reset" -> new Step.TcpReset(side);
      default -> throw new IllegalArgumentException("unknown operation " + name);
    };
  }

  private Optional<Step.Datagram> datagram(JsonObject json) {
    if (json.has("result")) {
      return Optional.empty();
    }
    return Optional.of(
        new Step.Datagram(
            whole(json, lastSentPayload()),
            text(json, "source_address"),
            number(json, "source_port")));
  }

  private Optional<byte[]> received(JsonObject json) {
    return json.has("result") ? Optional.empty() : Optional.of(whole(json, new byte[0]));
  }

  private Duration delay() {
    long before = at == 0 ? 0 : steps.get(at - 1).get("t_ms").getAsLong();
    return Duration.ofMillis(steps.get(at).get("t_ms").getAsLong() - before);
  }

  private static OptionalLong acknowledges(JsonObject json) {
    if (!json.has("patch")) {
      return OptionalLong.empty();
    }
    String value = json.getAsJsonArray("patch").get(0).getAsJsonObject().get("value").getAsString();
    return OptionalLong.of(Long.parseLong(value.substring("peer_isn + ".length())));
  }

  private static byte[] raw(String hex) {
    Matcher matcher = ZEROS_CUT.matcher(hex);
    if (!matcher.matches()) {
      return HexFormat.of().parseHex(hex);
    }
    byte[] start = HexFormat.of().parseHex(matcher.group(1));
    return Arrays.copyOf(start, Integer.parseInt(matcher.group(2)));
  }

  /** A step's data, where the file shortened it completed from the given bytes. */
  private static byte[] whole(JsonObject json, byte[] source) {
    String hex = text(json, "hex");
    if (!hex.endsWith(CUT)) {
      return HexFormat.of().parseHex(hex);
    }
    byte[] start = HexFormat.of().parseHex(hex.substring(0, hex.length() - CUT.length()));
    byte[] data = Arrays.copyOf(source, number(json, "length"));
    if (source.length < data.length || Arrays.mismatch(start, data) != start.length) {
      throw new IllegalArgumentException("the frames do not hold the data of " + json);
    }
    return data;
  }

  private byte[] lastSentPayload() {
    return read.reversed().stream()
        .filter(Step.Send.class::isInstance)
        .map(each -> ((Step.Send) each).frame())
        .filter(Frame::isUdp)
        .findFirst()
        .map(Frame::payload)
        .orElse(new byte[0]);
  }

  /** All payloads of a protocol that the back-end sends from here on, joined. */
  private byte[] nextPayloads(int protocol) {
    var payloads = new ByteArrayOutputStream();
    for (JsonObject each : steps.subList(at + 1, steps.size())) {
      if (each.has("expect")) {
        Frame frame = expected.get(each.get("expect").getAsInt()).frame();
        if (frame.protocol() == protocol) {
          payloads.writeBytes(frame.payload());
        }
      }
    }
    return payloads.toByteArray();
  }

  private static String text(JsonObject json, String name) {
    return json.get(name).getAsString();
  }

  private static int number(JsonObject json, String name) {
    return json.get(name).getAsInt();
  }
}
