package org.jpasst.migrate;

import java.util.Set;
import org.jpasst.guest.TrafficKind;
import org.jpasst.guest.cache.PacketCache;
import org.jpasst.migrate.stream.CachedFrames;

/** The frames that were cached while the guest stood still. */
final class CacheStage implements SectionStage<CachedFrames> {
  private final PacketCache cache;

  CacheStage(PacketCache cache) {
    this.cache = cache;
  }

  @Override
  public boolean moves(Set<TrafficKind> covered) {
    return true;
  }

  @Override
  public CachedFrames save(long now) {
    return new CachedFrames(cache.time(), cache.count(), cache.save());
  }

  @Override
  public String load(CachedFrames section, long now) {
    if (!section.isEmpty()) {
      cache.restore(section.frames().getFirst(), section.count(), section.clock());
    }
    return cache.count() + " cached frames wait for the guest";
  }

  @Override
  public void forget() {
    // They are no sockets.
  }
}
