package org.jpasst.proto.socket;

import java.util.ArrayList;
import java.util.List;
import org.jpasst.flow.Flow;
import org.jpasst.flow.FlowSide;
import org.jpasst.flow.FlowTable;
import org.jpasst.flow.FlowType;
import org.jpasst.linux.Errno;
import org.jpasst.linux.Sockets;
import org.jpasst.log.Log;
import org.jpasst.loop.EventKind;
import org.jpasst.loop.EventLoop;
import org.jpasst.proto.Environment;

/**
 * All flows of one protocol that live, in no order and by their index in the flow table. A flow's
 * entry in that table and its socket come and go together.
 *
 * @param <F> what the protocol knows of a flow
 */
public final class DatagramFlows<F extends DatagramFlow> {
  /** What is the protocol's own. */
  public interface Protocol<F> {
    /** Makes room for what is known of a flow, to be used again for others. */
    F make(FlowSocket common);

    /** A socket can't be watched: counts that. */
    void failed(int errno);

    /** A flow ends; its socket is still open. */
    void ends(F flow);
  }

  private final Environment environment;
  private final Sockets sockets;
  private final EventLoop loop;
  private final FlowTable table;
  private final Log log;
  private final EventKind kind;
  private final WaitingSockets waiting;
  private final Protocol<F> protocol;
  private final List<F> byIndex = new ArrayList<>();
  private final List<F> live = new ArrayList<>();
  private int lastErrno;

  /**
   * None yet.
   *
   * @param kind of the events of their sockets
   * @param waiting those of them that wait for the guest
   */
  public DatagramFlows(
      Environment environment, EventKind kind, WaitingSockets waiting, Protocol<F> protocol) {
    this.environment = environment;
    sockets = environment.sockets();
    loop = environment.loop();
    table = environment.flows();
    log = environment.log();
    this.kind = kind;
    this.waiting = waiting;
    this.protocol = protocol;
  }

  /** How many live. */
  public int size() {
    return live.size();
  }

  /** One of them, by a number below {@link #size}. */
  public F live(int number) {
    return live.get(number);
  }

  /** The flow whose socket this index is of; only while it lives. */
  public F at(int index) {
    return byIndex.get(index);
  }

  /** The flow of an event, or null if it is gone. */
  public F current(int index, int generation) {
    boolean isOurs =
        table.isCurrent(index, generation)
            && index < byIndex.size()
            && byIndex.get(index) != null
            && byIndex.get(index).socket().isOpen();
    return isOurs ? byIndex.get(index) : null;
  }

  /** The flow that has this side, or null. */
  public F find(FlowType type, FlowSide side) {
    int index = table.lookup(type, side);
    return index == FlowTable.NONE ? null : byIndex.get(index);
  }

  /**
   * Enters a flow.
   *
   * @param fd its socket, which becomes the flow's, also where this fails
   * @return null where it can't be entered; {@link #lastErrno} tells why
   */
  public F add(FlowType type, FlowSide initiating, FlowSide target, int fd, long now) {
    int index = table.allocate(type, now);
    if (index == FlowTable.NONE) {
      sockets.close(fd);
      environment.refuseForFullTable();
      return refused(-Errno.ENOBUFS);
    }
    Flow entry = table.flow(index);
    F flow = slot(index);
    int result = flow.socket().open(fd, index, entry.generation());
    if (result < 0) {
      table.free(index);
      protocol.failed(result);
      return refused(result);
    }
    entry.initiating().set(initiating);
    entry.target().set(target);
    table.insertInitiating(index);
    flow.common().begin(entry, live.size());
    live.add(flow);
    return flow;
  }

  private F slot(int index) {
    while (index >= byIndex.size()) {
      byIndex.add(null);
    }
    F flow = byIndex.get(index);
    if (flow == null) {
      flow = protocol.make(new FlowSocket(sockets, loop, kind));
      byIndex.set(index, flow);
    }
    return flow;
  }

  /**
   * A flow can't be had.
   *
   * @return null
   */
  public F refused(int errno) {
    lastErrno = errno;
    return null;
  }

  /** Why the last flow couldn't be had: a negated error number. */
  public int lastErrno() {
    return lastErrno;
  }

  /** Closes the flows that have been silent for too long. */
  public void expire(long now) {
    for (int i = live.size() - 1; i >= 0; i--) {
      if (live.get(i).isStale(now)) {
        close(live.get(i));
      }
    }
  }

  /** Closes a flow's socket and forgets the flow. */
  public void close(F flow) {
    if (log.isDebug()) {
      log.debug("closed " + flow.flow());
    }
    protocol.ends(flow);
    waiting.close(flow.socket());
    table.free(flow.flow().index());
    F last = live.removeLast();
    if (last != flow) {
      last.common().position = flow.common().position;
      live.set(last.common().position, last);
    }
  }

  /** Closes all of them: they go on elsewhere. */
  public void forget() {
    while (!live.isEmpty()) {
      close(live.getLast());
    }
  }
}
