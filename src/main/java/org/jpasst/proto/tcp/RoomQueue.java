package org.jpasst.proto.tcp;

import java.util.Arrays;

/** Connections that wait for room on the guest's link, first come, first served; each once. */
final class RoomQueue {
  private TcpConnection[] ring = new TcpConnection[256];
  private int head;
  private int size;

  int size() {
    return size;
  }

  void add(TcpConnection c) {
    if (c.queued) {
      return;
    }
    if (size == ring.length) {
      grow();
    }
    c.queued = true;
    ring[(head + size++) & (ring.length - 1)] = c;
  }

  TcpConnection take() {
    TcpConnection c = ring[head];
    head = (head + 1) & (ring.length - 1);
    size--;
    c.queued = false;
    return c;
  }

  private void grow() {
    TcpConnection[] larger = Arrays.copyOf(ring, ring.length * 2);
    System.arraycopy(ring, head, larger, 0, size - head);
    System.arraycopy(ring, 0, larger, size - head, head);
    ring = larger;
    head = 0;
  }
}
