package org.jpasst.control.client;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jpasst.config.CaptureRing;
import org.jpasst.control.Command;

/**
 * What passtctl does: the commands that there are, and two things of its own.
 *
 * @param words that name it
 * @param argument what follows them
 * @param command what it asks the back-end for; empty where it asks none
 * @param options of its own
 * @param description what it does, for people
 * @param details lines for who asks for its help
 */
record Verb(
    String words,
    Command.Argument argument,
    Optional<Command> command,
    List<Option> options,
    String description,
    List<String> details) {

  /**
   * An option of a verb.
   *
   * @param name with its dashes
   * @param argument as the usage text calls it; empty for a flag
   */
  record Option(String name, String argument, String description) {
    boolean takesArgument() {
      return !argument.isEmpty();
    }
  }

  static final Option JSON =
      new Option("--json", "", "print the answers as they are, one JSON object per line");

  static final Option OPEN_METRICS =
      new Option("--openmetrics", "", "print everything as OpenMetrics text, for Prometheus");

  static final Option CAPTURE_FORMAT =
      new Option("--format", "pcap|pcapng", "the file's format, if FILE's name doesn't tell");

  static final Option CAPTURE_RING =
      new Option(
          "--ring",
          CaptureRing.SYNTAX,
          "keep only the last MIB of packets, in FILES files in turn, 4 by default");

  static final Verb TOP =
      new Verb(
          "top",
          Command.Argument.NONE,
          Optional.of(Command.FLOWS),
          List.of(),
          "show the flows by rate, refreshed every second; h shows the keys, q quits",
          TopKeys.lines());

  static final Verb MIGRATE_SHOW =
      new Verb(
          "migrate show",
          Command.Argument.FILE,
          Optional.empty(),
          List.of(),
          "print the state in FILE",
          List.of());

  private static final List<String> FLOWS_DETAILS =
      List.of(
          "Of TCP, from the socket on the host's side and from our side towards the guest,",
          "both in this order, as HOST/GUEST:",
          "  RTT      smoothed round-trip time",
          "  CWND     congestion window in bytes",
          "  RETRANS  segments, and on the guest's side times, that data was sent again",
          "  QUEUED   bytes that the peer, or the guest, has yet to acknowledge",
          "  UNREAD   bytes from the peer that the guest hasn't acknowledged, or been sent;",
          "           and from the guest, that the socket had no room for");

  private static final List<String> SPEC_DETAILS =
      List.of(
          "SPEC is that of passt's -t and -u: [ADDRESS][%INTERFACE]/PORTS, or PORTS alone.",
          "  passtctl forward add tcp 2222:22 udp 53",
          "  passtctl forward delete tcp 127.0.0.1/8080:80");

  /** All, in the order of the usage text. */
  static List<Verb> all() {
    List<Verb> verbs = new ArrayList<>();
    for (Command each : Command.values()) {
      verbs.add(of(each));
      if (each == Command.STATS) {
        verbs.add(TOP);
      }
    }
    verbs.add(MIGRATE_SHOW);
    return verbs;
  }

  private static Verb of(Command command) {
    List<Option> options =
        switch (command) {
          case STATS -> List.of(JSON, OPEN_METRICS);
          case PCAP_START -> List.of(JSON, CAPTURE_FORMAT, CAPTURE_RING);
          default -> List.of(JSON);
        };
    List<String> details =
        command.argument() == Command.Argument.RULES
            ? SPEC_DETAILS
            : command == Command.FLOWS ? FLOWS_DETAILS : List.of();
    return new Verb(
        command.text(),
        command.argument(),
        Optional.of(command),
        options,
        command.description(),
        details);
  }
}
