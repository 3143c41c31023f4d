package org.jpasst.guest.cache;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import org.jpasst.guest.FrameSink;
import org.jpasst.guest.LentFrame;
import org.jpasst.guest.LentFrames;
import org.jpasst.guest.LinkCapabilities;
import org.jpasst.guest.Offload;
import org.jpasst.guest.SinkInFront;
import org.jpasst.guest.TrafficKind;

/**
 * Stands in front of the link for one kind of traffic: passes on, unless cached frames are to go
 * first, or the guest stands still and frames of this kind are to be cached. Of these one at a time
 * is lent; they are written as they go over a wire, so that any link can take them later.
 */
final class CacheSink implements SinkInFront {
  private final PacketCache cache;
  private final FrameSink sink;
  private final TrafficKind kind;
  private final boolean cacheable;
  private final LentFrames lent = new LentFrames(1, 1); // the page, where it is
  private MemorySegment page = MemorySegment.NULL; // made when it is needed first

  CacheSink(PacketCache cache, FrameSink sink, TrafficKind kind) {
    this.cache = cache;
    this.sink = sink;
    this.kind = kind;
    cacheable = CachePolicy.isCacheable(kind);
  }

  private boolean isCached() {
    return cacheable && cache.takes(kind);
  }

  /** Whether nothing has to go first. */
  private boolean isNext() {
    return cache.isEmpty() || cache.deliver();
  }

  @Override
  public FrameSink behind() {
    return sink;
  }

  @Override
  public boolean hasRoom() {
    return isNext() && sink.hasRoom() || isCached();
  }

  @Override
  public LinkCapabilities capabilities() {
    return isCached() ? LinkCapabilities.NONE : sink.capabilities();
  }

  @Override
  public LentFrame lend(int headers, int capacity) {
    if (isCached()) {
      return lendPage(headers, capacity);
    }
    return isNext() ? sink.lend(headers, capacity) : LentFrame.NONE;
  }

  @Override
  public LentFrame lendReply(int capacity) {
    if (isCached()) {
      return lendPage(capacity, 0);
    }
    cache.deliver();
    return sink.lendReply(capacity);
  }

  @Override
  public LentFrame lendControl(int capacity) {
    if (isCached()) {
      return lendPage(capacity, 0);
    }
    cache.deliver();
    return sink.lendControl(capacity);
  }

  private LentFrame lendPage(int headers, int capacity) {
    if (page.byteSize() == 0) {
      page = Arena.ofAuto().allocate(MAX_FRAME + 1);
    }
    lent.clear();
    LentFrame frame = lent.lend(page, 0, headers, capacity);
    lent.pieces().add(page, headers, capacity);
    return frame;
  }

  @Override
  public void publish(LentFrame frame, int length, Offload offload) {
    if (frame.memory() != page) {
      sink.publish(frame, length, offload);
      return;
    }
    if (!offload.isNone()) {
      throw new IllegalStateException("nobody finishes a frame that is cached");
    }
    lent.publish(frame, length);
    cache.add(page, 0, length);
  }

  @Override
  public void giveBack() {
    lent.clear();
    sink.giveBack();
  }
}
