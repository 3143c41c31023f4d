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
import org.jpasst.migrate.stream.StateStream;
import org.jpasst.migrate.stream.StreamReport;

/**
 * The operator's program: {@code passtctl -s PATH [--json] VERB...}, see {@link Verb}. Ends with
 * status 0, or with 1 and one line on standard error.
 */
public final class PasstCtl {
  private final CommandLine line;
  private final PrintStream out;

  private PasstCtl(CommandLine line, PrintStream out) {
    this.line = line;
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
    Optional<CommandLine> line = CommandLine.parse(arguments);
    if (line.isPresent() && line.get().help()) {
      Usage.lines().forEach(out::println);
      return 0;
    }
    Optional<Verb> verb = line.map(CommandLine::words).flatMap(Verb::of);
    boolean aims = verb.isPresent() && (verb.get().command().isEmpty() || hasSocket(line));
    if (!aims || verb.get().equals(Verb.TOP) && line.get().json()) {
      Usage.lines().forEach(err::println);
      return 1;
    }
    try {
      new PasstCtl(line.get(), out).run(verb.get());
      return 0;
    } catch (IOException e) {
      err.println("passtctl: " + e.getMessage());
      return 1;
    }
  }

  private static boolean hasSocket(Optional<CommandLine> line) {
    return line.flatMap(CommandLine::socket).isPresent();
  }

  private void run(Verb verb) throws IOException {
    List<String> words = verb.argumentsOf(line.words());
    if (verb.command().isEmpty()) {
      show(Path.of(words.getFirst()));
      return;
    }
    Command command = verb.command().get();
    try (ControlClient client = new ControlClient(line.socket().orElseThrow())) {
      if (verb.equals(Verb.TOP)) {
        new Top(client, out).run();
      } else if (command == Command.FLOWS) {
        listFlows(client);
      } else {
        Message answer =
            command == Command.PCAP_START
                ? startCapture(client, Path.of(words.getFirst()))
                : ask(client, command, words);
        print(command, answer);
        checkSuccess(line.words(), answer);
      }
    }
  }

  private static Message ask(ControlClient client, Command command, List<String> words)
      throws IOException {
    Message request = Message.request(command);
    return switch (command.argument()) {
      case NONE, PART -> client.ask(request);
      case FILE, CAPTURE ->
          client.ask(request, command.file().orElseThrow(), Path.of(words.getFirst()));
      case RULES -> client.ask(request.with("rules", rules(words)));
      case LEVEL -> {
        words.forEach(level -> request.with("level", new JsonPrimitive(level)));
        yield client.ask(request);
      }
    };
  }

  /** The back-end doesn't learn the file's name, which says what the format is. */
  private Message startCapture(ControlClient client, Path file) throws IOException {
    Message request = Message.request(Command.PCAP_START);
    String format = line.format().orElse(CaptureFormat.of(file).id());
    if (!format.equals(CaptureFormat.PCAP.id())) {
      request.with("format", new JsonPrimitive(format));
    }
    if (line.ring().isEmpty()) {
      return client.ask(request, OperatorFile.Use.OVERWRITE, file);
    }
    String ring = line.ring().get();
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
    if (line.json()) {
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
    if (line.json()) {
      out.println(answer.content());
      return;
    }
    if (answer.text("error").isPresent()) {
      Views.results(answer).forEach(out::println);
      return;
    }
    switch (command) {
      case STATS -> Views.stats(answer).forEach(out::println);
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
      case LOG_LEVEL -> out.println(answer.text("level").orElse(""));
      default -> {
        // Nothing to tell: it is done.
      }
    }
  }

  private static void checkSuccess(List<String> words, Message answer) throws IOException {
    Optional<String> error = answer.text("error");
    if (error.isPresent()) {
      throw new IOException(String.join(" ", words) + ": " + error.get());
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
