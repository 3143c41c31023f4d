package org.jpasst.control;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonNull;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import com.google.gson.JsonPrimitive;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import org.jpasst.linux.Errno;
import org.jpasst.stats.Counter;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Whatever an operator sends, the answer is one line, and nothing is left behind. */
@Tag("fuzz")
final class RequestFuzzTest {
  private static final long SEED = 20261126;
  private static final int REQUESTS = 50_000;
  private static final int CLIENTS = 1_000;

  /** Without paths, and without ports that could be listened at: port 0 isn't one. */
  private static final List<String> VALID =
      List.of(
          "{\"command\":\"flows\",\"from\":0,\"limit\":256}",
          "{\"command\":\"stats\",\"version\":1}",
          "{\"command\":\"forward list\"}",
          "{\"command\":\"forward clear\"}",
          "{\"command\":\"forward"
              + " add\",\"rules\":[{\"protocol\":\"tcp\",\"spec\":\"::/~1-65535\"}]}",
          "{\"command\":\"forward delete\",\"rules\":[{\"protocol\":\"udp\",\"spec\":\"%lo/\"}]}",
          "{\"command\":\"forward replace\",\"rules\":[{\"protocol\":\"udp\",\"spec\":\"[::1]\"}]}",
          "{\"command\":\"pcap start\"}",
          "{\"command\":\"pcap stop\"}",
          "{\"command\":\"log level\",\"level\":\"debug\"}",
          "{\"command\":\"migrate cache\",\"kind\":\"udp\",\"choice\":\"on\"}",
          "{\"command\":\"migrate pause\"}",
          "{\"command\":\"migrate save\"}",
          "{\"command\":\"migrate resume\"}");

  private static final List<String> WORDS =
      List.of(
          "command",
          "rules",
          "protocol",
          "spec",
          "level",
          "from",
          "limit",
          "version",
          "flows",
          "stats",
          "forward list",
          "forward clear",
          "pcap stop",
          "log level",
          "tcp",
          "udp",
          "");

  @TempDir Path directory;
  private final SplittableRandom random = new SplittableRandom(SEED);
  private ControlBed bed;

  @BeforeEach
  void start() throws IOException {
    bed = new ControlBed(directory);
  }

  @AfterEach
  void end() throws IOException {
    bed.close();
    assertThat(bed.host.counters.value(Counter.LOOP_FAILURES)).isZero();
  }

  @Test
  void everyRequestGetsOneAnswer() {
    var operator = new Operator(bed.run);
    for (int i = 0; i < REQUESTS; i++) {
      String request = request();
      Message answer = operator.answer(request, new PassedDescriptors());
      JsonObject content = answer.content();
      assertThat(content.has("ok") ^ content.has("error"))
          .as("seed %d: %s", SEED, request)
          .isTrue();
      if (content.has("error")) {
        assertThat(Errno.name(content.get("errno").getAsInt())).as(request).startsWith("E");
      }
      String line = new String(answer.bytes(), StandardCharsets.UTF_8);
      assertThat(line.indexOf('\n')).as("one line for %s", request).isEqualTo(line.length() - 1);
      assertThat(JsonParser.parseString(line).isJsonObject()).isTrue();
    }
    assertThat(bed.stack.forwards().rules()).isEmpty();
    assertThat(bed.run.capture().isOn()).isFalse();
  }

  @Test
  void anyNumberOfHostileOperatorsLeavesNothingBehind() throws IOException {
    bed.connect().close();
    bed.host.settle();
    long descriptors = ControlBed.descriptors();
    for (int i = 0; i < CLIENTS; i++) {
      try (SocketChannel client = bed.connect()) {
        byte[] bytes = (request() + "\n" + request()).getBytes(StandardCharsets.UTF_8);
        client.write(ByteBuffer.wrap(Arrays.copyOf(bytes, random.nextInt(bytes.length + 1))));
        bed.host.loop.turn(0);
      }
    }
    bed.host.settle();
    bed.host.advance(1, TimeUnit.MINUTES);
    bed.host.settle();
    assertThat(ControlBed.descriptors()).as("seed %d", SEED).isLessThanOrEqualTo(descriptors);
    try (SocketChannel client = bed.connect()) {
      assertThat(bed.ask(client, "{\"command\":\"stats\"}")).startsWith("{\"ok\"");
    }
  }

  private String request() {
    return switch (random.nextInt(4)) {
      case 0 -> bytes();
      case 1 -> value(0).toString();
      case 2 -> object(0).toString();
      default -> mutated(VALID.get(random.nextInt(VALID.size())));
    };
  }

  private String bytes() {
    byte[] bytes = new byte[random.nextInt(200)];
    random.nextBytes(bytes);
    return new String(bytes, StandardCharsets.UTF_8).replace('\n', ' ');
  }

  private JsonElement value(int depth) {
    return switch (random.nextInt(depth > 3 ? 4 : 6)) {
      case 0 -> JsonNull.INSTANCE;
      case 1 -> new JsonPrimitive(random.nextBoolean());
      case 2 -> new JsonPrimitive(random.nextInt(-1000, 1_000_000));
      case 3 -> new JsonPrimitive(WORDS.get(random.nextInt(WORDS.size())));
      case 4 -> {
        JsonArray array = new JsonArray();
        for (int i = random.nextInt(4); i > 0; i--) {
          array.add(value(depth + 1));
        }
        yield array;
      }
      default -> object(depth + 1);
    };
  }

  private JsonObject object(int depth) {
    JsonObject object = new JsonObject();
    for (int i = random.nextInt(5); i > 0; i--) {
      object.add(WORDS.get(random.nextInt(WORDS.size())), value(depth + 1));
    }
    return object;
  }

  /** Cut, or with some characters that are others; digits stay, lest ports be listened at. */
  private String mutated(String text) {
    StringBuilder changed = new StringBuilder(text);
    for (int i = random.nextInt(4); i > 0; i--) {
      int at = random.nextInt(changed.length());
      char with = "{}[]\",:x\\ e\u0001\u00e9".charAt(random.nextInt(13));
      if (!Character.isDigit(changed.charAt(at))) {
        changed.setCharAt(at, with);
      }
    }
    int length = random.nextInt(5) == 0 ? random.nextInt(changed.length() + 1) : changed.length();
    return changed.substring(0, length);
  }
}
