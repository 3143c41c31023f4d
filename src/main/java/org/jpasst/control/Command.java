package org.jpasst.control;

import java.util.Arrays;
import java.util.Optional;
import java.util.Set;
import org.jpasst.control.file.OperatorFile;

/** What the operator can ask for, and with what. docs/control.md tells of requests and answers. */
public enum Command {
  /** Some of the guest's flows, from {@code from} on. */
  FLOWS("flows", "from", "limit"),
  /** The counters. */
  STATS("stats"),
  /** The forwarding rules in force. */
  FORWARD_LIST("forward list"),
  /** More rules. */
  FORWARD_ADD("forward add", Request.RULES),
  /** Without some of the rules. */
  FORWARD_DELETE("forward delete", Request.RULES),
  /** These rules, and no others. */
  FORWARD_REPLACE("forward replace", Request.RULES),
  /** No rules. */
  FORWARD_CLEAR("forward clear"),
  /** Record all frames to the descriptor passed along, or to {@code path}. */
  PCAP_START("pcap start", OperatorFile.Use.OVERWRITE),
  /** Record no more. */
  PCAP_STOP("pcap stop"),
  /** Tell the least grave level of messages that is written, or change it to {@code level}. */
  LOG_LEVEL("log level", "level"),
  /** End. */
  QUIT("quit"),
  /** A migration is about to begin: get ready while the guest runs. */
  MIGRATE_PREPARE("migrate prepare"),
  /** Handle what the guest has sent, and nothing more. */
  MIGRATE_PAUSE("migrate pause"),
  /** Write the state to the descriptor passed along, or to {@code path}. */
  MIGRATE_SAVE("migrate save", OperatorFile.Use.REPLACE),
  /** Read a state from the descriptor passed along, or from {@code path}. */
  MIGRATE_LOAD("migrate load", OperatorFile.Use.READ),
  /** Go on here. */
  MIGRATE_RESUME("migrate resume"),
  /** Go on here, though the state was saved. */
  MIGRATE_CANCEL("migrate cancel");

  private final String text;
  private final Set<String> members;
  private final Optional<OperatorFile.Use> file;

  Command(String text, String... members) {
    this.text = text;
    this.members = Set.of(members);
    file = Optional.empty();
  }

  Command(String text, OperatorFile.Use file) {
    this.text = text;
    members = Set.of(Request.PATH);
    this.file = Optional.of(file);
  }

  /** As the socket has it. */
  public String text() {
    return text;
  }

  /** What it does with the file that goes with it, if one does. */
  public Optional<OperatorFile.Use> file() {
    return file;
  }

  /** Whether a request for it may have a member of this name. */
  boolean takes(String member) {
    return members.contains(member);
  }

  /** The command of a text. */
  static Optional<Command> of(String text) {
    return Arrays.stream(values()).filter(each -> each.text.equals(text)).findFirst();
  }
}
