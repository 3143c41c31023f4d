package org.jpasst.migrate.stream;

import java.nio.ByteBuffer;

/**
 * TCP_REPAIR_WINDOW: windows are bytes, unsigned.
 *
 * @param sndWl1 sequence number of the segment that last updated the peer's window
 * @param sndWnd the peer's window
 * @param maxWindow the largest it has been
 * @param rcvWnd our window
 * @param rcvWup sequence number acknowledged when it was announced
 */
public record RepairWindow(int sndWl1, int sndWnd, int maxWindow, int rcvWnd, int rcvWup) {
  static RepairWindow read(ByteBuffer from) {
    return new RepairWindow(
        from.getInt(), from.getInt(), from.getInt(), from.getInt(), from.getInt());
  }

  void write(ByteBuffer to) {
    to.putInt(sndWl1).putInt(sndWnd).putInt(maxWindow).putInt(rcvWnd).putInt(rcvWup);
  }
}
