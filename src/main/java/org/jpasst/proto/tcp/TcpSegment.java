package org.jpasst.proto.tcp;

import java.lang.foreign.MemorySegment;
import org.jpasst.flow.FlowSide;
import org.jpasst.wire.TcpHeader;

/** What one segment for the guest says, but for options and data; used again for the next one. */
final class TcpSegment {
  private FlowSide side = new FlowSide();
  private long peerMac;
  private int flowLabel;
  private int flags;
  private int sequence;
  private int acknowledgment;
  private int window;

  /**
   * Sets whose it is.
   *
   * @param side the guest's endpoint, and as ours whom it talks to; isn't copied
   * @param peerMac its Ethernet source
   */
  TcpSegment of(FlowSide side, long peerMac, int flowLabel) {
    this.side = side;
    this.peerMac = peerMac;
    this.flowLabel = flowLabel;
    return this;
  }

  /** Sets what it says, with a window of zero. */
  TcpSegment says(int flags, int sequence, int acknowledgment) {
    this.flags = flags;
    this.sequence = sequence;
    this.acknowledgment = acknowledgment;
    window = 0;
    return this;
  }

  /** Sets the window, not scaled. */
  TcpSegment offers(int window) {
    this.window = window;
    return this;
  }

  /** One that stays the same, whatever this one and its side are used for. */
  TcpSegment copy() {
    return new TcpSegment()
        .of(new FlowSide().set(side), peerMac, flowLabel)
        .says(flags, sequence, acknowledgment)
        .offers(window);
  }

  FlowSide side() {
    return side;
  }

  long peerMac() {
    return peerMac;
  }

  int flowLabel() {
    return flowLabel;
  }

  int sequence() {
    return sequence;
  }

  int acknowledgment() {
    return acknowledgment;
  }

  /**
   * Writes the header, see {@link TcpHeader#write}.
   *
   * @param length of the header with options
   */
  void write(MemorySegment s, long at, int length) {
    TcpHeader.write(
        s,
        at,
        side.ourPort(),
        side.endpointPort(),
        sequence,
        acknowledgment,
        length,
        flags,
        window);
  }
}
