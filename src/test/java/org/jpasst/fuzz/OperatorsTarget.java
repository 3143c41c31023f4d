package org.jpasst.fuzz;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.SocketException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jpasst.config.PortRange;
import org.jpasst.control.ControlSocket;
import org.jpasst.control.Controlled;
import org.jpasst.control.metrics.Metrics;
import org.jpasst.control.pesto.ConfigurationSocket;
import org.jpasst.guest.cache.CachePolicy;
import org.jpasst.guest.cache.PacketCache;
import org.jpasst.guest.capture.CaptureSwitch;
import org.jpasst.guest.stream.StreamLink;
import org.jpasst.migrate.LoneMigration;

/**
 * Operators at the control socket, and clients of the configuration socket, several at a time:
 * whole requests and parts, damaged and not, hung up in the middle. Each answer is one line of
 * JSON, and nothing is left behind.
 */
final class OperatorsTarget implements Target {
  private static final int CLIENTS = 4;
  private static final int PESTO = 0; // the one of the configuration socket
  private static final int BUFFER = 1 << 17;

  private static final List<String> VALID =
      List.of(
          "{\"command\":\"flows\",\"from\":0,\"limit\":256}",
          "{\"command\":\"stats\",\"version\":1}",
          "{\"command\":\"forward list\"}",
          "{\"command\":\"forward clear\"}",
          "{\"command\":\"forward"
              + " add\",\"rules\":[{\"protocol\":\"tcp\",\"spec\":\"127.0.0.1/40001-40003\"}]}",
          "{\"command\":\"forward"
              + " delete\",\"rules\":[{\"protocol\":\"udp\",\"spec\":\"%lo/40002\"}]}",
          "{\"command\":\"forward"
              + " replace\",\"rules\":[{\"protocol\":\"udp\",\"spec\":\"[::1]/40002:53\"}]}",
          "{\"command\":\"pcap start\"}",
          "{\"command\":\"pcap stop\"}",
          "{\"command\":\"log level\",\"level\":\"debug\"}",
          "{\"command\":\"migrate pause\"}",
          "{\"command\":\"migrate save\"}",
          "{\"command\":\"migrate resume\"}");

  private final FuzzedStack stack;
  private final Path directory;
  private final CaptureSwitch capture;
  private final ControlSocket control;
  private final ConfigurationSocket configuration;
  private final List<byte[]> requests = pestoRequests();
  private final SocketChannel[] clients = new SocketChannel[CLIENTS];
  private final StringBuilder[] answers = new StringBuilder[CLIENTS];
  private final ByteBuffer buffer = ByteBuffer.allocate(BUFFER);
  private final OpenDescriptors open;

  OperatorsTarget() throws IOException {
    stack = new FuzzedStack(c -> new StreamLink(c.loop(), c.sockets(), c.counters(), c.log()));
    directory = Files.createTempDirectory("jpasst-fuzz");
    capture = new CaptureSwitch(stack.link, stack.counters, stack.log);
    control = ControlSocket.open(directory.resolve("control"), stack.sockets, controlled());
    configuration =
        ConfigurationSocket.open(
            directory.resolve("configuration"),
            stack.configuration,
            stack.net.forwards(),
            stack.sockets,
            stack.loop,
            stack.log);
    ask("{\"command\":\"stats\"}");
    open = new OpenDescriptors();
  }

  private Controlled controlled() {
    var cache =
        new PacketCache(
            stack.link, stack.link.sink(), CachePolicy.never(), 0, stack.loop::now, stack.counters);
    var migration =
        LoneMigration.of(stack.net.state(stack.link, cache), stack.sockets, stack.loop, stack.log);
    return new Controlled(
        stack.configuration,
        PortRange.DYNAMIC,
        new Metrics.Sources(
            stack.net.flows(),
            stack.net.tcp(),
            stack.net.udp(),
            stack.net.ping(),
            stack.counters,
            cache,
            migration,
            stack.loop),
        stack.net.forwards(),
        capture,
        stack.log);
  }

  /** What pesto was seen to send. */
  private static List<byte[]> pestoRequests() {
    var found = new ArrayList<byte[]>();
    try (Stream<Path> files = Files.list(Path.of("test-vectors", "pesto"))) {
      for (Path file : files.filter(each -> each.toString().endsWith(".json")).sorted().toList()) {
        JsonObject vector = JsonParser.parseString(Files.readString(file)).getAsJsonObject();
        JsonElement exchange = vector.has("exchange") ? vector.get("exchange") : new JsonArray();
        for (JsonElement each : exchange.getAsJsonArray()) {
          JsonObject part = each.getAsJsonObject();
          if (part.has("hex") && part.get("from").getAsString().equals("client")) {
            found.add(HexFormat.of().parseHex(part.get("hex").getAsString()));
          }
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return found;
  }

  @Override
  public void begin() {
    // Clients connect when they first say something.
  }

  @Override
  public Input next(SplittableRandom random) {
    int client = random.nextInt(CLIENTS);
    return switch (random.nextInt(12)) {
      case 0 -> Input.of("close", client);
      case 1 -> Input.of("turn");
      case 2 -> Input.of("wait", random.nextInt(8) == 0 ? random.nextInt(30_000) : 10);
      case 3 -> Input.of("read", client);
      default ->
          client == PESTO
              ? new Input("send", new long[] {client}, pesto(random))
              : new Input("send", new long[] {client}, request(random));
    };
  }

  private byte[] pesto(SplittableRandom random) {
    byte[] bytes = requests.get(random.nextInt(requests.size())).clone();
    for (int left = random.nextInt(5); left > 0; left--) {
      int at = random.nextInt(bytes.length);
      bytes[at] = (byte) (random.nextBoolean() ? random.nextInt(4) : random.nextInt());
    }
    return cut(bytes, random);
  }

  private static byte[] request(SplittableRandom random) {
    var text = new StringBuilder(VALID.get(random.nextInt(VALID.size())));
    for (int left = random.nextInt(3) == 0 ? random.nextInt(5) : 0; left > 0; left--) {
      int at = random.nextInt(text.length());
      char with = "{}[]\",:x\\ e\u0001\u00e9n".charAt(random.nextInt(14));
      // Digits stay, lest a path or a port become another that isn't ours.
      if (!Character.isDigit(text.charAt(at))) {
        text.setCharAt(at, with);
      }
    }
    text.append('\n');
    return cut(text.toString().getBytes(StandardCharsets.UTF_8), random);
  }

  private static byte[] cut(byte[] bytes, SplittableRandom random) {
    return random.nextInt(10) == 0 ? Arrays.copyOf(bytes, random.nextInt(bytes.length + 1)) : bytes;
  }

  @Override
  public void apply(Input input) throws IOException {
    int client = input.choice(0, CLIENTS);
    switch (input.name()) {
      case "send" -> send(client, input.bytes());
      case "read" -> read(client);
      case "close" -> hangUp(client);
      case "wait" -> {
        stack.advance(input.choice(0, 100_000), TimeUnit.MILLISECONDS);
        stack.turn();
      }
      default -> stack.turn();
    }
  }

  private void send(int client, byte[] bytes) throws IOException {
    if (clients[client] == null && !connect(client)) {
      return;
    }
    try {
      clients[client].write(ByteBuffer.wrap(bytes));
    } catch (IOException e) {
      hangUp(client); // it was hung up on
    }
    stack.turn();
  }

  /** Whether there is room in the queue: who waits there for pesto's end may have filled it. */
  private boolean connect(int client) throws IOException {
    String name = client == PESTO ? "configuration" : "control";
    SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX);
    channel.configureBlocking(false);
    try {
      channel.connect(UnixDomainSocketAddress.of(directory.resolve(name)));
    } catch (SocketException e) {
      channel.close();
      stack.turn();
      if (client != PESTO) {
        throw new AssertionError("operators can't connect", e);
      }
      return false;
    }
    clients[client] = channel;
    answers[client] = new StringBuilder();
    stack.turn();
    return true;
  }

  /** Takes what there is to read; false at the end. */
  private boolean read(int client) throws IOException {
    if (clients[client] == null) {
      return false;
    }
    try {
      int got = clients[client].read(buffer.clear());
      if (got < 0) {
        hangUp(client);
        return false;
      }
      if (client != PESTO) {
        answers[client].append(
            new String(buffer.array(), 0, buffer.position(), StandardCharsets.UTF_8));
        checkAnswers(answers[client]);
      }
      return got > 0;
    } catch (IOException e) {
      hangUp(client);
      return false;
    }
  }

  /** Each whole line is an answer, or an error with its number. */
  private static void checkAnswers(StringBuilder text) {
    int end = text.indexOf("\n");
    while (end >= 0) {
      String line = text.substring(0, end);
      JsonObject answer = JsonParser.parseString(line).getAsJsonObject();
      if (answer.has("ok") == answer.has("error")
          || answer.has("error") && answer.get("errno").getAsInt() <= 0) {
        throw new AssertionError("an operator is answered " + line);
      }
      text.delete(0, end + 1);
      end = text.indexOf("\n");
    }
  }

  private void hangUp(int client) throws IOException {
    if (clients[client] != null) {
      clients[client].close();
      clients[client] = null;
    }
  }

  /** A good operator's request; answers what comes. */
  private String ask(String request) throws IOException {
    int client = CLIENTS - 1;
    hangUp(client);
    stack.settle();
    connect(client);
    clients[client].write(ByteBuffer.wrap((request + "\n").getBytes(StandardCharsets.UTF_8)));
    stack.settle();
    int got = clients[client].read(buffer.clear());
    hangUp(client);
    stack.settle();
    return new String(buffer.array(), 0, Math.max(0, got), StandardCharsets.UTF_8);
  }

  @Override
  public void end() throws IOException {
    for (int client = 0; client < CLIENTS; client++) {
      while (read(client)) {
        stack.turn();
      }
      hangUp(client);
    }
    stack.settle();
    stack.advance(1, TimeUnit.MINUTES);
    stack.settle();
    for (String request : List.of("forward clear", "pcap stop", "migrate resume", "stats")) {
      String answer = ask("{\"command\":\"%s\"}".formatted(request));
      if (!answer.startsWith("{\"ok\"") && !request.startsWith("pcap")) {
        throw new AssertionError(request + " is answered " + answer);
      }
    }
    if (!stack.net.forwards().rules().isEmpty()) {
      throw new AssertionError("these rules are left over: " + stack.net.forwards().rules());
    }
    open.check();
  }

  @Override
  public void close() throws IOException {
    for (int client = 0; client < CLIENTS; client++) {
      hangUp(client);
    }
    control.close();
    configuration.close();
    capture.close();
    stack.close();
    Files.deleteIfExists(directory.resolve("control"));
    Files.deleteIfExists(directory.resolve("configuration"));
    Files.deleteIfExists(directory);
  }
}
