package org.jpasst.proto.socket;

import org.jpasst.linux.EpollFlag;
import org.jpasst.loop.EventHandler;

/** Takes the events of one protocol's flows: errors first, then what is to be read. */
public final class FlowEvents<F extends DatagramFlow> implements EventHandler {
  /** Who reads the sockets. */
  public interface Reader<F> {
    /** Tells the guest of a socket's errors; how many there were. */
    int drainErrors(F flow);

    /** A socket is readable. */
    void read(F flow, long now);
  }

  private final DatagramFlows<F> flows;
  private final Reader<F> reader;

  /** For the flows whose sockets this reads. */
  public FlowEvents(DatagramFlows<F> flows, Reader<F> reader) {
    this.flows = flows;
    this.reader = reader;
  }

  @Override
  public void onReady(int index, int generation, int events, long now) {
    F flow = flows.current(index, generation);
    if (flow == null) {
      return;
    }
    if ((events & (EpollFlag.ERR | EpollFlag.HUP)) != 0
        && !flow.common().explains(reader.drainErrors(flow))) {
      flows.close(flow);
      return;
    }
    if ((events & EpollFlag.IN) != 0) {
      reader.read(flow, now);
    }
  }

  @Override
  public void onFailure(int index, int generation, long now) {
    F flow = flows.current(index, generation);
    if (flow != null) {
      flows.close(flow);
    }
  }
}
