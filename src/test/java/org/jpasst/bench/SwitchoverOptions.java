package org.jpasst.bench;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.jpasst.lab.SwitchedGuest.Attachment;
import picocli.CommandLine.Option;

/** What the command line of {@link SwitchoverLoss} asks for. */
final class SwitchoverOptions {
  @Option(names = "--moves", description = "how often the guest moves for each flow (default: 20)")
  private int moves = 20;

  @Option(
      names = "--rates",
      split = ",",
      description = "of datagrams a second (default: 1000,10000,50000)")
  private List<Integer> rates = List.of(1_000, 10_000, 50_000);

  @Option(
      names = "--arms",
      split = ",",
      description = "of cache, off, tap and late (default: cache,off,tap)")
  private List<String> known = List.of("cache", "off", "tap");

  @Option(
      names = "--arm",
      paramLabel = "LABEL=WORD,WORD,...",
      description =
          "one more, with these options of its back-ends; an underscore of its label is a space;"
              + " HERE and THERE are the directories of both hosts")
  private List<String> more = new ArrayList<>();

  @Option(
      names = "--options",
      split = ",",
      paramLabel = "WORD",
      description = "more options of all back-ends")
  private List<String> common = new ArrayList<>();

  @Option(
      names = "--silent",
      description = "the guest only answers; else it pings the peer ten times a second, too")
  private boolean silent;

  @Option(names = "--without-tcp", description = "datagrams and pings only")
  private boolean withoutTcp;

  @Option(names = "--output", description = "directory of what is written (default: target/bench)")
  private Path output = Path.of("target", "bench");

  @Option(
      names = {"-h", "--help"},
      usageHelp = true,
      description = "tells the options")
  private boolean help;

  /**
   * A way for the guest to be attached.
   *
   * @param options of its back-ends, if it has one
   */
  record Arm(String label, Attachment attachment, List<String> options) {}

  int moves() {
    return moves;
  }

  boolean silent() {
    return silent;
  }

  Path output() {
    return output;
  }

  /** What is measured side by side. */
  List<Arm> arms() {
    return Stream.concat(known.stream().map(this::known), more.stream().map(this::labelled))
        .toList();
  }

  private Arm known(String name) {
    return switch (name) {
      case "cache" -> backEnd("jpasst, packet cache", List.of("--packet-cache", "auto"));
      case "off" -> backEnd("jpasst, no cache", List.of("--packet-cache", "off"));
      case "late" ->
          backEnd(
              "jpasst, late frames",
              List.of("--late-frames-to", "THERE/late", "--late-frames-from", "HERE/late"));
      case "tap" -> new Arm("QEMU's tap", Attachment.QEMU_TAP, List.of());
      default -> throw new IllegalArgumentException("no such arm: " + name);
    };
  }

  private Arm labelled(String text) {
    int equals = text.indexOf('=');
    String label = text.substring(0, equals).replace('_', ' ');
    return backEnd(label, Arrays.asList(text.substring(equals + 1).split(",")));
  }

  private Arm backEnd(String label, List<String> own) {
    List<String> all = Stream.concat(own.stream(), common.stream()).toList();
    return new Arm(label, Attachment.VHOST_USER, all);
  }

  /** All flows. */
  List<SwitchoverFlow> flows() {
    return runs().stream().flatMap(List::stream).toList();
  }

  /** Flows that are measured together: the slow ones beside the slowest datagrams. */
  List<List<SwitchoverFlow>> runs() {
    List<List<SwitchoverFlow>> runs = new ArrayList<>();
    for (int rate : rates) {
      List<SwitchoverFlow> run = new ArrayList<>();
      run.add(new SwitchoverFlow(SwitchoverFlow.Kind.DATAGRAMS, rate));
      if (runs.isEmpty()) {
        run.add(new SwitchoverFlow(SwitchoverFlow.Kind.PING, 0));
        if (!withoutTcp) {
          run.add(new SwitchoverFlow(SwitchoverFlow.Kind.BYTES, 0));
        }
      }
      runs.add(run);
    }
    if (!withoutTcp) {
      runs.add(List.of(new SwitchoverFlow(SwitchoverFlow.Kind.STREAM, 0)));
    }
    return runs;
  }
}
