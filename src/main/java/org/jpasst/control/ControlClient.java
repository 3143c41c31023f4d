package org.jpasst.control;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Optional;
import org.jpasst.linux.DescriptorMessage;
import org.jpasst.linux.ErrnoException;
import org.jpasst.linux.FileDescriptors;
import org.jpasst.linux.FileFlag;
import org.jpasst.linux.LinuxSockets;
import org.jpasst.linux.MessageFlag;
import org.jpasst.linux.Sockets;
import org.jpasst.linux.UnixConnector;

/**
 * Asks a back-end by its control socket. Files are opened here and passed along, so that the
 * back-end needs no access to them.
 */
final class ControlClient {
  private static final int OWN_ACCESS = 0600;

  private final Sockets sockets = new LinuxSockets();
  private final DescriptorMessage message = new DescriptorMessage();
  private final Path socket;

  ControlClient(Path socket) {
    this.socket = socket;
  }

  /**
   * Has a command done.
   *
   * @param file what goes with it
   * @throws IOException if it can't be, or the back-end says that it failed
   */
  void execute(Command command, Optional<Path> file) throws IOException {
    int fd =
        ErrnoException.check(
            new UnixConnector().connect(socket.toString()), "cannot connect to " + socket);
    try {
      request(fd, command, file);
      Optional<Message> answer = Message.parse(line(fd));
      Optional<String> error = answer.flatMap(a -> a.text("error"));
      if (answer.isEmpty() || error.isPresent()) {
        throw new IOException(
            command.text() + ": " + error.orElse("the back-end hung up without an answer"));
      }
    } finally {
      sockets.close(fd);
    }
  }

  private void request(int fd, Command command, Optional<Path> file) throws IOException {
    byte[] bytes = Message.request(command).bytes();
    int sent = 0;
    if (file.isPresent()) {
      int passed = open(command, file.get());
      try {
        ErrnoException.check(
            message.send(sockets, fd, bytes[0], new int[] {passed}, 0, 1),
            "cannot ask the back-end");
      } finally {
        sockets.close(passed);
      }
      sent = 1;
    }
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment memory = arena.allocateFrom(JAVA_BYTE, bytes);
      ErrnoException.check(
          sockets.send(fd, memory, sent, bytes.length - sent, MessageFlag.NOSIGNAL),
          "cannot ask the back-end");
    }
  }

  /** A state has what the guest's connections carry: nobody else is to read it. */
  private static int open(Command command, Path file) throws ErrnoException {
    int flags =
        command == Command.MIGRATE_SAVE
            ? FileFlag.O_WRONLY | FileFlag.O_CREAT | FileFlag.O_TRUNC | FileFlag.O_CLOEXEC
            : FileFlag.O_RDONLY | FileFlag.O_CLOEXEC;
    return ErrnoException.check(
        new FileDescriptors().open(file.toString(), flags, OWN_ACCESS), "cannot open " + file);
  }

  private String line(int fd) throws IOException {
    var line = new ByteArrayOutputStream();
    while (line.size() < Message.MAX_LENGTH) {
      int result = ErrnoException.check(message.receive(sockets, fd), "cannot hear the back-end");
      message.closeAll(sockets);
      if (result == 0 || message.value() == '\n') {
        break;
      }
      line.write(message.value());
    }
    return line.toString(StandardCharsets.UTF_8);
  }
}
