package org.jpasst.it;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonParser;
import java.time.Duration;
import java.util.List;
import java.util.regex.Matcher;
import org.jpasst.lab.Alone;
import org.jpasst.lab.Await;
import org.jpasst.lab.BackEnd;
import org.jpasst.lab.CProgram;
import org.jpasst.lab.Lab;
import org.jpasst.lab.LabProcess;
import org.jpasst.lab.LabTest;
import org.jpasst.lab.TapGuest;
import org.junit.jupiter.api.Test;

/** Connections of a kernel that are opened, used and closed leave nothing of themselves. */
@LabTest
@Alone
final class ConnectionChurnIT {
  /** How many; 1,000,000 by hand. */
  private static final long CONNECTIONS = Long.getLong("jpasst.connections", 15_000);

  private static final long WARM_UP = Math.min(CONNECTIONS, 100_000);
  private static final int PORT = 5001;
  private static final int MTU = 1500;
  private static final int SECONDS_A_ROUND = 3;

  /** Growth that is none: the runtime's own memory moves by that. */
  private static final double MOST_GROWTH = 1.15;

  private static final Duration SOON = Duration.ofSeconds(60);

  @Test
  void connectionsThatCameAndWentLeaveNothing() {
    try (Lab lab = Lab.open();
        BackEnd backEnd = BackEnd.start(lab, BackEnd.controlOption(lab).toArray(String[]::new));
        TapGuest guest = TapGuest.connect(lab, backEnd.socket(), MTU).configure("cubic");
        LabProcess server =
            lab.remote()
                .start(
                    List.of(
                        CProgram.TRAFFIC.binary().toString(),
                        "tcp-serve",
                        Integer.toString(PORT)))) {
      server.awaitLine("ready", SOON);
      LabProcess process = backEnd.process();
      process.awaitLine("guest connected", SOON); // all that it opens is open
      int idle = process.descriptors();
      churn(guest, WARM_UP);
      Await.atMost("descriptors", idle, SOON, process::descriptors);
      int resident = process.residentKibibytes();

      long ended = churn(guest, CONNECTIONS);

      Await.atMost("descriptors", idle, SOON, process::descriptors);
      Await.until("no flow", SOON, () -> live(lab) == 0);
      int after = process.residentKibibytes();
      System.out.printf("%d connections: %d KiB before, %d after%n", ended, resident, after);
      assertThat((double) after / resident).isLessThan(MOST_GROWTH);
    }
  }

  private static long live(Lab lab) {
    return JsonParser.parseString(BackEnd.control(lab, "--json", "stats"))
        .getAsJsonObject()
        .getAsJsonObject("flows")
        .getAsJsonObject("tcp")
        .get("live")
        .getAsLong();
  }

  /** Connects and closes at least so many times; returns how often. */
  private static long churn(TapGuest guest, long connections) {
    long ended = 0;
    while (ended < connections) {
      try (LabProcess client =
          guest
              .namespace()
              .start(
                  List.of(
                      CProgram.CHURN.binary().toString(),
                      Lab.REMOTE4,
                      "1",
                      Integer.toString(PORT),
                      Integer.toString(SECONDS_A_ROUND),
                      "64",
                      "0"))) {
        Matcher result = client.awaitLine("connections (\\d+) seconds \\S+ failed (\\d+)", SOON);
        assertThat(result.group(2)).as("failed").isEqualTo("0");
        ended += Long.parseLong(result.group(1));
      }
    }
    return ended;
  }
}
