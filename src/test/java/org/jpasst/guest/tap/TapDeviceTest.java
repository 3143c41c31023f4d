package org.jpasst.guest.tap;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import org.jpasst.linux.FileDescriptors;
import org.jpasst.linux.FileFlag;
import org.jpasst.linux.SocketPair;
import org.junit.jupiter.api.Test;

final class TapDeviceTest {

  @Test
  void otherDescriptorsAreNone() throws IOException {
    SocketPair pair = SocketPair.create();
    int none = FileDescriptors.open("/dev/null", FileFlag.O_RDWR, 0);
    int file = FileDescriptors.open("/proc/self/maps", FileFlag.O_RDONLY, 0);

    for (int fd : new int[] {pair.ours(), pair.theirs(), none, file}) {
      assertThat(TapDevice.of(fd)).isEmpty();
      assertThat(FileDescriptors.fcntl(fd, FileFlag.F_GETFL, 0) & FileFlag.O_NONBLOCK).isZero();
      FileDescriptors.close(fd);
    }
    assertThat(TapDevice.of(file)).as("a closed descriptor").isEmpty();
  }
}
