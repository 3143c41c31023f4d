package org.jpasst.lab;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.jpasst.linux.DescriptorMessage;
import org.jpasst.linux.ErrnoException;
import org.jpasst.linux.FileDescriptors;
import org.jpasst.linux.FileFlag;
import org.jpasst.linux.LinuxSockets;
import org.jpasst.linux.MessageFlag;
import org.jpasst.linux.Sockets;
import org.jpasst.linux.UnixConnector;

/**
 * An operator that speaks to a back-end's control socket without the delay of a program's start.
 * Files are opened here and passed along: the back-end itself can't see any.
 */
public final class Operator implements AutoCloseable {
  private static final int OWN_ACCESS = 0600;

  private final Sockets sockets = new LinuxSockets();
  private final DescriptorMessage message = new DescriptorMessage();
  private final int fd;

  private Operator(int fd) {
    this.fd = fd;
  }

  /** Connects to a back-end that was started with {@link BackEnd#controlOption}. */
  public static Operator connect(Lab lab) throws IOException {
    String path = BackEnd.controlSocket(lab).toString();
    return new Operator(ErrnoException.check(new UnixConnector().connect(path), path));
  }

  /** Has a command executed; the answer as it comes. */
  public String ask(String command) throws IOException {
    send(request(command), 0);
    return line();
  }

  /** Has a request with members executed: a line of JSON. */
  public String askAll(String request) throws IOException {
    send(bytes(request + "\n"), 0);
    return line();
  }

  /** The same with a file: one to read for a command that loads, else one to write. */
  public String ask(String command, Path path) throws IOException {
    int flags =
        command.endsWith("load")
            ? FileFlag.O_RDONLY | FileFlag.O_CLOEXEC
            : FileFlag.O_WRONLY | FileFlag.O_CREAT | FileFlag.O_TRUNC | FileFlag.O_CLOEXEC;
    int file =
        ErrnoException.check(
            FileDescriptors.open(path.toString(), flags, OWN_ACCESS), path.toString());
    byte[] request = request(command);
    int sent = message.send(sockets, fd, request[0], new int[] {file}, 0, 1);
    sockets.close(file);
    ErrnoException.check(sent, command);
    send(request, 1);
    return line();
  }

  /** The same with a file that the back-end opens itself, which it can't in its sandbox. */
  public String askWithPath(String command, Path path) throws IOException {
    send(bytes("{\"command\":\"" + command + "\",\"path\":\"" + path + "\"}\n"), 0);
    return line();
  }

  private static byte[] request(String command) {
    return bytes("{\"command\":\"" + command + "\"}\n");
  }

  private static byte[] bytes(String line) {
    return line.getBytes(StandardCharsets.UTF_8);
  }

  private void send(byte[] request, int from) throws IOException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment bytes = arena.allocateFrom(JAVA_BYTE, request);
      ErrnoException.check(
          sockets.send(fd, bytes, from, request.length - from, MessageFlag.NOSIGNAL), "send");
    }
  }

  private String line() throws IOException {
    var line = new ByteArrayOutputStream();
    while (ErrnoException.check(message.receive(sockets, fd), "receive") > 0
        && message.value() != '\n') {
      line.write(message.value());
    }
    return line.toString(StandardCharsets.UTF_8);
  }

  @Override
  public void close() {
    sockets.close(fd);
  }
}
