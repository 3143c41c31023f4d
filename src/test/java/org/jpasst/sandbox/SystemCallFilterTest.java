package org.jpasst.sandbox;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jpasst.linux.Architecture;
import org.jpasst.linux.Errno;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

final class SystemCallFilterTest {
  private static final int ALLOWED = 0x7fff_0000;
  private static final int KILLED = 0x8000_0000;
  private static final int REFUSED = 0x0005_0000 | Errno.EPERM;
  private static final int READ_ONLY = 0x0005_0000 | Errno.EACCES;
  private static final int UNKNOWN = 0x0005_0000 | Errno.ENOSYS;
  private static final int PROCESS = 4711;
  private static final int NEWEST_KNOWN = 450;

  private static final Set<SystemCall> CHECKED = EnumSet.range(SystemCall.OPEN, SystemCall.TGKILL);

  private static BpfMachine machine(Architecture architecture) {
    return new BpfMachine(SystemCallFilter.program(architecture, PROCESS), architecture.audit());
  }

  @ParameterizedTest
  @EnumSource
  void whatIsListedIsAllowedAndNothingElse(Architecture architecture) {
    BpfMachine machine = machine(architecture);
    Set<Integer> checked = numbers(architecture, CHECKED);
    Set<Integer> allowed = numbers(architecture, EnumSet.complementOf(EnumSet.copyOf(CHECKED)));
    for (int number = 0; number < 600; number++) {
      if (!checked.contains(number)) {
        int expected = number > NEWEST_KNOWN ? UNKNOWN : REFUSED;
        assertThat(machine.run(number))
            .as("system call %d", number)
            .isEqualTo(allowed.contains(number) ? ALLOWED : expected);
      }
    }
    assertThat(machine.run(-1)).isEqualTo(UNKNOWN);
  }

  private static Set<Integer> numbers(Architecture architecture, Set<SystemCall> calls) {
    return calls.stream()
        .map(each -> each.number(architecture))
        .filter(number -> number >= 0)
        .collect(Collectors.toSet());
  }

  @ParameterizedTest
  @EnumSource
  void aCallInAnotherArchitecturesWayEndsTheProcess(Architecture architecture) {
    BpfMachine machine = new BpfMachine(SystemCallFilter.program(architecture, PROCESS), 3);
    assertThat(machine.run(SystemCall.READ.number(architecture))).isEqualTo(KILLED);
  }

  @ParameterizedTest
  @EnumSource
  void filesAreOpenedToReadOnly(Architecture architecture) {
    BpfMachine machine = machine(architecture);
    int openat = SystemCall.OPENAT.number(architecture);
    assertThat(machine.run(openat, -100, 0, 0x80000)).isEqualTo(ALLOWED);
    for (int flags : new int[] {1, 2, 0x40, 0x241, 0x441, 0x200, 0x41_0002}) {
      assertThat(machine.run(openat, -100, 0, flags)).as("%x", flags).isEqualTo(READ_ONLY);
    }
    if (architecture == Architecture.X86_64) {
      assertThat(machine.run(2, 0, 0x80000)).isEqualTo(ALLOWED);
      assertThat(machine.run(2, 0, 0x41)).isEqualTo(READ_ONLY);
    }
  }

  @ParameterizedTest
  @EnumSource
  void socketsAreForTcpUdpPingUnixAndRoutes(Architecture architecture) {
    BpfMachine machine = machine(architecture);
    int socket = SystemCall.SOCKET.number(architecture);
    int flags = 0x80800;
    for (int family : new int[] {2, 10}) {
      assertThat(machine.run(socket, family, 1 | flags, 0)).isEqualTo(ALLOWED);
      assertThat(machine.run(socket, family, 2 | flags, 1)).isEqualTo(ALLOWED);
      for (int type = 3; type < 16; type++) {
        assertThat(machine.run(socket, family, type | flags, 1)).isEqualTo(REFUSED);
      }
    }
    assertThat(machine.run(socket, 1, 1, 0)).isEqualTo(ALLOWED);
    assertThat(machine.run(socket, 16, 3 | flags, 0)).isEqualTo(ALLOWED);
    assertThat(machine.run(socket, 16, 3 | flags, 9)).as("audit").isEqualTo(REFUSED);
    for (int family = 17; family < 50; family++) {
      assertThat(machine.run(socket, family, 2, 0)).as("family %d", family).isEqualTo(REFUSED);
    }
  }

  @ParameterizedTest
  @EnumSource
  void threadsAreMadeAndNoProcesses(Architecture architecture) {
    BpfMachine machine = machine(architecture);
    int clone = SystemCall.CLONE.number(architecture);
    int threadFlags = 0x3d0f00; // those of pthread_create(3)
    assertThat(machine.run(clone, threadFlags)).isEqualTo(ALLOWED);
    assertThat(machine.run(clone, 0x1200011)).as("fork(3)").isEqualTo(REFUSED);
    assertThat(machine.run(clone, threadFlags | 0x1000_0000)).as("namespace").isEqualTo(REFUSED);
    assertThat(machine.run(SystemCall.CLONE3.number(architecture))).isEqualTo(UNKNOWN);
  }

  @ParameterizedTest
  @EnumSource
  void signalsGoToThreadsOfTheProcess(Architecture architecture) {
    BpfMachine machine = machine(architecture);
    int tgkill = SystemCall.TGKILL.number(architecture);
    assertThat(machine.run(tgkill, PROCESS, 1, 9)).isEqualTo(ALLOWED);
    assertThat(machine.run(tgkill, 1, 1, 9)).isEqualTo(REFUSED);
  }

  @ParameterizedTest
  @EnumSource
  void aThreadMayChangeItsOwnPriorityOnly(Architecture architecture) {
    BpfMachine machine = machine(architecture);
    int setPriority = SystemCall.SETPRIORITY.number(architecture);
    assertThat(machine.run(setPriority, 0, 0, 10)).isEqualTo(ALLOWED);
    assertThat(machine.run(setPriority, 0, PROCESS, 10)).isEqualTo(REFUSED);
  }

  @ParameterizedTest
  @EnumSource
  void limitsAreAskedForAndNotSet(Architecture architecture) {
    BpfMachine machine = machine(architecture);
    int prlimit = SystemCall.PRLIMIT64.number(architecture);
    assertThat(machine.run(prlimit, 0, 7, 0, 0x7fff_0000_1000L)).isEqualTo(ALLOWED);
    assertThat(machine.run(prlimit, 0, 7, 0x7fff_0000_1000L, 0)).isEqualTo(REFUSED);
    assertThat(machine.run(prlimit, 0, 7, 0x7fff_0000_0000L, 0)).isEqualTo(REFUSED);
  }

  @ParameterizedTest
  @EnumSource
  void requestsToDevicesAreThoseOfSocketsAndTaps(Architecture architecture) {
    BpfMachine machine = machine(architecture);
    int ioctl = SystemCall.IOCTL.number(architecture);
    assertThat(machine.run(ioctl, 5, 0x541b)).isEqualTo(ALLOWED);
    assertThat(machine.run(ioctl, 5, 0x5412)).as("TIOCSTI").isEqualTo(REFUSED);
    assertThat(machine.run(ioctl, 5, 0x400454ca)).as("TUNSETIFF").isEqualTo(REFUSED);
    assertThat(machine.run(SystemCall.PRCTL.number(architecture), 4, 1))
        .as("PR_SET_DUMPABLE")
        .isEqualTo(REFUSED);
  }

  @ParameterizedTest
  @EnumSource
  void theNumbersAreThoseOfTheKernelsHeaders(Architecture architecture) throws IOException {
    Path header =
        switch (architecture) {
          case X86_64 -> Path.of("/usr/include/x86_64-linux-gnu/asm/unistd_64.h");
          case AARCH64 -> Path.of("/usr/include/asm-generic/unistd.h");
        };
    assumeTrue(Files.exists(header), "linux-libc-dev is not installed");
    Map<String, Integer> known = new TreeMap<>();
    Pattern line = Pattern.compile("#define __NR(?:3264)?_(\\w+)\\s+(\\d+)");
    for (String each : Files.readAllLines(header)) {
      Matcher matcher = line.matcher(each);
      if (matcher.matches()) {
        known.put(matcher.group(1), Integer.parseInt(matcher.group(2)));
      }
    }
    known.putIfAbsent("newfstatat", known.getOrDefault("fstatat", -1));
    assertThat(Arrays.stream(SystemCall.values()))
        .allSatisfy(
            each ->
                assertThat(each.number(architecture))
                    .as(each.name())
                    .isEqualTo(known.getOrDefault(each.name().toLowerCase(Locale.ROOT), -1)));
  }
}
