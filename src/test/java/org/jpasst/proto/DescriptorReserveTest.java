package org.jpasst.proto;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.jpasst.linux.AddressFamily;
import org.jpasst.linux.Errno;
import org.jpasst.linux.FileDescriptors;
import org.jpasst.linux.LinuxSockets;
import org.jpasst.linux.SocketType;
import org.jpasst.linux.Sockets;
import org.jpasst.log.Log;
import org.jpasst.log.LogLevel;
import org.junit.jupiter.api.Test;

final class DescriptorReserveTest {
  private final Sockets sockets = new LinuxSockets();
  private final List<String> messages = new ArrayList<>();
  private final Log log = new Log(LogLevel.WARNING, () -> 0);

  private int open() {
    return sockets.socket(AddressFamily.INET, SocketType.DGRAM | SocketType.CLOEXEC, 0);
  }

  private DescriptorReserve reserve(int limit) {
    log.addSink((level, sinceStart, message) -> messages.add(message));
    return new DescriptorReserve(limit, log);
  }

  @Test
  void aFlowGetsADescriptorWhereThereAreEnough() {
    int fd = open();
    assertThat(reserve(fd + 1 + DescriptorReserve.RESERVED).admit(sockets, fd)).isEqualTo(fd);
    assertThat(messages).isEmpty();
    sockets.close(fd);
  }

  @Test
  void theLastDescriptorsAreNotForFlowsAndThatIsToldOnce() {
    int fd = open();
    DescriptorReserve reserve = reserve(fd + DescriptorReserve.RESERVED);
    assertThat(reserve.admit(sockets, fd)).isEqualTo(-Errno.EMFILE);
    assertThat(FileDescriptors.isOpen(fd)).isFalse();
    assertThat(reserve.admit(sockets, -Errno.EMFILE)).isEqualTo(-Errno.EMFILE);
    assertThat(messages)
        .singleElement()
        .asString()
        .contains(fd + DescriptorReserve.RESERVED + " are allowed", "ulimit -n");
  }

  @Test
  void connectionsThatAreNotOpenYetHaveHalfOfThemAndThatIsToldOnce() {
    DescriptorReserve reserve = reserve(1000 + DescriptorReserve.RESERVED);
    assertThat(reserve.admitsAttempt(499)).isTrue();
    assertThat(messages).isEmpty();
    assertThat(reserve.admitsAttempt(500)).isFalse();
    assertThat(reserve.admitsAttempt(500)).isFalse();
    assertThat(messages).singleElement().asString().contains("begun 500 TCP connections");
  }

  @Test
  void otherFailuresAreNoneOfItsBusiness() {
    assertThat(reserve(1024).admit(sockets, -Errno.EACCES)).isEqualTo(-Errno.EACCES);
    assertThat(messages).isEmpty();
  }

  @Test
  void portsMayHaveWhatIsNeitherInUseNorKeptBack() {
    int fd = open();
    sockets.close(fd);
    assertThat(reserve(fd + 100 + DescriptorReserve.RESERVED).left(sockets)).isEqualTo(100);
    assertThat(reserve(fd).left(sockets)).isZero();
  }
}
