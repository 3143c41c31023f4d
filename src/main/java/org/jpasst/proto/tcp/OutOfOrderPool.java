package org.jpasst.proto.tcp;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/** Gives connections room for segments that came after a gap, and takes it back. */
final class OutOfOrderPool {
  private final Arena arena = Arena.global();
  private final BoundedPool<OutOfOrderBytes> stores =
      new BoundedPool<>(OutOfOrderBytes.MAX_BLOCKS, OutOfOrderBytes.NONE, OutOfOrderBytes::new);
  private final BoundedPool<MemorySegment> blocks =
      new BoundedPool<>(
          OutOfOrderBytes.MAX_BLOCKS,
          MemorySegment.NULL,
          () -> arena.allocate(OutOfOrderBytes.BLOCK));

  /** Keeps a segment if there is room: else the guest sends it again. */
  void keep(TcpConnection c, MemorySegment s, long at, int sequence, int length) {
    if (c.reassembly.bytes() == OutOfOrderBytes.NONE) {
      c.reassembly.setBytes(stores.take());
    }
    if (c.reassembly.bytes() != OutOfOrderBytes.NONE) {
      c.reassembly.bytes().keep(blocks, c.receive.nxt(), s, at, sequence, length);
      giveBackIfEmpty(c);
    }
  }

  /** Forgets what isn't out of order any more, or never will be. */
  void trim(TcpConnection c) {
    if (c.receive.isFinReceived()) {
      forget(c);
    } else if (c.reassembly.bytes() != OutOfOrderBytes.NONE) {
      c.reassembly.bytes().forgetBefore(blocks, c.receive.nxt());
      giveBackIfEmpty(c);
    }
  }

  /** Forgets all that is kept of a connection. */
  void forget(TcpConnection c) {
    if (c.reassembly.bytes() != OutOfOrderBytes.NONE) {
      c.reassembly.bytes().clear(blocks);
      stores.giveBack(c.reassembly.bytes());
      c.reassembly.setBytes(OutOfOrderBytes.NONE);
    }
  }

  private void giveBackIfEmpty(TcpConnection c) {
    if (c.reassembly.bytes().isEmpty()) {
      forget(c);
    }
  }
}
