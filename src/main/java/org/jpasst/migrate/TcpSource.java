package org.jpasst.migrate;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SegmentAllocator;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.jpasst.linux.Deafness;
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
  /** How often sockets that go on receiving are dumped anew. */
  private static final int SETTLING_ROUNDS = 4;

  private final Sockets sockets;
  private final TcpMigration tcp;
  private final RepairAccess repair;
  private final SocketDump dump;
  private final Deafness deafness = new Deafness();
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
    SocketFreeze freezing = new SocketFreeze(sockets, mode.get(), deafness);
    int[] fds = paused.stream().mapToInt(Paused::fd).toArray();
    Deafness.Way way = freezing.freeze(fds);
    freeze = Optional.of(freezing);
    frozen = fds;
    if (way.isCertain()) {
      write(paused, to);
    } else {
      writeOnceSettled(paused, to);
    }
  }

  private void write(List<Paused> paused, StreamWriter to) throws IOException {
    writeFlows(paused, to);
    try (QueueMemory memory = new QueueMemory()) {
      for (Paused each : paused) {
        to.socket(socket(each, memory));
        memory.reuse();
      }
    }
  }

  private void writeFlows(List<Paused> paused, StreamWriter to) throws IOException {
    to.flowCount(paused.size());
    for (Paused each : paused) {
      to.flow(
          TcpRecords.record(each.snapshot(), dump.isFinReceived(each.fd()), sendBuffer(each.fd())));
    }
  }

  /**
   * Where the kernel refused what would make the sockets deaf for certain: all of them are dumped
   * before anything is written, and those again that have received something since.
   */
  private void writeOnceSettled(List<Paused> paused, StreamWriter to) throws IOException {
    try (Arena arena = Arena.ofConfined()) {
      SocketRecord[] records = new SocketRecord[paused.size()];
      Arrays.setAll(records, i -> socket(paused.get(i), arena));
      int[] changed = changed(paused, records);
      for (int round = 0; round < SETTLING_ROUNDS && changed.length > 0; round++) {
        for (int each : changed) {
          records[each] = socket(paused.get(each), arena);
        }
        changed = changed(paused, records);
      }
      writeFlows(paused, to);
      for (SocketRecord each : records) {
        to.socket(each);
      }
      int late = changed(paused, records).length;
      log.warn(
          "this kernel lets sockets go on receiving while they move"
              + (late > 0 ? ": " + late + " TCP connections lose what came last" : ""));
    }
  }

  /** Which of them have received something since they were dumped. */
  private int[] changed(List<Paused> paused, SocketRecord[] records) {
    return IntStream.range(0, records.length)
        .filter(i -> hasChanged(paused.get(i), records[i]))
        .toArray();
  }

  private boolean hasChanged(Paused paused, SocketRecord record) {
    return record instanceof SocketRecord.Dumped dumped && dump.hasChanged(paused.fd(), dumped);
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
      forget();
    }
  }

  /** Lets go of sockets that are somebody else's business, or closed. */
  void forget() {
    freeze = Optional.empty();
    frozen = new int[0];
    repair.release();
  }

  private int sendBuffer(int fd) {
    return Math.max(0, (int) sockets.getsockopt(fd, SocketLevel.SOCKET, SocketOption.SO_SNDBUF));
  }

  /** A socket that can't be dumped is told to be skipped: the others aren't to suffer. */
  private SocketRecord socket(Paused paused, SegmentAllocator allocator) {
    try {
      SocketRecord.Dumped dumped = dump.dump(paused.fd(), allocator);
      MemorySegment held = tcp.held(paused, allocator);
      return held.byteSize() == 0 ? dumped : followedBy(held, dumped, allocator);
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
      MemorySegment held, SocketRecord.Dumped dumped, SegmentAllocator allocator)
      throws ErrnoException {
    MemorySegment sent = dumped.sendQueue();
    long length = sent.byteSize() + held.byteSize();
    if (length > SocketFields.MAX_QUEUE) {
      throw new ErrnoException(Errno.EMSGSIZE, "a queue of " + length + " bytes");
    }
    MemorySegment all = allocator.allocate(length);
    MemorySegment.copy(sent, 0, all, 0, sent.byteSize());
    MemorySegment.copy(held, 0, all, sent.byteSize(), held.byteSize());
    return new SocketRecord.Dumped(
        dumped.fields().followedBy((int) held.byteSize()), all.asReadOnly(), dumped.receiveQueue());
  }
}
