package org.jpasst.guest.vlan;

import java.util.Arrays;
import org.jpasst.guest.FrameSink;
import org.jpasst.guest.LentFrame;
import org.jpasst.guest.Offload;
import org.jpasst.guest.SinkInFront;
import org.jpasst.wire.EthernetHeader;

/**
 * Tags the frames for the guest with one VLAN, priority 0. Each is lent with room for the tag in
 * front, which its sender doesn't see; the tag is written when the frame is published.
 */
public final class VlanSink implements SinkInFront {
  private static final int TAG = EthernetHeader.TAG_LENGTH;
  private static final int USUAL_FRAMES = 64;

  private final FrameSink sink;
  private final int vlan;
  private final Offload shifted = new Offload();

  // The frames that are lent, in the order in which they come back, and what the sink calls them.
  private LentFrame[] lent = new LentFrame[0];
  private LentFrame[] tagged = new LentFrame[0];
  private int oldest;
  private int end;

  /**
   * Stands in front of a sink.
   *
   * @param vlan the VLAN's identifier, 1 to 4094
   */
  public VlanSink(FrameSink sink, int vlan) {
    this.sink = sink;
    this.vlan = vlan;
    grow(USUAL_FRAMES);
  }

  /** As many as the sink has ever lent at a time. */
  private void grow(int size) {
    int from = lent.length;
    lent = Arrays.copyOf(lent, size);
    tagged = Arrays.copyOf(tagged, size);
    for (int i = from; i < size; i++) {
      lent[i] = LentFrame.view();
    }
  }

  @Override
  public FrameSink behind() {
    return sink;
  }

  @Override
  public LentFrame lend(int headers, int capacity) {
    return behindTag(sink.lend(headers + TAG, capacity));
  }

  @Override
  public LentFrame lendReply(int capacity) {
    return behindTag(sink.lendReply(capacity + TAG));
  }

  @Override
  public LentFrame lendControl(int capacity) {
    return behindTag(sink.lendControl(capacity + TAG));
  }

  private LentFrame behindTag(LentFrame frame) {
    if (frame.isNone()) {
      return frame;
    }
    if (end == lent.length) {
      grow(end * 2);
    }
    tagged[end] = frame;
    return lent[end++].showRest(frame, TAG);
  }

  @Override
  public void publish(LentFrame frame, int length, Offload offload) {
    if (oldest == end || frame != lent[oldest]) {
      throw new IllegalStateException("published a frame that isn't the one lent first");
    }
    LentFrame whole = tagged[oldest];
    EthernetHeader.insertTag(frame.memory(), frame.at(), vlan);
    oldest = length < frame.room() ? end : oldest + 1;
    if (oldest == end) {
      forget();
    }
    sink.publish(whole, length + TAG, behindTag(offload));
  }

  private Offload behindTag(Offload offload) {
    return offload.isNone()
        ? offload
        : shifted.set(
            offload.transportAt() + TAG,
            offload.checksumAt(),
            offload.segmentation(),
            offload.segmentSize());
  }

  private void forget() {
    oldest = 0;
    end = 0;
  }

  @Override
  public void giveBack() {
    forget();
    sink.giveBack();
  }
}
