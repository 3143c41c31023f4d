package org.jpasst.bench;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jpasst.lab.Answer;
import org.jpasst.lab.LabProcess;
import org.jpasst.lab.LabTree;
import org.jpasst.lab.NetworkNamespace;

/** A ping each 10 ms; what it saw is known when it ends. */
final class PingProbe implements Probe {
  private static final Duration SOON = Duration.ofSeconds(20);
  private static final String EVERY = "0.01";
  private static final Pattern REPLY = Pattern.compile("^\\[([0-9.]+)\\] .* icmp_seq=([0-9]+) ");
  private static final Pattern SENT = Pattern.compile("^([0-9]+) packets transmitted");

  /** The number is of 16 bits, and begins with 1. */
  private static final int NUMBERS = 1 << 16;

  private final LabProcess ping;

  private PingProbe(LabProcess ping) {
    this.ping = ping;
  }

  static PingProbe start(NetworkNamespace from, String to) {
    List<String> command = List.of("ping", "-n", "-D", "-i", EVERY, to);
    PingProbe probe = new PingProbe(from.start(LabTree.testing().inside(command)));
    probe.ping.awaitLine(REPLY.pattern(), SOON);
    return probe;
  }

  @Override
  public long sent() {
    return ping.output()
        .lines()
        .map(SENT::matcher)
        .filter(Matcher::find)
        .mapToLong(each -> Long.parseLong(each.group(1)))
        .findFirst()
        .orElse(0);
  }

  /** Its output is looked at in the end. */
  @Override
  public void awaitArrival() {
    int lines = ping.lineCount();
    ping.awaitLine(lines, REPLY.pattern(), SOON);
  }

  @Override
  public List<Answer> stop() {
    ping.signal("INT");
    ping.awaitExit(SOON);
    Instant now = Instant.now();
    double epoch = now.getEpochSecond() + now.getNano() / 1e9;
    return answers(ping.output(), epoch, System.nanoTime());
  }

  /**
   * Of ping's output.
   *
   * @param epoch a moment in seconds of the clock of all
   * @param nanos the same moment as System.nanoTime() has it
   */
  static List<Answer> answers(String output, double epoch, long nanos) {
    List<Answer> answers = new ArrayList<>();
    BitSet seen = new BitSet();
    long known = 0;
    long again = 0;
    long behind = 0;
    for (String line : output.lines().toList()) {
      Matcher reply = REPLY.matcher(line);
      if (reply.find()) {
        // Numbers begin anew after 65,535: the next one is near the highest.
        int low = Integer.parseInt(reply.group(2)) - 1;
        long number = known + (short) (low - known % NUMBERS);
        again += seen.get((int) number) ? 1 : 0;
        seen.set((int) number);
        behind += number < known ? 1 : 0;
        long jump = Math.max(0, number - known);
        known = Math.max(known, number + 1);
        long at = nanos - Math.round((epoch - Double.parseDouble(reply.group(1))) * 1e9);
        answers.add(new Answer(at, known, seen.cardinality(), again, behind, jump));
      }
    }
    return answers;
  }

  @Override
  public void close() {
    ping.close();
  }
}
