package org.jpasst.migrate;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Optional;
import org.jpasst.linux.Errno;
import org.jpasst.linux.ErrnoException;
import org.jpasst.linux.SocketLevel;
import org.jpasst.linux.SocketOption;
import org.jpasst.linux.Sockets;
import org.jpasst.log.Log;
import org.jpasst.migrate.repair.RepairAccess;
import org.jpasst.migrate.repair.RepairMode;
import org.jpasst.migrate.socket.SocketDump;
import org.jpasst.migrate.socket.SocketFreeze;
import org.jpasst.migrate.stream.SocketFields;
import org.jpasst.migrate.stream.SocketRecord;
import org.jpasst.migrate.stream.StreamWriter;
import org.jpasst.proto.tcp.TcpMigration;
import org.jpasst.proto.tcp.TcpMigration.Paused;

/** Freezes the sockets of paused connections and writes what is in them. */
final class TcpSource {
  private final Sockets sockets;
  private final TcpMigration tcp;
  private final RepairAccess repair;
  private final SocketDump dump;
  private final Log log;
  private Optional<SocketFreeze> freeze = Optional.empty();
  private int[] frozen = {};

  TcpSource(Sockets sockets, TcpMigration tcp, RepairAccess repair, Log log) {
    this.sockets = sockets;
    this.tcp = tcp;
    this.repair = repair;
    this.log = log;
    dump = new SocketDump(sockets);
  }

  /**
   * Freezes and writes. Where nobody may switch repair mode, no connections are written, as passt
   * does it.
   *
   * @throws IOException if the sockets can't be frozen, or the stream be written
   */
  void save(List<Paused> paused, StreamWriter to) throws IOException {
    Optional<RepairMode> mode = paused.isEmpty() ? Optional.empty() : repair.find();
    if (mode.isEmpty()) {
      if (!paused.isEmpty()) {
        log.warn(paused.size() + " TCP connections are left behind: " + RepairAccess.NOBODY);
      }
      to.flowCount(0);
      return;
    }
    SocketFreeze freezing = new SocketFreeze(sockets, mode.get());
    int[] fds = paused.stream().mapToInt(Paused::fd).toArray();
    freezing.freeze(fds);
    freeze = Optional.of(freezing);
    frozen = fds;
    to.flowCount(paused.size());
    for (Paused each : paused) {
      to.flow(
          TcpRecords.record(each.snapshot(), dump.isFinReceived(each.fd()), sendBuffer(each.fd())));
    }
    for (Paused each : paused) {
      try (Arena arena = Arena.ofConfined()) {
        to.socket(socket(each, arena));
      }
    }
  }

  /**
   * Lets the sockets go on.
   *
   * @throws IOException if that can't be done, for want of a helper
   */
  void thaw() throws IOException {
    try {
      if (freeze.isPresent()) {
        freeze.get().thaw(frozen);
      }
    } finally {
      freeze = Optional.empty();
      frozen = new int[0];
      repair.release();
    }
  }

  private int sendBuffer(int fd) {
    return Math.max(0, (int) sockets.getsockopt(fd, SocketLevel.SOCKET, SocketOption.SO_SNDBUF));
  }

  /** A socket that can't be dumped is told to be skipped: the others aren't to suffer. */
  private SocketRecord socket(Paused paused, Arena arena) {
    try {
      SocketRecord.Dumped dumped = dump.dump(paused.fd(), arena);
      MemorySegment held = tcp.held(paused, arena);
      return held.byteSize() == 0 ? dumped : followedBy(held, dumped, arena);
    } catch (ErrnoException e) {
      log.warn(
          "the TCP connection with "
              + paused.snapshot().host().endpoint()
              + " is left behind: "
              + e.getMessage());
      return SocketRecord.Skipped.ZEROS;
    }
  }

  private static SocketRecord.Dumped followedBy(
      MemorySegment held, SocketRecord.Dumped dumped, Arena arena) throws ErrnoException {
    MemorySegment sent = dumped.sendQueue();
    long length = sent.byteSize() + held.byteSize();
    if (length > SocketFields.MAX_QUEUE) {
      throw new ErrnoException(Errno.EMSGSIZE, "a queue of " + length + " bytes");
    }
    MemorySegment all = arena.allocate(length);
    MemorySegment.copy(sent, 0, all, 0, sent.byteSize());
    MemorySegment.copy(held, 0, all, sent.byteSize(), held.byteSize());
    return new SocketRecord.Dumped(
        dumped.fields().followedBy((int) held.byteSize()), all.asReadOnly(), dumped.receiveQueue());
  }
}
