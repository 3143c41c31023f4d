package org.jpasst.guest.capture;

import java.lang.foreign.MemorySegment;
import java.util.EnumSet;
import org.jpasst.guest.Frame;
import org.jpasst.guest.FramePieces;
import org.jpasst.guest.FrameReceiver;
import org.jpasst.guest.ReceiverInFront;
import org.jpasst.stats.Counter;
import org.jpasst.stats.Counters;
import org.jpasst.stats.FrameObserver;

/**
 * Records the guest's frames on their way to their receiver, and finds out why some are dropped:
 * the counters that say so are compared before and after each frame, and what is counted when the
 * batch ends is told with the frame it is about. So whoever drops a frame counts it as ever, and
 * without a capture nobody looks.
 */
final class DropReasons implements ReceiverInFront, FrameObserver {
  /** Why a frame of the guest ends here. Others count answers, and what comes from the host. */
  private static final Counter[] WATCHED =
      EnumSet.of(
              Counter.DROP_ETHERTYPE,
              Counter.DROP_VLAN,
              Counter.DROP_FAMILY_DISABLED,
              Counter.DROP_IP_HEADER,
              Counter.DROP_IP_CHECKSUM,
              Counter.DROP_FRAGMENT,
              Counter.DROP_EXPIRED,
              Counter.DROP_MARTIAN,
              Counter.DROP_PROTOCOL,
              Counter.DROP_ARP,
              Counter.DROP_ICMP,
              Counter.DROP_ICMP_CHECKSUM,
              Counter.DROP_ICMP_QUOTE,
              Counter.DROP_NDP,
              Counter.DROP_DHCP,
              Counter.DROP_DHCP_HELD,
              Counter.DROP_DHCP6,
              Counter.DROP_GROUP,
              Counter.DROP_UDP_HEADER,
              Counter.DROP_UDP_CHECKSUM,
              Counter.DROP_UDP_UNREACHABLE,
              Counter.DROP_UDP_SEND,
              Counter.DROP_PING_SEND,
              Counter.DROP_TCP_HEADER,
              Counter.DROP_TCP_CHECKSUM,
              Counter.TCP_NO_FLOW,
              Counter.TCP_OUT_OF_WINDOW,
              Counter.TCP_DUPLICATE,
              Counter.DROP_TABLE_FULL,
              Counter.DROP_ATTEMPT,
              Counter.DROP_NO_SOCKET,
              Counter.DROP_UPLINK_DOWN,
              Counter.DROP_UPLINK_FULL,
              Counter.DROP_UPLINK_REFUSED,
              Counter.DROP_OFFLOAD)
          .toArray(Counter[]::new);

  private static final int MAX_FRAMES = 1 << 13;
  private static final long NOT_RECORDED = 0;
  private static final Frame NONE = new Frame(new FramePieces(0));

  private final FrameReceiver receiver;
  private final PcapNgFile file;
  private final Counters counters;

  /** What the watched ones were before the frame that is being handled. */
  private final long[] before = new long[WATCHED.length];

  // The frames of the batch that have been handled: where their heads lie, and their numbers.
  private final long[] starts = new long[MAX_FRAMES];
  private final long[] ends = new long[MAX_FRAMES];
  private final long[] numbers = new long[MAX_FRAMES];
  private int count;

  /** The frame that is being handled, if one is; it may be moved meanwhile. */
  private Frame current = NONE;

  private long currentNumber;

  /** Stands in front of a receiver. */
  DropReasons(FrameReceiver receiver, PcapNgFile file, Counters counters) {
    this.receiver = receiver;
    this.file = file;
    this.counters = counters;
  }

  @Override
  public FrameReceiver behind() {
    return receiver;
  }

  @Override
  public void onDisconnected() {
    file.flush();
    receiver.onDisconnected();
  }

  @Override
  public void onFrame(Frame frame, long now) {
    if (count == MAX_FRAMES || count > 0 && file.isHalfFull()) {
      // A batch may end before its time; what became of its frames is known then.
      onBatchEnd(now);
      file.flush();
    }
    long recorded = file.frames();
    file.fromGuest(frame);
    currentNumber = file.frames() > recorded ? file.frames() : NOT_RECORDED;
    current = frame;
    for (int i = 0; i < WATCHED.length; i++) {
      before[i] = counters.value(WATCHED[i]);
    }
    receiver.onFrame(frame, now);
    for (int i = 0; i < WATCHED.length; i++) {
      if (counters.value(WATCHED[i]) != before[i]) {
        file.explain(currentNumber, WATCHED[i]);
        break;
      }
    }
    starts[count] = placeOf(frame);
    ends[count] = starts[count] + frame.headLength();
    numbers[count++] = currentNumber;
    current = NONE;
  }

  @Override
  public void counted(Counter counter, MemorySegment memory, long at) {
    for (int i = 0; i < WATCHED.length; i++) {
      if (WATCHED[i] == counter) {
        before[i]++; // the frame that is being handled needn't be the one
        file.explain(numberOf(memory.address() + at), counter);
      }
    }
  }

  /** The number of the frame whose head has this place: the last one, as places are used again. */
  private long numberOf(long place) {
    long start = placeOf(current);
    if (place >= start && place < start + current.headLength()) {
      return currentNumber;
    }
    for (int i = count - 1; i >= 0; i--) {
      if (place >= starts[i] && place < ends[i]) {
        return numbers[i];
      }
    }
    return NOT_RECORDED;
  }

  private static long placeOf(Frame frame) {
    return frame.memory().address() + frame.at();
  }

  @Override
  public void onBatchEnd(long now) {
    receiver.onBatchEnd(now);
    count = 0;
  }

  /** They are told apart by their places. */
  @Override
  public boolean keepsFrames() {
    return true;
  }
}
