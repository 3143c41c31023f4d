package org.jpasst.guest.cache;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import org.jpasst.guest.FramePieces;
import org.jpasst.guest.FrameSink;
import org.jpasst.guest.LinkCapabilities;
import org.jpasst.guest.TrafficKind;

/**
 * Stands in front of the link for one kind of traffic: passes on, unless cached frames are to go
 * first, or the guest stands still and frames of this kind are to be cached. Of these one at a time
 * is lent; they are written as they go over a wire, so that any link can take them later.
 */
final class CacheSink implements FrameSink {
  private final PacketCache cache;
  private final FrameSink sink;
  private final TrafficKind kind;
  private final boolean cacheable;
  private final FramePieces pieces = new FramePieces(1);
  private MemorySegment page = MemorySegment.NULL; // made when it is needed first
  private boolean caching; // the frame that is lent is the page

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
  public boolean hasRoom() {
    return isNext() && sink.hasRoom() || isCached();
  }

  @Override
  public boolean isStalled() {
    return sink.isStalled();
  }

  @Override
  public boolean isLossy() {
    return sink.isLossy();
  }

  @Override
  public LinkCapabilities capabilities() {
    return isCached() ? LinkCapabilities.NONE : sink.capabilities();
  }

  @Override
  public MemorySegment memory() {
    return caching ? page : sink.memory();
  }

  @Override
  public FramePieces payload() {
    return caching ? pieces : sink.payload();
  }

  @Override
  public int firstPiece() {
    return caching ? 0 : sink.firstPiece();
  }

  @Override
  public long lend(int headers, int capacity) {
    caching = isCached();
    if (caching) {
      return lendPage(headers, capacity);
    }
    return isNext() ? sink.lend(headers, capacity) : NO_ROOM;
  }

  @Override
  public long lendReply(int capacity) {
    caching = isCached();
    if (caching) {
      return lendPage(capacity, 0);
    }
    cache.deliver();
    return sink.lendReply(capacity);
  }

  @Override
  public long lendControl(int capacity) {
    caching = isCached();
    if (caching) {
      return lendPage(capacity, 0);
    }
    cache.deliver();
    return sink.lendControl(capacity);
  }

  private long lendPage(int headers, int capacity) {
    if (page.byteSize() == 0) {
      page = Arena.ofAuto().allocate(MAX_FRAME + 1);
    }
    pieces.truncate(0);
    pieces.add(page, headers, capacity);
    return 0;
  }

  @Override
  public void publish(int length) {
    if (caching) {
      caching = false;
      cache.add(page, 0, length);
    } else {
      sink.publish(length);
    }
  }

  @Override
  public void publish(
      int length, int transportAt, int checksumAt, int segmentation, int segmentSize) {
    if (caching) {
      throw new IllegalStateException("nobody finishes a frame that is cached");
    }
    sink.publish(length, transportAt, checksumAt, segmentation, segmentSize);
  }

  @Override
  public void giveBack() {
    caching = false;
    sink.giveBack();
  }

  @Override
  public void flush() {
    sink.flush();
  }
}
