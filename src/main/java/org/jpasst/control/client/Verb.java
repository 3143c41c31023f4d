package org.jpasst.control.client;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.jpasst.control.Command;

/** What passtctl does, in the order of its usage text. */
public enum Verb {
  /** The flow table. */
  FLOWS("flows", Arguments.NONE, Command.FLOWS, "list the guest's flows"),
  /** The flow table, live. */
  TOP(
      "top",
      Arguments.NONE,
      Command.FLOWS,
      "show the flows by rate, every second anew; ends with q"),
  /** The counters. */
  STATS(
      "stats",
      Arguments.NONE,
      Command.STATS,
      "tell what was counted: frames, bytes, what was dropped and why"),
  /** The forwarding rules. */
  FORWARD_LIST("forward list", Arguments.NONE, Command.FORWARD_LIST, "list the forwarding rules"),
  /** More of them. */
  FORWARD_ADD("forward add", Arguments.RULES, Command.FORWARD_ADD, "add rules, all or none"),
  /** Less of them. */
  FORWARD_DELETE(
      "forward delete",
      Arguments.RULES,
      Command.FORWARD_DELETE,
      "delete rules, as forward list shows them, all or none"),
  /** Others. */
  FORWARD_REPLACE(
      "forward replace",
      Arguments.RULES,
      Command.FORWARD_REPLACE,
      "put these rules in place of all there are, or leave those"),
  /** None. */
  FORWARD_CLEAR("forward clear", Arguments.NONE, Command.FORWARD_CLEAR, "delete all rules"),
  /** A capture begins. */
  PCAP_START(
      "pcap start", Arguments.FILE, Command.PCAP_START, "record the guest's packets to FILE"),
  /** It ends. */
  PCAP_STOP("pcap stop", Arguments.NONE, Command.PCAP_STOP, "record no more"),
  /** What is logged. */
  LOG_LEVEL(
      "log level",
      Arguments.LEVEL,
      Command.LOG_LEVEL,
      "tell what is logged, or log from LEVEL on: error, warning, info, debug, trace"),
  /** The end. */
  QUIT("quit", Arguments.NONE, Command.QUIT, "end the back-end"),
  /** A migration will come. */
  MIGRATE_PREPARE(
      "migrate prepare",
      Arguments.NONE,
      Command.MIGRATE_PREPARE,
      "the guest, which still runs, will move soon, from here or to here: get ready"),
  /** The guest stands still. */
  MIGRATE_PAUSE(
      "migrate pause",
      Arguments.NONE,
      Command.MIGRATE_PAUSE,
      "the guest stands still: handle what it has sent, and nothing more"),
  /** Its state is written. */
  MIGRATE_SAVE(
      "migrate save",
      Arguments.FILE,
      Command.MIGRATE_SAVE,
      "stop its connections and write their state to FILE"),
  /** Its state is read. */
  MIGRATE_LOAD(
      "migrate load",
      Arguments.FILE,
      Command.MIGRATE_LOAD,
      "go on with the connections whose state is in FILE"),
  /** It goes on. */
  MIGRATE_RESUME(
      "migrate resume", Arguments.NONE, Command.MIGRATE_RESUME, "the guest goes on here"),
  /** It goes on. */
  MIGRATE_CANCEL(
      "migrate cancel",
      Arguments.NONE,
      Command.MIGRATE_CANCEL,
      "the same, after a save that led nowhere"),
  /** A state is shown; no back-end is asked. */
  MIGRATE_SHOW("migrate show", Arguments.FILE, "print the state in FILE");

  /** What follows a verb. */
  enum Arguments {
    NONE(""),
    FILE("FILE"),
    RULES("tcp|udp SPEC..."),
    LEVEL("[LEVEL]");

    private final String text;

    Arguments(String text) {
      this.text = text;
    }

    boolean allow(List<String> words) {
      return switch (this) {
        case NONE -> words.isEmpty();
        case FILE -> words.size() == 1;
        case RULES -> words.size() > 1;
        case LEVEL -> words.size() < 2;
      };
    }
  }

  private final String words;
  private final Arguments arguments;
  private final Optional<Command> command;
  private final String description;

  Verb(String words, Arguments arguments, Command command, String description) {
    this.words = words;
    this.arguments = arguments;
    this.command = Optional.of(command);
    this.description = description;
  }

  Verb(String words, Arguments arguments, String description) {
    this.words = words;
    this.arguments = arguments;
    command = Optional.empty();
    this.description = description;
  }

  /** The words that name it. */
  public String words() {
    return words;
  }

  /** What follows them, for people; may be empty. */
  public String arguments() {
    return arguments.text;
  }

  /** What it does, for people. */
  public String description() {
    return description;
  }

  /** What it asks the back-end for; empty where it asks none. */
  public Optional<Command> command() {
    return command;
  }

  /** The words that follow it. */
  List<String> argumentsOf(List<String> given) {
    return given.subList(words.split(" ").length, given.size());
  }

  /** The verb of a command line, if there is one that takes what follows. */
  static Optional<Verb> of(List<String> given) {
    return Arrays.stream(values()).filter(each -> each.matches(given)).findFirst();
  }

  private boolean matches(List<String> given) {
    List<String> own = List.of(words.split(" "));
    return given.size() >= own.size()
        && given.subList(0, own.size()).equals(own)
        && arguments.allow(argumentsOf(given));
  }
}
