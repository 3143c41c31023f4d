package org.jpasst.lab;

import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.channels.ReadableByteChannel;
import java.nio.channels.WritableByteChannel;
import java.nio.file.Path;
import org.jpasst.linux.ControlBuffer;
import org.jpasst.linux.DescriptorChannel;
import org.jpasst.linux.ErrnoException;
import org.jpasst.linux.FileDescriptors;
import org.jpasst.linux.FileFlag;
import org.jpasst.linux.LinuxSockets;
import org.jpasst.linux.Message;
import org.jpasst.linux.MessageFlag;
import org.jpasst.linux.SocketPair;
import org.jpasst.linux.UnixConnector;

/**
 * What a vhost-user front-end does to save a back-end's state, or to load one, and nothing else: it
 * has no guest. Numbers are those of QEMU's vhost-user specification.
 */
public final class StateFrontEnd implements AutoCloseable {
  private static final int GET_FEATURES = 1;
  private static final int SET_OWNER = 3;
  private static final int GET_PROTOCOL_FEATURES = 15;
  private static final int SET_PROTOCOL_FEATURES = 16;
  private static final int GET_QUEUE_NUM = 17;
  private static final int SET_DEVICE_STATE_FD = 42;
  private static final int CHECK_DEVICE_STATE = 43;
  private static final long DEVICE_STATE = 1L << 19;
  private static final int VERSION = 1;
  private static final int HEADER = 12;
  private static final int SAVE = 0;
  private static final int LOAD = 1;
  private static final int OWN_ACCESS = 0600;
  private static final int LIMIT_MILLIS = 20_000;

  /** What is answered where the front-end's descriptor is used. */
  private static final long NO_DESCRIPTOR = 1 << 8;

  private final LinuxSockets sockets = new LinuxSockets();
  private final MemorySegment memory = Arena.global().allocate(64, 8);
  private final Message message = new Message(1, ControlBuffer.capacityFor(Integer.BYTES));
  private final int fd;
  private final Offered offered;

  /**
   * What the back-end offers.
   *
   * @param device features of the device
   * @param protocol those of the protocol
   * @param pairs pairs of queues
   */
  public record Offered(long device, long protocol, long pairs) {}

  /** Connects to a back-end and agrees with it upon what is needed. */
  public StateFrontEnd(Path socket) throws IOException {
    fd = ErrnoException.check(new UnixConnector().connect(socket.toString()), "connect");
    offered = new Offered(ask(GET_FEATURES), ask(GET_PROTOCOL_FEATURES), ask(GET_QUEUE_NUM));
    send(SET_PROTOCOL_FEATURES, DEVICE_STATE, Long.BYTES);
    send(SET_OWNER, 0, 0);
  }

  /** What was offered when this one connected. */
  public Offered offered() {
    return offered;
  }

  /** What is done with our end of a state's channel. */
  @FunctionalInterface
  public interface Transfer<T> {
    /** Does it. */
    void carry(T channel) throws IOException;
  }

  /** Has the state written to a file; answers what CHECK_DEVICE_STATE says, 0 for success. */
  public long save(Path file) throws IOException {
    return transfer(SAVE, file, FileFlag.O_WRONLY | FileFlag.O_CREAT | FileFlag.O_TRUNC);
  }

  /** Has a state read from a file; answers what CHECK_DEVICE_STATE says, 0 for success. */
  public long load(Path file) throws IOException {
    return transfer(LOAD, file, FileFlag.O_RDONLY);
  }

  /** Has the state written, and reads it; answers what CHECK_DEVICE_STATE says. */
  public long saveTo(Transfer<ReadableByteChannel> reader) throws IOException {
    return transfer(SAVE, reader::carry);
  }

  /** Has a state read that is written here; answers what CHECK_DEVICE_STATE says. */
  public long loadFrom(Transfer<WritableByteChannel> writer) throws IOException {
    return transfer(LOAD, writer::carry);
  }

  private long transfer(int direction, Path file, int flags) throws IOException {
    int state =
        ErrnoException.check(
            FileDescriptors.open(file.toString(), flags | FileFlag.O_CLOEXEC, OWN_ACCESS), "open");
    begin(direction, state);
    return result();
  }

  private long transfer(int direction, Transfer<DescriptorChannel> ours) throws IOException {
    SocketPair pair = SocketPair.create();
    try (var channel = new DescriptorChannel(pair.ours(), LIMIT_MILLIS)) {
      begin(direction, pair.theirs());
      ours.carry(channel);
    }
    return result();
  }

  /** Passes a descriptor, which is closed here, for the state to go through. */
  private void begin(int direction, int state) throws IOException {
    message.control().appendDescriptors(new int[] {state}, 0, 1);
    send(SET_DEVICE_STATE_FD, direction, Long.BYTES);
    message.control().clear();
    FileDescriptors.close(state);
    if (reply() != NO_DESCRIPTOR) {
      throw new IOException("the back-end doesn't take our descriptor");
    }
  }

  private long result() throws IOException {
    return ask(CHECK_DEVICE_STATE);
  }

  private long ask(int request) throws IOException {
    send(request, 0, 0);
    return reply();
  }

  private void send(int request, long payload, int length) throws IOException {
    memory.set(JAVA_INT_UNALIGNED, 0, request);
    memory.set(JAVA_INT_UNALIGNED, 4, VERSION);
    memory.set(JAVA_INT_UNALIGNED, 8, length);
    memory.set(JAVA_LONG_UNALIGNED, HEADER, payload);
    message.vectors().set(0, memory, 0, HEADER + length);
    message.prepareSendConnected(1);
    ErrnoException.check(sockets.sendmsg(fd, message, MessageFlag.NOSIGNAL), "send");
  }

  private long reply() throws IOException {
    int wanted = HEADER + Long.BYTES;
    for (int got = 0; got < wanted; ) {
      int count = ErrnoException.check(sockets.recv(fd, memory, got, wanted - got, 0), "recv");
      if (count == 0) {
        throw new IOException("the back-end hung up");
      }
      got += count;
    }
    return memory.get(JAVA_LONG_UNALIGNED, HEADER);
  }

  @Override
  public void close() {
    sockets.close(fd);
  }
}
