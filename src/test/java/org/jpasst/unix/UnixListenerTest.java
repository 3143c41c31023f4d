package org.jpasst.unix;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import org.jpasst.linux.Errno;
import org.jpasst.linux.LinuxSockets;
import org.jpasst.linux.SocketAddress;
import org.jpasst.linux.SocketType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class UnixListenerTest {
  @TempDir Path directory;

  @Test
  void guestsCanConnectAndAreAcceptedByTheDescriptor() throws IOException {
    Path path = directory.resolve("s");
    var sockets = new LinuxSockets();
    var peer = new SocketAddress();
    try (UnixListener listener = UnixListener.open(path)) {
      assertThat(sockets.accept(listener.fd(), peer, 0)).isEqualTo(-Errno.EAGAIN);
      try (SocketChannel guest = connect(path)) {
        assertThat(guest.isConnected()).isTrue();
        int accepted = sockets.accept(listener.fd(), peer, SocketType.CLOEXEC);
        assertThat(accepted).isPositive();
        sockets.close(accepted);
      }
    }
    assertThat(path).doesNotExist();
  }

  @Test
  void aPathInUseIsRefused() throws IOException {
    Path path = directory.resolve("s");
    try (UnixListener first = UnixListener.open(path)) {
      assertThatThrownBy(() -> UnixListener.open(path))
          .isInstanceOf(IOException.class)
          .hasMessageContaining(path.toString())
          .hasMessageContaining("another process uses it");
      assertThat(first.path()).isEqualTo(path);
    }
  }

  @Test
  void aSocketThatNobodyListensOnIsReplaced() throws IOException {
    Path path = directory.resolve("s");
    try (var old = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
      old.bind(UnixDomainSocketAddress.of(path));
    }
    assertThat(Files.exists(path, LinkOption.NOFOLLOW_LINKS)).isTrue();

    try (UnixListener listener = UnixListener.open(path);
        SocketChannel guest = connect(path)) {
      assertThat(guest.isConnected()).isTrue();
      assertThat(listener.fd()).isPositive();
    }
  }

  @Test
  void aFileThatIsNoSocketIsLeftAlone() throws IOException {
    Path path = Files.writeString(directory.resolve("f"), "precious");

    assertThatThrownBy(() -> UnixListener.open(path)).hasMessageContaining("not a socket");
    assertThat(path).hasContent("precious");
  }

  @Test
  void aFileThatReplacedOursIsLeftAlone() throws IOException {
    Path path = directory.resolve("s");
    try (UnixListener listener = UnixListener.open(path)) {
      assertThat(listener.fd()).isPositive();
      Files.delete(path);
      Files.writeString(path, "another's");
    }
    assertThat(path).hasContent("another's");
  }

  @Test
  void anImpossiblePathIsRefusedWithItsReason() {
    Path missing = directory.resolve("no/such/directory/s");
    assertThatThrownBy(() -> UnixListener.open(missing))
        .isInstanceOf(IOException.class)
        .hasMessageStartingWith("cannot listen on " + missing + ": ");
    Path longPath = directory.resolve("x".repeat(108));
    assertThatThrownBy(() -> UnixListener.open(longPath)).hasMessageContaining("107 bytes");
  }

  @Test
  void theFirstFreeNumberIsTaken() throws IOException {
    Files.writeString(directory.resolve("passt_2.socket"), "");
    try (UnixListener one = UnixListener.openFirstFree(directory);
        UnixListener three = UnixListener.openFirstFree(directory)) {
      assertThat(one.path()).hasFileName("passt_1.socket");
      assertThat(three.path()).hasFileName("passt_3.socket");
    }
  }

  @Test
  void withoutAFreeNumberTheUserIsToldWhatToDo() {
    assertThatThrownBy(() -> UnixListener.openFirstFree(directory.resolve("missing")))
        .hasMessageContaining("--socket");
  }

  private static SocketChannel connect(Path path) throws IOException {
    return SocketChannel.open(UnixDomainSocketAddress.of(path));
  }
}
