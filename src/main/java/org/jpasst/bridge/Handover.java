package org.jpasst.bridge;

import org.jpasst.guest.Frame;
import org.jpasst.guest.FrameSink;
import org.jpasst.guest.LinkCapabilities;
import org.jpasst.guest.Offload;
import org.jpasst.guest.Segmentation;
import org.jpasst.wire.EthernetHeader;
import org.jpasst.wire.TcpHeader;
import org.jpasst.wire.UdpHeader;

/**
 * Hands frames over with the work that their sender has left undone, where the other side does it.
 */
final class Handover {
  /** The first bytes of a frame are put in one piece, for those who record it on the way. */
  private static final int FRONT = 128;

  private static final int NONSENSE = -1;

  private final Offload offload = new Offload();

  /** Whether a frame can go as it is. */
  boolean isPossible(Frame frame, FrameSink to) {
    LinkCapabilities takes = to.capabilities();
    if (frame.length() > FrameSink.MAX_FRAME) {
      return false;
    }
    if (!frame.isSeveral()) {
      return !frame.isChecksumMissing() || takes.checksums();
    }
    return frame.isChecksumMissing() && isTaken(frame, takes) && headers(frame) != NONSENSE;
  }

  private static boolean isTaken(Frame frame, LinkCapabilities takes) {
    return switch (frame.segmentation()) {
      case Segmentation.TCP4 -> takes.tcp4();
      case Segmentation.TCP6 -> takes.tcp6();
      default -> {
        int type = EthernetHeader.type(frame.memory(), frame.at());
        // Behind a tag there may be either.
        yield type == EthernetHeader.TYPE_IPV4
            ? takes.udp4()
            : takes.udp6() && (type == EthernetHeader.TYPE_IPV6 || takes.udp4());
      }
    };
  }

  /** Bytes in front of the payload that is to be cut up, which have to be in the head. */
  private static int headers(Frame frame) {
    int start = frame.checksumStart();
    int end = start + UdpHeader.LENGTH;
    if (frame.segmentation() != Segmentation.UDP) {
      end = start + TcpHeader.LENGTH;
      if (end <= frame.headLength()) {
        int length = TcpHeader.headerLength(frame.memory(), frame.at() + start);
        end = start + Math.max(TcpHeader.LENGTH, length);
      }
    }
    return end <= frame.headLength() ? end : NONSENSE;
  }

  /**
   * Hands a frame over for which this {@linkplain #isPossible is possible}.
   *
   * @return false if there is no room
   */
  boolean forward(Frame frame, FrameSink to) {
    if (!frame.isChecksumMissing()) {
      return to.forward(frame, Math.min(frame.headLength(), FRONT), Offload.NONE);
    }
    offload.set(
        frame.checksumStart(), frame.checksumOffset(), frame.segmentation(), frame.segmentSize());
    int headers = frame.isSeveral() ? headers(frame) : Math.min(frame.headLength(), FRONT);
    return to.forward(frame, headers, offload);
  }
}
