package org.jpasst.proto.socket;

import org.jpasst.flow.Flow;
import org.jpasst.flow.FlowSide;
import org.jpasst.linux.Sockets;
import org.jpasst.loop.EventKind;
import org.jpasst.loop.EventLoop;
import org.jpasst.net.MacLookup;

/**
 * A flow's socket and its entry in the flow table, which come and go together, and what is known of
 * the frames both ways. Used again for later flows of the same index.
 */
public final class FlowSocket {
  private static final long NO_MAC = -1;

  /** Rounds in which the kernel may tell of an error that can't be found. */
  private static final int MAX_BARREN_ERRORS = 2;

  private final WatchedSocket socket;
  private final HeaderFields headerFields = new HeaderFields();
  private Flow flow;
  private long mac;
  private int barrenErrors;

  /** Place in the list of all flows. */
  int position;

  FlowSocket(Sockets sockets, EventLoop loop, EventKind kind) {
    socket = new WatchedSocket(sockets, loop, kind);
  }

  void begin(Flow newFlow, int newPosition) {
    flow = newFlow;
    position = newPosition;
    mac = NO_MAC;
    barrenErrors = 0;
    headerFields.reset();
  }

  Flow flow() {
    return flow;
  }

  WatchedSocket socket() {
    return socket;
  }

  HeaderFields headerFields() {
    return headerFields;
  }

  /** Ethernet address that the flow's frames for the guest come from. */
  public long mac(MacLookup macs) {
    if (mac == NO_MAC) {
      FlowSide guest = flow.guest();
      mac = macs.macOf(guest.ourHi(), guest.ourLo());
    }
    return mac;
  }

  /**
   * The kernel has told of an error.
   *
   * @param found how many there were
   * @return false if it does so again and again, and there are none
   */
  boolean explains(int found) {
    barrenErrors = found > 0 ? 0 : barrenErrors + 1;
    return barrenErrors < MAX_BARREN_ERRORS;
  }
}
