package org.jpasst.bridge;

import java.lang.foreign.MemorySegment;
import org.jpasst.guest.Frame;
import org.jpasst.guest.FramePieces;
import org.jpasst.guest.FrameSink;
import org.jpasst.guest.LentFrame;
import org.jpasst.linux.ZeroPages;

/**
 * A frame that couldn't go at once, or not as it was: sent whole where it can be by now, else as
 * the packets that it stands for, which are finished here.
 */
final class KeptFrame {
  /** More than any frame has. */
  private static final int SIZE = 1 << 17;

  private final MemorySegment memory = ZeroPages.map(SIZE);
  private final Frame frame = new Frame(new FramePieces(0));
  private final Handover handover;
  private final Packets packets = new Packets();
  private boolean empty = true;
  private boolean begun; // to be sent as packets

  KeptFrame(Handover handover) {
    this.handover = handover;
  }

  boolean isEmpty() {
    return empty;
  }

  void clear() {
    empty = true;
    begun = false;
  }

  /** Keeps a copy of a frame; false if it is longer than any. Only if this is empty. */
  boolean keep(Frame other) {
    if (other.length() > SIZE) {
      return false;
    }
    other.copy(other.at(), other.length(), memory, 0);
    frame.set(memory, 0, other.length());
    frame.setOffload(other.isChecksumMissing(), other.segmentation(), other.segmentSize());
    frame.setChecksumPlace(other.checksumStart(), other.checksumOffset());
    empty = false;
    return true;
  }

  /**
   * Sends it as far as there is room, after which this is empty.
   *
   * @return false if it makes no sense, and is forgotten
   */
  boolean send(FrameSink to) {
    if (empty) {
      return true;
    }
    if (!begun && handover.isPossible(frame, to)) {
      empty = handover.forward(frame, to);
      return true;
    }
    if (!begun && !packets.begin(frame)) {
      clear();
      return false;
    }
    begun = true;
    if (sendPackets(to)) {
      clear();
    }
    return true;
  }

  private boolean sendPackets(FrameSink to) {
    while (packets.hasNext()) {
      int length = packets.length();
      LentFrame lent = to.lend(length);
      if (lent.isNone()) {
        return false;
      }
      packets.write(lent.memory(), lent.at());
      to.publish(lent, length);
    }
    return true;
  }
}
