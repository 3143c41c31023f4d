package org.jpasst.fuzz;

import java.util.Map;
import java.util.TreeMap;

/** Parts of a stream: which bytes, counted from its first, have been sent or seen. */
final class Ranges {
  private final TreeMap<Integer, Integer> ends = new TreeMap<>(); // by start, apart
  private int contiguous;

  /** Adds the bytes from one offset to another; those before the first don't count. */
  void add(int from, int to) {
    int start = Math.max(0, from);
    int end = to;
    if (start >= end || end <= contiguous) {
      return;
    }
    if (start <= contiguous) {
      contiguous = end;
      swallow();
      return;
    }
    Map.Entry<Integer, Integer> near = ends.floorEntry(end);
    while (near != null && near.getValue() >= start) {
      start = Math.min(start, near.getKey());
      end = Math.max(end, near.getValue());
      ends.remove(near.getKey());
      near = ends.floorEntry(end);
    }
    ends.put(start, end);
  }

  private void swallow() {
    while (!ends.isEmpty() && ends.firstKey() <= contiguous) {
      contiguous = Math.max(contiguous, ends.pollFirstEntry().getValue());
    }
  }

  /** How many bytes there are from the first one on without a gap. */
  int contiguous() {
    return contiguous;
  }

  /** The ranges behind the first gap, by start. */
  TreeMap<Integer, Integer> behindGap() {
    return ends;
  }
}
