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
import org.jpasst.linux.Errno;
import org.jpasst.linux.LinuxSockets;
import org.jpasst.linux.Message;
import org.jpasst.linux.MessageFlag;
import org.jpasst.linux.SocketPair;
import org.jpasst.linux.UnixConnector;

/**
 * A vhost-user front-end without a guest, which only has the back-end save or load its state (QEMU,
 * docs/interop/vhost-user.rst, "Migrating back-end state"). Belongs to one thread.
 */
public final class DeviceState implements AutoCloseable {
  private static final int GET_FEATURES = 1;
  private static final int SET_FEATURES = 2;
  private static final int SET_OWNER = 3;
  private static final int SET_PROTOCOL_FEATURES = 16;
  private static final int SET_DEVICE_STATE_FD = 42;
  private static final int CHECK_DEVICE_STATE = 43;
  private static final long PROTOCOL_FEATURES = 1L << 30;
  private static final long DEVICE_STATE = 1L << 19;
  private static final int SAVE = 0;
  private static final int LOAD = 1;
  private static final int HEADER = 12;
  private static final int LIMIT_MILLIS = 20_000;

  private final LinuxSockets sockets = new LinuxSockets();
  private final MemorySegment memory = Arena.global().allocate(64, 8);
  private final int fd;

  /** What is done with the end of a pipe. */
  @FunctionalInterface
  public interface Transfer<T> {
    /** Does it. */
    void carry(T channel) throws IOException;
  }

  /** Connects to a back-end and agrees on features. */
  public DeviceState(Path socket) {
    fd = checked(new UnixConnector().connect(socket.toString()));
    send(SET_OWNER, new int[0]);
    send(GET_FEATURES, new int[0]);
    long features = answer();
    send(SET_FEATURES, new int[0], features & PROTOCOL_FEATURES | 1L << 32);
    send(SET_PROTOCOL_FEATURES, new int[0], DEVICE_STATE);
  }

  /** Has the state written, and reads it; returns what the back-end says of it, 0 for success. */
  public long save(Transfer<ReadableByteChannel> reader) throws IOException {
    return transfer(SAVE, reader::carry);
  }

  /** Has a state read that is written here; returns what the back-end says of it, 0 for success. */
  public long load(Transfer<WritableByteChannel> writer) throws IOException {
    return transfer(LOAD, writer::carry);
  }

  private long transfer(int direction, Transfer<DescriptorChannel> ours) throws IOException {
    SocketPair pair = SocketPair.create();
    send(SET_DEVICE_STATE_FD, new int[] {pair.theirs()}, direction);
    sockets.close(pair.theirs());
    try (var channel = new DescriptorChannel(pair.ours(), LIMIT_MILLIS)) {
      if (answer() != 1 << 8) {
        throw new AssertionError("the back-end doesn't take our descriptor");
      }
      ours.carry(channel);
    }
    send(CHECK_DEVICE_STATE, new int[0]);
    return answer();
  }

  @Override
  public void close() {
    sockets.close(fd);
  }

  private void send(int request, int[] passed, long... payload) {
    memory.set(JAVA_INT_UNALIGNED, 0, request);
    memory.set(JAVA_INT_UNALIGNED, 4, 1);
    memory.set(JAVA_INT_UNALIGNED, 8, payload.length * Long.BYTES);
    for (int i = 0; i < payload.length; i++) {
      memory.set(JAVA_LONG_UNALIGNED, HEADER + (long) i * Long.BYTES, payload[i]);
    }
    int length = HEADER + payload.length * Long.BYTES;
    var message =
        new Message(1, passed.length == 0 ? 0 : ControlBuffer.capacityFor(4 * passed.length));
    message.vectors().set(0, memory, 0, length);
    if (passed.length > 0) {
      message.control().appendDescriptors(passed, 0, passed.length);
    }
    message.prepareSendConnected(1);
    if (checked(sockets.sendmsg(fd, message, MessageFlag.NOSIGNAL)) != length) {
      throw new AssertionError("the back-end took a part of a message");
    }
  }

  private long answer() {
    int length = HEADER + Long.BYTES;
    int received = 0;
    while (received < length) {
      int count = checked(sockets.recv(fd, memory, received, length - received, 0));
      if (count == 0) {
        throw new AssertionError("the back-end has hung up");
      }
      received += count;
    }
    return memory.get(JAVA_LONG_UNALIGNED, HEADER);
  }

  private static int checked(int result) {
    if (result < 0) {
      throw new AssertionError(Errno.name(result));
    }
    return result;
  }
}
