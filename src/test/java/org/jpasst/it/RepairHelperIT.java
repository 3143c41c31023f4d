package org.jpasst.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.jpasst.lab.Await;
import org.jpasst.lab.BackEnd;
import org.jpasst.lab.BackEndProgram;
import org.jpasst.lab.Lab;
import org.jpasst.lab.LabProcess;
import org.jpasst.lab.LabTest;
import org.jpasst.linux.AddressFamily;
import org.jpasst.linux.ErrnoException;
import org.jpasst.linux.LinuxSockets;
import org.jpasst.linux.SocketLevel;
import org.jpasst.linux.SocketOption;
import org.jpasst.linux.SocketType;
import org.jpasst.log.Log;
import org.jpasst.migrate.repair.RepairCommand;
import org.jpasst.migrate.repair.RepairListener;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Our back-end's end of passt-repair's protocol with both programs, the real one and ours. */
@LabTest
final class RepairHelperIT {
  private static final Duration SOON = Duration.ofSeconds(20);

  /** More than two messages' full of descriptors. */
  private static final int SOCKETS = 600;

  private final LinuxSockets sockets = new LinuxSockets();
  private Lab lab;

  enum Program {
    OURS {
      @Override
      List<String> command(Lab lab, Path path) {
        Path program = Path.of("target/jpasst/bin/passt-repair").toAbsolutePath();
        return List.of(program.toString(), path.toString());
      }
    },
    REAL {
      @Override
      List<String> command(Lab lab, Path path) {
        return BackEndProgram.real()
            .inside(List.of("passt-repair", path.toString()), lab.resolvConf());
      }
    };

    abstract List<String> command(Lab lab, Path path);
  }

  @BeforeEach
  void setUp() {
    lab = Lab.open();
  }

  @AfterEach
  void tearDown() {
    lab.close();
  }

  @ParameterizedTest
  @EnumSource
  void manySocketsAreSwitchedThereAndBack(Program program) throws Exception {
    Path path = lab.directory().resolve("s.repair");
    int[] fds = lab.host().call(this::open);
    try (var listener = RepairListener.open(path, sockets, Log.none());
        var helper = start(program, path)) {
      Await.until("the helper", SOON, listener::hasHelper);
      for (RepairCommand each : List.of(RepairCommand.ON, RepairCommand.OFF, RepairCommand.ON)) {
        listener.set(fds, each);
        assertThat(IntStream.of(fds).mapToLong(this::repairMode).distinct())
            .containsExactly((long) each.value());
      }
      listener.release();
      assertThat(helper.awaitExit(SOON)).isZero();
    } finally {
      IntStream.of(fds).forEach(sockets::close);
    }
  }

  @ParameterizedTest
  @EnumSource
  void aSocketThatCannotBeSwitchedEndsTheHelper(Program program) throws Exception {
    Path path = lab.directory().resolve("s.repair");
    int type = SocketType.DGRAM | SocketType.CLOEXEC;
    int[] fds = {lab.host().call(() -> sockets.socket(AddressFamily.INET, type, 0))};
    try (var listener = RepairListener.open(path, sockets, Log.none());
        var helper = start(program, path)) {
      Await.until("the helper", SOON, listener::hasHelper);
      assertThatThrownBy(() -> listener.set(fds, RepairCommand.ON))
          .isInstanceOf(ErrnoException.class)
          .hasMessageContaining("ECONNRESET");
      assertThat(helper.awaitExit(SOON)).isPositive(); // of the real one 159, killed by its seccomp
      assertThat(listener.hasHelper()).isFalse();
    } finally {
      sockets.close(fds[0]);
    }
  }

  @ParameterizedTest
  @EnumSource
  void aHelperWaitsInADirectoryForTheSocket(Program program) throws Exception {
    try (var helper = start(program, lab.directory())) {
      // Until it watches, which can be seen of its descriptors only (proc_pid_fdinfo(5)).
      String watches = "grep -hs 'inotify wd:' /proc/%d/fdinfo/*; true".formatted(helper.pid());
      Await.until("a watch", SOON, () -> !lab.host().run("sh", "-c", watches).isBlank());
      Path path = lab.directory().resolve("later.repair");
      try (var listener = RepairListener.open(path, sockets, Log.none())) {
        Await.until("the helper", SOON, listener::hasHelper);
      }
      assertThat(helper.awaitExit(SOON)).isZero();
    }
  }

  @Test
  void ourHelperTellsInOneLineWhatIsWrong() {
    try (var helper = start(Program.OURS, lab.directory().resolve("nothing"))) {
      assertThat(helper.awaitExit(SOON)).isEqualTo(1);
      assertThat(helper.output()).startsWith("passt-repair: ").hasLineCount(1);
    }
  }

  private LabProcess start(Program program, Path path) {
    return lab.host().start(program.command(lab, path), BackEnd.environment());
  }

  private long repairMode(int fd) {
    return sockets.getsockopt(fd, SocketLevel.TCP, SocketOption.TCP_REPAIR);
  }

  private int[] open() {
    var fds = new ArrayList<Integer>();
    for (int i = 0; i < SOCKETS; i++) {
      int fd = sockets.socket(AddressFamily.INET, SocketType.STREAM | SocketType.CLOEXEC, 0);
      assertThat(fd).isPositive();
      fds.add(fd);
    }
    return fds.stream().mapToInt(Integer::intValue).toArray();
  }
}
