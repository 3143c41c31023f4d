package org.jpasst.demo;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.jpasst.lab.BackEnd;
import org.jpasst.lab.Lab;
import org.jpasst.lab.LabProcess;
import org.jpasst.lab.LabTest;
import org.jpasst.lab.LabTree;
import org.junit.jupiter.api.Test;

/** bin/passt-demo of the distribution that the build made. */
@LabTest
final class DemoIT {

  private static final String DEMO =
      Path.of("target/jpasst/bin/passt-demo").toAbsolutePath().toString();

  @Test
  void everyStepOfTheDemonstrationWorks() {
    try (Lab lab = Lab.open();
        LabProcess process = lab.host().start(List.of(DEMO), BackEnd.environment())) {
      int status = process.awaitExit(Duration.ofMinutes(1));

      String output = process.output();
      assertThat(status).as(output).isZero();
      assertThat(
              output
                  .lines()
                  .filter(line -> line.matches("(ok|-|FAILED) .*"))
                  .map(line -> line.replaceAll("^(\\S+ +\\S+).*", "$1")))
          .as(output)
          .containsExactly(
              "ok     start",
              "ok     DHCP",
              "ok     ARP",
              "ok     ping",
              "ok     TCP",
              "ok     NDP",
              "ok     ping",
              "ok     TCP");
      assertThat(output).contains("lease of " + Lab.HOST4, "router " + Lab.GATEWAY4);
    }
  }

  @Test
  void aRealGuestFetchesThePageUnderQemu() {
    try (Lab lab = Lab.open();
        LabProcess process =
            lab.host()
                .start(
                    LabTree.testing().inside(List.of(DEMO, "--qemu"), lab.resolvConf()),
                    BackEnd.environment())) {
      int status = process.awaitExit(Duration.ofMinutes(3));

      String output = process.output();
      assertThat(status).as(output).isZero();
      assertThat(output).contains("-netdev passt,", "3 packets received", "guest: done");
    }
  }
}
