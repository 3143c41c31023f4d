package org.jpasst.flow;

/** What all flows of one type come to since the start. The bytes are those of flows that ended. */
public final class FlowTotals {
  private int live;
  private long opened;
  private long bytesFromGuest;
  private long bytesToGuest;

  FlowTotals() {}

  /** How many live. */
  public int live() {
    return live;
  }

  /** How many there have been, those that live included. */
  public long opened() {
    return opened;
  }

  /** Bytes of payload from the guest, of flows that have ended. */
  public long endedBytesFromGuest() {
    return bytesFromGuest;
  }

  /** Bytes of payload to the guest, of flows that have ended. */
  public long endedBytesToGuest() {
    return bytesToGuest;
  }

  void began() {
    live++;
    opened++;
  }

  void ended(Flow flow) {
    live--;
    bytesFromGuest += flow.bytesFromGuest();
    bytesToGuest += flow.bytesToGuest();
  }
}
