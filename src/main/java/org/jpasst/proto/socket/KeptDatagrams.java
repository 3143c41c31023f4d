package org.jpasst.proto.socket;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
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
   * One of them.
   *
   * @param index its flow's
   * @param generation its flow's
   */
  public record Entry(int index, int generation, KeptDatagram datagram) {}

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
   * @param index its flow's
   * @param generation its flow's
   * @param bytes where it is
   * @param at its offset there
   * @return false if there are too many already
   */
  public boolean add(
      int index, int generation, Endpoint from, MemorySegment bytes, long at, int length) {
    if (size + length + OVERHEAD > LIMIT) {
      return false;
    }
    MemorySegment copy = arena.allocate(length);
    MemorySegment.copy(bytes, at, copy, 0, length);
    entries.addLast(new Entry(index, generation, new KeptDatagram(from, copy.asReadOnly())));
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

  /** All of them by their flows' indices; their memory stays ours. */
  public Map<Integer, List<KeptDatagram>> byFlow() {
    Map<Integer, List<KeptDatagram>> map = new HashMap<>();
    for (Entry each : entries) {
      map.computeIfAbsent(each.index, i -> new ArrayList<>()).add(each.datagram);
    }
    return map;
  }
}
