package org.jpasst.proto.udp;

/**
 * Flows of peers whom the guest hasn't answered (yet), in the order they came. There is a limit to
 * them, so that peers, whose addresses anybody can forge, leave descriptors for the guest's own
 * flows and for those that it has answered. Beyond it the oldest makes room.
 */
final class StrangerFlows {
  private final int limit;
  private int count;
  private UdpFlow oldest;
  private UdpFlow newest;

  StrangerFlows(int limit) {
    this.limit = limit;
  }

  /**
   * Takes in a new one.
   *
   * @return the one that is too many now, which the caller is to close; null where none is
   */
  UdpFlow add(UdpFlow flow) {
    flow.isStranger = true;
    flow.previousStranger = newest;
    flow.nextStranger = null;
    if (newest == null) {
      oldest = flow;
    } else {
      newest.nextStranger = flow;
    }
    newest = flow;
    return ++count > limit ? oldest : null;
  }

  /** Lets one go, if it is one of these. */
  void remove(UdpFlow flow) {
    if (!flow.isStranger) {
      return;
    }
    flow.isStranger = false;
    count--;
    if (flow.previousStranger == null) {
      oldest = flow.nextStranger;
    } else {
      flow.previousStranger.nextStranger = flow.nextStranger;
    }
    if (flow.nextStranger == null) {
      newest = flow.previousStranger;
    } else {
      flow.nextStranger.previousStranger = flow.previousStranger;
    }
    flow.nextStranger = null;
    flow.previousStranger = null;
  }
}
