package org.jpasst.proto.socket;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.jpasst.flow.Flow;
import org.jpasst.net.Endpoint;

/**
 * Datagrams that were taken from their sockets so that they can move to another host, or have come
 * from one: they go to the guest, wherever it runs next, before anything newer. In the order in
 * which they came. Owns their memory, which is not the heap's.
 */
public final class KeptDatagrams {
  /** Most bytes: as much as some hundred full sockets hold. What is more waits in its socket. */
  public static final long LIMIT = 64 << 20;

  /**
   * What each is reckoned to take besides its payload, so that there aren't too many empty ones.
   */
  private static final int OVERHEAD = 256;

  /** Most datagrams that there can be. */
  public static final int MOST = (int) (LIMIT / OVERHEAD);

  /**
   * The flow that one is of.
   *
   * @param index in the flow table
   * @param generation of that index
   */
  public record Owner(int index, int generation) {
    /** A flow as owner. */
    public static Owner of(Flow flow) {
      return new Owner(flow.index(), flow.generation());
    }
  }

  /** One of them. */
  public record Entry(Owner owner, KeptDatagram datagram) {}

  private final ArrayDeque<Entry> entries = new ArrayDeque<>();
  private Arena arena = Arena.ofConfined();
  private long size;

  /** Whether there are none. */
  public boolean isEmpty() {
    return entries.isEmpty();
  }

  /**
   * Appends a copy of one.
   *
   * @param flow whose it is
   * @param bytes where it is
   * @param at its offset there
   * @return false if there are too many already
   */
  public boolean add(Flow flow, Endpoint from, MemorySegment bytes, long at, int length) {
    if (size + length + OVERHEAD > LIMIT) {
      return false;
    }
    MemorySegment copy = arena.allocate(length);
    MemorySegment.copy(bytes, at, copy, 0, length);
    entries.addLast(new Entry(Owner.of(flow), new KeptDatagram(from, copy.asReadOnly())));
    size += length + OVERHEAD;
    return true;
  }

  /** The oldest; only if there is one. */
  public Entry first() {
    return entries.getFirst();
  }

  /** Forgets the oldest; with the last one the memory of all is released. */
  public void removeFirst() {
    entries.removeFirst();
    if (entries.isEmpty()) {
      arena.close();
      arena = Arena.ofConfined();
      size = 0;
    }
  }

  /** All of them by their flows; their memory stays ours. */
  public Map<Owner, List<KeptDatagram>> byFlow() {
    return entries.stream()
        .collect(
            Collectors.groupingBy(
                Entry::owner, Collectors.mapping(Entry::datagram, Collectors.toList())));
  }
}
