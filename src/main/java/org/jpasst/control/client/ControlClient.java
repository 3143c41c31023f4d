package org.jpasst.control.client;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jpasst.control.Message;
import org.jpasst.control.file.OperatorFile;
import org.jpasst.linux.DescriptorMessage;
import org.jpasst.linux.Errno;
import org.jpasst.linux.ErrnoException;
import org.jpasst.linux.LinuxSockets;
import org.jpasst.linux.MessageFlag;
import org.jpasst.linux.Sockets;
import org.jpasst.linux.UnixConnector;

/**
 * Asks a back-end by its control socket. Files are opened here and passed along, so that the
 * back-end needs no access to them.
 */
final class ControlClient implements AutoCloseable {
  private static final int CHUNK = 1 << 16;

  /** Ten times the longest answer there is. */
  private static final int MAX_ANSWER = 1 << 20;

  private final Sockets sockets = new LinuxSockets();
  private final Arena arena = Arena.ofConfined();
  private final MemorySegment chunk = arena.allocate(CHUNK);
  private final int fd;

  /**
   * Connects.
   *
   * @throws IOException if nobody listens, or the user may not connect
   */
  ControlClient(Path socket) throws IOException {
    fd =
        ErrnoException.check(
            new UnixConnector().connect(socket.toString()), "cannot connect to " + socket);
  }

  /**
   * Sends a request and returns the answer, whatever it says.
   *
   * @throws IOException if there is none
   */
  Message ask(Message request) throws IOException {
    send(request.bytes(), 0);
    return answer();
  }

  /**
   * The same with a file, which is opened as its command needs it. It stays as it was unless the
   * answer is that the command has succeeded.
   */
  Message ask(Message request, OperatorFile.Use use, Path path) throws IOException {
    return ask(request, use, List.of(path));
  }

  /** The same with several files. */
  Message ask(Message request, OperatorFile.Use use, List<Path> paths) throws IOException {
    List<OperatorFile> files = new ArrayList<>();
    try {
      for (Path each : paths) {
        files.add(OperatorFile.open(each, use, 0));
      }
      Message answer = ask(request, files.stream().mapToInt(OperatorFile::take).toArray());
      if (answer.text("error").isEmpty()) {
        for (OperatorFile each : files) {
          commit(each);
        }
      }
      return answer;
    } finally {
      files.forEach(OperatorFile::close);
    }
  }

  private static void commit(OperatorFile file) throws IOException {
    try {
      file.commit();
    } catch (IOException e) {
      throw new IOException(
          e.getMessage() + "; the back-end has saved its state: migrate cancel takes that back", e);
    }
  }

  /** Passes descriptors, which are closed here, along with the request. */
  private Message ask(Message request, int[] passed) throws IOException {
    byte[] bytes = request.bytes();
    try {
      int result = new DescriptorMessage().send(sockets, fd, bytes[0], passed, 0, passed.length);
      if (!isHungUp(result)) {
        ErrnoException.check(result, "cannot ask the back-end");
      }
    } finally {
      for (int each : passed) {
        sockets.close(each);
      }
    }
    send(bytes, 1);
    return answer();
  }

  private void send(byte[] bytes, int from) throws IOException {
    try (Arena own = Arena.ofConfined()) {
      MemorySegment memory = own.allocateFrom(JAVA_BYTE, bytes);
      int sent = from;
      while (sent < bytes.length) {
        int length = bytes.length - sent;
        int result = sockets.send(fd, memory, sent, length, MessageFlag.NOSIGNAL);
        if (isHungUp(result)) {
          return; // but not without a word, which is the answer
        }
        sent += ErrnoException.check(result, "cannot ask the back-end");
      }
    }
  }

  private static boolean isHungUp(int result) {
    return result == -Errno.EPIPE || result == -Errno.ECONNRESET;
  }

  private Message answer() throws IOException {
    var line = new ByteArrayOutputStream();
    while (line.size() < MAX_ANSWER) {
      int count =
          ErrnoException.check(sockets.recv(fd, chunk, 0, CHUNK, 0), "cannot hear the back-end");
      if (count == 0) {
        throw new IOException("the back-end hung up without an answer");
      }
      line.write(chunk.asSlice(0, count).toArray(JAVA_BYTE), 0, count);
      if (chunk.get(JAVA_BYTE, count - 1L) == '\n') {
        break;
      }
    }
    Optional<Message> answer = Message.parse(line.toString(StandardCharsets.UTF_8));
    return answer.orElseThrow(() -> new IOException("the back-end's answer is none"));
  }

  @Override
  public void close() {
    sockets.close(fd);
    arena.close();
  }
}
