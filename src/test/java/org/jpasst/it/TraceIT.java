package org.jpasst.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jpasst.lab.BackEnd;
import org.jpasst.lab.Lab;
import org.jpasst.lab.LabTest;
import org.junit.jupiter.api.Test;

/** What an operator sees of single packets in the log. */
@LabTest
final class TraceIT {
  private static final String PROBE =
      "from guest: ARP request 0\\.0\\.0\\.0 > 192\\.0\\.2\\.2, 42 bytes";
  private static final Duration SOON = Duration.ofSeconds(20);

  private static void exchange(BackEnd backEnd) {
    try (FrameGuest guest = FrameGuest.connect(backEnd.socket())) {
      guest.datagram(FrameGuest.ADDRESS4, 5001, FrameGuest.REMOTE4, 5002, new byte[100]);
      guest.datagram(FrameGuest.ADDRESS6, 5001, FrameGuest.REMOTE6, 5002, new byte[100]);
      guest.settle();
    }
  }

  @Test
  void eachPacketIsALineWithTrace() {
    try (Lab lab = Lab.open();
        BackEnd backEnd = BackEnd.start(lab, "--trace")) {
      exchange(backEnd);
      backEnd
          .process()
          .awaitLine("from guest: UDP 192\\.0\\.2\\.1:5001 > .*:5002, 142 bytes", SOON);
      backEnd.process().awaitLine("from guest: UDP \\[.*\\]:5001 > \\[.*\\]:5002, 162 bytes", SOON);
      backEnd.process().awaitLine(PROBE, SOON);
      backEnd.process().awaitLine("to guest: ARP reply 192\\.0\\.2\\.2 > .*, 42 bytes", SOON);
    }
  }

  @Test
  void noPacketIsALineWithDebugUntilAnOperatorAsksForIt() {
    try (Lab lab = Lab.open()) {
      List<String> options = new ArrayList<>(BackEnd.controlOption(lab));
      options.add("--debug");
      try (BackEnd backEnd = BackEnd.start(lab, options.toArray(String[]::new))) {
        exchange(backEnd);
        assertThat(backEnd.process().output()).doesNotContain("guest: ARP", "guest: UDP");
        BackEnd.control(lab, "log", "level", "trace");
        exchange(backEnd);
        backEnd.process().awaitLine(PROBE, SOON);
      }
    }
  }
}
