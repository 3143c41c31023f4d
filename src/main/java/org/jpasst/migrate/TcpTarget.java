package org.jpasst.migrate;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.IntSupplier;
import org.jpasst.linux.Errno;
import org.jpasst.linux.ErrnoException;
import org.jpasst.linux.Sockets;
import org.jpasst.log.Log;
import org.jpasst.migrate.repair.RepairAccess;
import org.jpasst.migrate.repair.RepairCommand;
import org.jpasst.migrate.repair.RepairMode;
import org.jpasst.migrate.socket.SocketRestore;
import org.jpasst.migrate.stream.FlowRecord;
import org.jpasst.migrate.stream.SocketRecord;
import org.jpasst.migrate.stream.StreamReader;
import org.jpasst.migrate.stream.TcpState;
import org.jpasst.net.Endpoint;
import org.jpasst.proto.tcp.TcpMigration;
import org.jpasst.proto.tcp.TcpSnapshot;

/**
 * Makes sockets and connections out of a stream. All sockets are restored before the first of them
 * may send: until then a stream that turns out to be broken leaves no trace.
 */
final class TcpTarget {
  /** Most bytes kept of all connections for sending them once the sockets may send. */
  private static final long MAX_WAITING = 1L << 30;

  private static final int NONE = -1;

  private final Sockets sockets;
  private final TcpMigration tcp;
  private final RepairAccess repair;
  private final SocketRestore restore;
  private final IntSupplier scopeId;
  private final Log log;

  TcpTarget(Sockets sockets, TcpMigration tcp, RepairAccess repair, IntSupplier scopeId, Log log) {
    this.sockets = sockets;
    this.tcp = tcp;
    this.repair = repair;
    this.scopeId = scopeId;
    this.log = log;
    restore = new SocketRestore(sockets);
  }

  /** A connection on its way back to life. */
  private record Restored(int fd, TcpSnapshot snapshot, TcpState state, MemorySegment unsent) {}

  /**
   * Reads all connections and goes on with them. Those that can't be restored are reset.
   *
   * @throws IOException if the stream is broken, or repair mode can't be switched
   */
  void load(StreamReader from, long now) throws IOException {
    List<FlowRecord> flows = flows(from);
    if (flows.isEmpty()) {
      return;
    }
    int[] fds = open(flows);
    try (Arena arena = Arena.ofConfined()) {
      RepairMode mode =
          repair.find().orElseThrow(() -> new ErrnoException(Errno.EAGAIN, RepairAccess.NOBODY));
      mode.set(opened(fds), RepairCommand.ON);
      List<Restored> restored = restore(from, flows, fds, arena);
      mode.set(restored.stream().mapToInt(Restored::fd).toArray(), RepairCommand.OFF);
      goOn(flows, fds, restored, now);
    } catch (IOException e) {
      // In repair mode closing them tells nobody.
      for (int fd : opened(fds)) {
        sockets.close(fd);
      }
      throw e;
    } finally {
      repair.release();
    }
  }

  private static List<FlowRecord> flows(StreamReader from) throws IOException {
    int count = from.flowCount();
    List<FlowRecord> flows = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      flows.add(from.flow());
    }
    return flows;
  }

  /** A socket for each flow; {@link #NONE} for those that there are no descriptors for. */
  private int[] open(List<FlowRecord> flows) {
    int[] fds = new int[flows.size()];
    for (int i = 0; i < fds.length; i++) {
      try {
        fds[i] = restore.open(flows.get(i).host().own().address());
      } catch (ErrnoException e) {
        log.debug("a connection can't be restored: " + e.getMessage());
        fds[i] = NONE;
      }
    }
    return fds;
  }

  private static int[] opened(int[] fds) {
    return Arrays.stream(fds).filter(fd -> fd != NONE).toArray();
  }

  /**
   * Restores one socket after the other; those that can't be are closed.
   *
   * @param arena for what is to be sent later
   */
  private List<Restored> restore(StreamReader from, List<FlowRecord> flows, int[] fds, Arena arena)
      throws IOException {
    List<Restored> restored = new ArrayList<>();
    long waiting = 0;
    try (QueueMemory queues = new QueueMemory()) {
      for (int i = 0; i < fds.length; i++, queues.reuse()) {
        if (from.socket(queues) instanceof SocketRecord.Dumped dumped
            && fds[i] != NONE
            && waiting + dumped.fields().notsent() <= MAX_WAITING
            && restore(flows.get(i), fds[i], dumped)) {
          waiting += dumped.fields().notsent();
          MemorySegment unsent = arena.allocate(dumped.fields().notsent());
          unsent.copyFrom(dumped.unsentPart());
          TcpSnapshot snapshot = TcpRecords.snapshot(flows.get(i), dumped.state());
          restored.add(new Restored(fds[i], snapshot, dumped.state(), unsent));
        } else if (fds[i] != NONE) {
          sockets.close(fds[i]);
          fds[i] = NONE;
        }
      }
    }
    return restored;
  }

  private boolean restore(FlowRecord flow, int fd, SocketRecord.Dumped socket) {
    try {
      restore.restore(fd, flow.host().own(), flow.host().endpoint(), scopeId.getAsInt(), socket);
      restore.growSendBuffer(fd, flow.tcp().sendBuffer());
      return true;
    } catch (ErrnoException e) {
      tellLost(flow.host().endpoint(), e);
      return false;
    }
  }

  /** The sockets may send. */
  private void goOn(List<FlowRecord> flows, int[] fds, List<Restored> restored, long now) {
    int lost = flows.size() - restored.size();
    for (Restored each : restored) {
      lost += goOn(each, now) ? 0 : 1;
    }
    for (int i = 0; i < fds.length; i++) {
      if (fds[i] == NONE) {
        tcp.refuse(TcpRecords.snapshot(flows.get(i), TcpState.ESTABLISHED));
      }
    }
    String count = restored.size() + " TCP connections go on here";
    if (lost > 0) {
      log.warn(count + ", " + lost + " are lost");
    } else {
      log.info(count);
    }
  }

  private boolean goOn(Restored each, long now) {
    try {
      int sent = restore.resume(each.fd(), each.unsent(), each.state());
      return tcp.restore(each.snapshot(), each.fd(), each.unsent().asSlice(sent), now);
    } catch (ErrnoException e) {
      tellLost(each.snapshot().host().endpoint(), e);
      sockets.close(each.fd());
      tcp.refuse(each.snapshot());
      return false;
    }
  }

  private void tellLost(Endpoint peer, ErrnoException e) {
    log.info("the TCP connection with " + peer + " is lost: " + e.getMessage());
  }
}
