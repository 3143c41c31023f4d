package org.jpasst.guest.cache;

import java.util.EnumSet;
import java.util.Set;
import java.util.function.Supplier;
import org.jpasst.guest.MigrationMeans;
import org.jpasst.guest.StateCoverage;
import org.jpasst.guest.TrafficKind;

/**
 * Decides which frames are cached while the guest stands still, from what the operator wants and
 * what the backend says.
 *
 * <p>TCP's never are, whether its connections can move or not: their bytes stay in the sockets
 * until the guest has acknowledged them, and would only be sent again and again into the cache.
 */
public final class CachePolicy {
  /** Of those that a guest receives whose packets are translated. */
  public static final Set<TrafficKind> TRANSLATED =
      Set.of(TrafficKind.UDP, TrafficKind.ECHO, TrafficKind.OTHER);

  /** All that a guest receives that is bridged, its TCP too: there are no sockets. */
  public static final Set<TrafficKind> BRIDGED = Set.of(TrafficKind.BRIDGED);

  private final Supplier<Set<TrafficKind>> cached;

  /** What there is that can be cached, of a guest that is bridged or not. */
  public static Set<TrafficKind> cacheable(boolean bridged) {
    return bridged ? BRIDGED : TRANSLATED;
  }

  private CachePolicy(Supplier<Set<TrafficKind>> cached) {
    this.cached = cached;
  }

  /**
   * What the backend's state migration doesn't cover is cached.
   *
   * @param cacheable what there is that can be, {@link #TRANSLATED} or {@link #BRIDGED}
   * @param means what that migration has at its disposal; asked whenever the guest has stopped
   */
  public static CachePolicy askBackend(
      Set<TrafficKind> cacheable, StateCoverage backend, Supplier<MigrationMeans> means) {
    return new CachePolicy(
        () -> {
          Set<TrafficKind> kinds = EnumSet.copyOf(cacheable);
          kinds.removeAll(backend.covered(means.get()));
          return kinds;
        });
  }

  /** Also what could wait in the sockets is cached: these hold less. */
  public static CachePolicy always(Set<TrafficKind> cacheable) {
    return new CachePolicy(() -> cacheable);
  }

  /** Nothing is cached. */
  public static CachePolicy never() {
    return new CachePolicy(Set::of);
  }

  /** Whether frames of a kind can ever be cached. */
  static boolean isCacheable(TrafficKind kind) {
    return TRANSLATED.contains(kind) || BRIDGED.contains(kind);
  }

  /** The kinds whose frames are cached now: none if the cache is off for this backend. */
  public Set<TrafficKind> cached() {
    return cached.get();
  }
}
