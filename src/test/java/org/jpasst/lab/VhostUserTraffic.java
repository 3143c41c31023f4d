package org.jpasst.lab;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.regex.Matcher;

/**
 * What a vhost-user front-end of the lab has counted since it connected.
 *
 * @param kicks notifications to the back-end
 * @param interrupts notifications from the back-end
 * @param sent by the guest
 * @param received by the guest
 * @param refused frames from the back-end that the guest's kernel did not take
 */
public record VhostUserTraffic(
    long kicks, long interrupts, Frames sent, Frames received, long refused) {
  private static final String FRAMES = " (\\d+) (\\d+) (\\d+)";
  private static final String TOTALS =
      "kicks (\\d+) interrupts (\\d+) sent" + FRAMES + " received" + FRAMES + " refused (\\d+)";
  private static final Duration ANSWER = Duration.ofSeconds(10);

  /**
   * Frames in one direction.
   *
   * @param count how many
   * @param bytes in all, without virtio-net headers
   * @param uncut how many of them are to be cut into packets further on
   */
  public record Frames(long count, long bytes, long uncut) {
    private static Frames of(Matcher totals, int group) {
      return new Frames(
          number(totals, group), number(totals, group + 1), number(totals, group + 2));
    }
  }

  static VhostUserTraffic ask(LabProcess frontEnd) {
    int before = frontEnd.lineCount();
    try {
      frontEnd.input().write('\n');
      frontEnd.input().flush();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    Matcher totals = frontEnd.awaitLine(before, TOTALS, ANSWER);
    return new VhostUserTraffic(
        number(totals, 1),
        number(totals, 2),
        Frames.of(totals, 3),
        Frames.of(totals, 6),
        number(totals, 9));
  }

  private static long number(Matcher totals, int group) {
    return Long.parseLong(totals.group(group));
  }
}
