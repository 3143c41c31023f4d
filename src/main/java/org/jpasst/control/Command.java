package org.jpasst.control;

import java.util.Arrays;
import java.util.Optional;
import java.util.Set;
import org.jpasst.control.file.OperatorFile;

/**
 * What the operator can ask for, in the order of passtctl's usage text. docs/control.md tells of
 * requests and answers.
 */
public enum Command {
  FLOWS("flows", Argument.PART, "list the guest's flows"),
  STATS("stats", Argument.FORMAT, "show what was counted: frames, bytes, what was dropped and why"),
  FORWARD_LIST("forward list", Argument.NONE, "list the forwarding rules"),
  FORWARD_ADD("forward add", Argument.RULES, "add rules, all or none"),
  FORWARD_DELETE(
      "forward delete", Argument.RULES, "delete rules, as forward list shows them, all or none"),
  FORWARD_REPLACE("forward replace", Argument.RULES, "replace all rules by these, all or none"),
  FORWARD_CLEAR("forward clear", Argument.NONE, "delete all rules"),
  PCAP_START(
      "pcap start",
      Argument.CAPTURE,
      Optional.of(OperatorFile.Use.OVERWRITE),
      "record the guest's packets to FILE; as pcapng, with reasons for drops, if its name ends so"),
  PCAP_STOP("pcap stop", Argument.NONE, "record no more"),
  LOG_LEVEL(
      "log level",
      Argument.LEVEL,
      "show the log level, or set it: error, warning, info, debug, trace"),
  QUIT("quit", Argument.NONE, "end the back-end"),
  MIGRATE_PREPARE(
      "migrate prepare",
      Argument.NONE,
      "get ready: the guest, which still runs, will soon move from here or to here"),
  MIGRATE_PAUSE(
      "migrate pause",
      Argument.NONE,
      "handle what the guest, which stands still, has sent, and nothing more"),
  MIGRATE_SAVE(
      "migrate save",
      OperatorFile.Use.REPLACE,
      "stop its connections and write their state to FILE"),
  MIGRATE_LOAD(
      "migrate load", OperatorFile.Use.READ, "take over the connections whose state is in FILE"),
  MIGRATE_CACHE(
      "migrate cache",
      Argument.CACHE,
      "show what is cached for a guest that stands still, or switch it for a kind of traffic"),
  MIGRATE_RESUME("migrate resume", Argument.NONE, "let the guest go on here"),
  MIGRATE_CANCEL("migrate cancel", Argument.NONE, "the same, after a save that led nowhere");

  /** What goes with a command: members of a request, words behind passtctl's. */
  public enum Argument {
    NONE(""),
    /** Which of what there is; passtctl asks for all. */
    PART("", "from", "limit"),
    /** How the answer is to be written; passtctl has options for it. */
    FORMAT("", Request.FORMAT),
    /** {@link Request#PATH} or a descriptor that is passed along. */
    FILE("FILE", Request.PATH),
    /** The same with the capture's format, and how much of it is kept. */
    CAPTURE("FILE", Request.PATH, Request.FORMAT, Request.RING),
    RULES("tcp|udp SPEC...", Request.RULES),
    LEVEL("[LEVEL]", "level"),
    /** A kind of traffic, and what becomes of it; both or neither. */
    CACHE("[KIND on|off|auto]", CacheCommand.KIND, CacheCommand.CHOICE);

    private final String words;
    private final Set<String> members;

    Argument(String words, String... members) {
      this.words = words;
      this.members = Set.of(members);
    }

    /** Its words, for people; may be empty. */
    public String words() {
      return words;
    }
  }

  private final String text;
  private final Argument argument;
  private final Optional<OperatorFile.Use> file;
  private final String description;

  Command(String text, Argument argument, String description) {
    this(text, argument, Optional.empty(), description);
  }

  Command(String text, OperatorFile.Use file, String description) {
    this(text, Argument.FILE, Optional.of(file), description);
  }

  Command(String text, Argument argument, Optional<OperatorFile.Use> file, String description) {
    this.text = text;
    this.argument = argument;
    this.file = file;
    this.description = description;
  }

  /** As the socket and passtctl have it. */
  public String text() {
    return text;
  }

  /** What goes with it. */
  public Argument argument() {
    return argument;
  }

  /** What it does with the file that goes with it, if one does. */
  public Optional<OperatorFile.Use> file() {
    return file;
  }

  /** What it does, for people. */
  public String description() {
    return description;
  }

  /** Whether a request for it may have a member of this name. */
  boolean takes(String member) {
    return argument.members.contains(member);
  }

  /** The command of a text. */
  static Optional<Command> of(String text) {
    return Arrays.stream(values()).filter(each -> each.text.equals(text)).findFirst();
  }
}
