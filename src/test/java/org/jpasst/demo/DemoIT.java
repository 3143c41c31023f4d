package org.jpasst.demo;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.stream.Stream;
import org.jpasst.lab.BackEnd;
import org.jpasst.lab.Deployment;
import org.jpasst.lab.Lab;
import org.jpasst.lab.LabDirectory;
import org.jpasst.lab.LabProcess;
import org.jpasst.lab.LabTest;
import org.jpasst.lab.LabTree;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** bin/passt-demo of the distribution that the build made. */
@LabTest
final class DemoIT {
  private static final Duration LIMIT = Duration.ofMinutes(2);

  private static final String DEMO =
      Path.of("target/jpasst/bin/passt-demo").toAbsolutePath().toString();

  /** What passt-demo needs of PATH before it can say what is missing. */
  private static final List<String> BASICS = List.of("sh", "uname", "find", "head", "id", "cat");

  private static final String IPV4 = "ok start;ok DHCP;ok ARP;ok ping;ok TCP";
  private static final String IPV6 = "ok NDP;ok ping;ok TCP";
  private static final String SERVICES = "ok DNS;ok port;ok move";

  /** The first two words of the lines that tell of a step. */
  private static List<String> steps(String output) {
    return output
        .lines()
        .filter(line -> line.matches("(ok|-|FAILED) .*"))
        .map(line -> line.replaceAll("^(\\S+) +(\\S+).*", "$1 $2"))
        .toList();
  }

  private static String demo(Lab lab, List<String> command) {
    try (LabProcess process = lab.host().start(command, BackEnd.environment())) {
      int status = process.awaitExit(LIMIT);
      assertThat(status).as(process.output()).isZero();
      return process.output();
    }
  }

  /** All steps, of which each text has some. */
  private static List<String> expected(String... parts) {
    return Stream.of(parts).flatMap(each -> Stream.of(each.split(";"))).toList();
  }

  @Test
  void everyStepOfTheDemonstrationWorks() throws IOException {
    try (Lab lab = Lab.open();
        NameServer names = lab.remote().call(() -> NameServer.start(Lab.REMOTE4))) {
      String script = LabDirectory.script("lab-exec").toString();
      String output = demo(lab, List.of(script, "-r", lab.resolvConf().toString(), "--", DEMO));

      assertThat(names).isNotNull();
      assertThat(steps(output)).as(output).isEqualTo(expected(IPV4, IPV6, SERVICES));
      assertThat(output)
          .contains("lease of " + Lab.HOST4, "router " + Lab.GATEWAY4)
          .contains("none lost or twice", "11 steps worked, 0 left out", "Try next:");
    }
  }

  @ParameterizedTest
  @CsvSource({
    "-4, ok DHCP;ok ARP;ok ping;ok TCP;- IPv6;- DNS;ok port;ok move",
    "-6, - IPv4;ok NDP;ok ping;ok TCP;- move",
    "--no-dhcp, - DHCP;ok NDP;ok ping;ok TCP;ok move",
    "--no-tcp, ok DHCP;ok ARP;ok ping;- TCP;ok NDP;ok ping;- TCP;- DNS;- port;- move"
  })
  void whatTheUserLeavesOutIsNoFailure(String option, String rest) {
    try (Lab lab = Lab.open()) {
      String output = demo(lab, List.of(DEMO, option, "--dns", "none"));

      assertThat(steps(output)).as(output).isEqualTo(expected("ok start", rest));
      assertThat(output).contains("this host can run guests with it");
    }
  }

  @Test
  void aHostWithoutIpv6IsEnough() {
    try (Lab lab = Lab.open()) {
      lab.host().sysctl("net.ipv6.conf.all.disable_ipv6", "1");
      String output = demo(lab, List.of(DEMO, "--dns", "none"));

      assertThat(steps(output))
          .as(output)
          .isEqualTo(expected(IPV4, "- IPv6;- DNS;ok port;ok move"));
    }
  }

  /** Of any language, and with temporary files elsewhere. */
  @ParameterizedTest
  @EnumSource(names = {"DIRECT", "USER_WITH_OUR_HELPER"})
  void theKernelsDefaultForPingsIsEnough(Deployment user, @TempDir Path directory)
      throws IOException {
    user.assumePossible();
    Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwxrwxrwx"));
    try (Lab lab = Lab.open()) {
      lab.host().sysctl("net.ipv4.ping_group_range", "1 0");
      String output =
          demo(lab, user.as(List.of("env", "LC_ALL=ar_EG.UTF-8", "TMPDIR=" + directory, DEMO)));

      assertThat(steps(output)).as(output).isEqualTo(expected(IPV4, IPV6, SERVICES));
      assertThat(output).contains("listens on " + directory).matches("\\p{ASCII}*");
      assertThat(directory).isEmptyDirectory();
    }
  }

  @Test
  void digitsAreTheSameInAnyLanguage() {
    String home = Path.of(DEMO).getParent().getParent().toString();
    try (Lab lab = Lab.open()) {
      String output =
          demo(
              lab,
              List.of(
                  System.getProperty("java.home") + "/bin/java",
                  "-Duser.language=ar",
                  "-Duser.country=EG",
                  "-cp",
                  home + "/lib/jpasst.jar",
                  Demo.class.getName(),
                  home,
                  "-6"));

      assertThat(output).contains("ok     NDP").matches("\\p{ASCII}*");
    }
  }

  @Test
  void allThatIsMissingForARealGuestIsSaidAtOnce(@TempDir Path directory) throws IOException {
    for (String each : BASICS) {
      Files.createSymbolicLink(directory.resolve(each), Path.of("/usr/bin", each));
    }
    try (Lab lab = Lab.open()) {
      var environment = new HashMap<>(BackEnd.environment());
      environment.put("PATH", directory.toString());
      try (LabProcess process =
          lab.host()
              .start(List.of("/usr/bin/env", "PATH=" + directory, DEMO, "--qemu"), environment)) {
        assertThat(process.awaitExit(LIMIT)).isEqualTo(1);
        assertThat(process.output())
            .contains("apt-get install qemu-system-x86 busybox-static cpio");
      }
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
