package org.jpasst.control.client;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import com.google.gson.JsonPrimitive;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.PrintStream;
import java.lang.foreign.Arena;
import java.nio.channels.FileChannel;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Optional;
import org.jpasst.config.CaptureFormat;
import org.jpasst.config.CaptureRing;
import org.jpasst.control.Command;
import org.jpasst.control.Message;
import org.jpasst.control.file.OperatorFile;
import org.jpasst.linux.Credentials;
import org.jpasst.migrate.stream.StateStream;
import org.jpasst.migrate.stream.StreamReport;

/**
 * The operator's program: {@code passtctl [-s PATH] [--json] VERB...}, see {@link Verb}. Ends with
 * status 0, or with 1 and one line on standard error.
 */
public final class PasstCtl {
  private final Invocation invocation;
  private final PrintStream out;

  private PasstCtl(Invocation invocation, PrintStream out) {
    this.invocation = invocation;
    this.out = out;
  }

  /**
   * Runs it and ends the process.
   *
   * @param arguments as the usage says
   */
  public static void main(String[] arguments) {
    System.exit(run(List.of(arguments), System.out, System.err));
  }

  /** Runs it; answers the exit status. */
  static int run(List<String> arguments, PrintStream out, PrintStream err) {
    if (arguments.isEmpty()) {
      Usage.lines().forEach(err::println);
      return 1;
    }
    try {
      Optional<Invocation> plain = PlainWords.read(arguments);
      if (plain.isPresent()) {
        new PasstCtl(plain.get(), out).run();
      } else {
        handle(Syntax.read(arguments), out);
      }
      return 0;
    } catch (IOException e) {
      err.println(Syntax.PROGRAM + ": " + e.getMessage());
      return 1;
    }
  }

  private static void handle(Syntax.Meaning meaning, PrintStream out) throws IOException {
    switch (meaning) {
      case Syntax.Meaning.Tell(List<String> lines) -> lines.forEach(out::println);
      case Syntax.Meaning.Do(Invocation invocation) -> new PasstCtl(invocation, out).run();
      case Syntax.Meaning.Refuse(String reason) -> throw new IOException(reason);
    }
  }

  private void run() throws IOException {
    Verb verb = invocation.verb();
    if (verb.command().isEmpty()) {
      show(Path.of(invocation.arguments().getFirst()));
      return;
    }
    Command command = verb.command().get();
    try (ControlClient client = new ControlClient(socket())) {
      if (verb.equals(Verb.TOP)) {
        new Top(client, out).run();
      } else if (command == Command.FLOWS) {
        listFlows(client);
      } else {
        Message answer =
            command == Command.PCAP_START ? startCapture(client) : ask(client, command);
        print(command, answer);
        checkSuccess(answer);
      }
    }
  }

  private Path socket() throws IOException {
    if (invocation.socket().isPresent()) {
      return invocation.socket().get();
    }
    return new ControlSockets(Path.of("/proc"), new Credentials().user())
        .meant(Optional.ofNullable(System.getenv(ControlSockets.VARIABLE)));
  }

  private Message ask(ControlClient client, Command command) throws IOException {
    List<String> words = invocation.arguments();
    Message request = Message.request(command);
    if (invocation.has(Verb.OPEN_METRICS)) {
      request.with("format", new JsonPrimitive("openmetrics"));
    }
    return switch (command.argument()) {
      case NONE, PART, FORMAT -> client.ask(request);
      case FILE, CAPTURE ->
          client.ask(request, command.file().orElseThrow(), Path.of(words.getFirst()));
      case RULES -> client.ask(request.with("rules", rules(words)));
      case LEVEL -> {
        words.forEach(level -> request.with("level", new JsonPrimitive(level)));
        yield client.ask(request);
      }
      case CACHE -> {
        if (!words.isEmpty()) {
          request.with("kind", new JsonPrimitive(words.getFirst()));
          request.with("choice", new JsonPrimitive(words.getLast()));
        }
        yield client.ask(request);
      }
    };
  }

  /** The back-end doesn't learn the file's name, which says what the format is. */
  private Message startCapture(ControlClient client) throws IOException {
    Path file = Path.of(invocation.arguments().getFirst());
    Message request = Message.request(Command.PCAP_START);
    String format = invocation.value(Verb.CAPTURE_FORMAT).orElse(CaptureFormat.of(file).id());
    if (!format.equals(CaptureFormat.PCAP.id())) {
      request.with("format", new JsonPrimitive(format));
    }
    Optional<String> asked = invocation.value(Verb.CAPTURE_RING);
    if (asked.isEmpty()) {
      return client.ask(request, OperatorFile.Use.OVERWRITE, file);
    }
    String ring = asked.get();
    CaptureRing parsed =
        CaptureRing.parse(ring)
            .orElseThrow(() -> new IOException("--ring " + ring + ": " + CaptureRing.LIMITS));
    request.with("ring", new JsonPrimitive(ring));
    return client.ask(request, OperatorFile.Use.OVERWRITE, parsed.paths(file));
  }

  private static JsonArray rules(List<String> words) throws IOException {
    JsonArray rules = new JsonArray();
    String protocol = "";
    for (String word : words) {
      if (word.equals("tcp") || word.equals("udp")) {
        protocol = word;
      } else if (protocol.isEmpty()) {
        throw new IOException("say tcp or udp before " + word);
      } else {
        JsonObject rule = new JsonObject();
        rule.addProperty("protocol", protocol);
        rule.addProperty("spec", word);
        rules.add(rule);
      }
    }
    return rules;
  }

  private void listFlows(ControlClient client) throws IOException {
    List<JsonObject> flows = Sample.flows(client);
    if (invocation.has(Verb.JSON)) {
      JsonArray all = new JsonArray();
      flows.forEach(all::add);
      JsonObject answer = new JsonObject();
      answer.addProperty("ok", true);
      answer.addProperty("version", Message.VERSION);
      answer.add("flows", all);
      out.println(answer);
    } else {
      Views.flows(flows.stream().map(FlowLine::of).toList()).forEach(out::println);
    }
  }

  private void print(Command command, Message answer) {
    if (invocation.has(Verb.JSON)) {
      out.println(answer.content());
      return;
    }
    if (answer.text("error").isPresent()) {
      Views.results(answer).forEach(out::println);
      return;
    }
    switch (command) {
      case STATS -> printStats(answer);
      case FORWARD_LIST -> Views.rules(answer).forEach(out::println);
      case FORWARD_ADD, FORWARD_DELETE, FORWARD_REPLACE, FORWARD_CLEAR ->
          Views.results(answer).forEach(out::println);
      case PCAP_STOP ->
          out.println(
              answer.content().get("frames").getAsString()
                  + " frames"
                  + (answer.content().get("complete").getAsBoolean()
                      ? ""
                      : ", of which not all could be written"));
      case MIGRATE_CACHE -> Views.cache(answer).forEach(out::println);
      case LOG_LEVEL -> out.println(answer.text("level").orElse(""));
      default -> {
        // Nothing to tell: it is done.
      }
    }
  }

  private void printStats(Message answer) {
    if (invocation.has(Verb.OPEN_METRICS)) {
      out.print(answer.text("openmetrics").orElse(""));
      out.flush();
    } else {
      Views.stats(answer).forEach(out::println);
    }
  }

  private void checkSuccess(Message answer) throws IOException {
    Optional<String> error = answer.text("error");
    if (error.isPresent()) {
      throw new IOException(invocation.text() + ": " + error.get());
    }
  }

  /**
   * An answer that says that all went well.
   *
   * @throws IOException with what it says otherwise
   */
  static Message successful(Message answer) throws IOException {
    Optional<String> error = answer.text("error");
    if (error.isPresent()) {
      throw new IOException(error.get());
    }
    return answer;
  }

  private void show(Path file) throws IOException {
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ);
        Arena arena = Arena.ofConfined()) {
      StreamReport.lines(StateStream.read(channel, arena)).forEach(out::println);
    } catch (NoSuchFileException e) {
      throw new FileNotFoundException(file + ": no such file");
    }
  }
}
