package org.jpasst.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import java.lang.management.ManagementFactory;
import org.junit.jupiter.api.Test;

final class CpuClockTest {
  @Test
  void tellsTheTimeOfTheWholeProcess() {
    var system =
        (com.sun.management.OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
    CpuClock clock = new CpuClock(ProcessHandle.current().pid());
    double before = system.getProcessCpuTime() / 1e9;
    double told = clock.seconds();
    // The bean's figure is a count of ticks of 10 ms, each of user and system time rounded down.
    assertThat(told).isGreaterThanOrEqualTo(before).isLessThanOrEqualTo(after(system));
  }

  @Test
  void processThatIsNotThereHasNone() throws Exception {
    Process ended = new ProcessBuilder("true").start();
    ended.waitFor();
    assertThatIllegalStateException().isThrownBy(() -> new CpuClock(ended.pid()));
  }

  private static double after(com.sun.management.OperatingSystemMXBean system) {
    return system.getProcessCpuTime() / 1e9 + 0.04;
  }
}
