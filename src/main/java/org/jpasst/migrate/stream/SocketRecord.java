package org.jpasst.migrate.stream;

import java.lang.foreign.MemorySegment;

/** What the stream has of a flow's socket: its state, or that the flow is to be skipped. */
public sealed interface SocketRecord {
  /** The record's numbers. */
  SocketFields fields();

  /**
   * A socket that can be restored. The queues are read-only native memory of the arena that whoever
   * made the record chose; the record is of use as long as that is open.
   *
   * @param fields its {@code sndq} and {@code rcvq} are the queues' sizes
   * @param sendQueue oldest byte first
   * @param receiveQueue oldest byte first
   */
  record Dumped(SocketFields fields, MemorySegment sendQueue, MemorySegment receiveQueue)
      implements SocketRecord {
    /**
     * Checks that the numbers can be written and fit the queues.
     *
     * @throws IllegalArgumentException if they don't: a bug of the caller
     */
    public Dumped {
      String problem = fields.problem();
      if (fields.state() == 0 || !problem.isEmpty()) {
        throw new IllegalArgumentException("a dumped socket with " + problem);
      }
      if (sendQueue.byteSize() != fields.sndq() || receiveQueue.byteSize() != fields.rcvq()) {
        throw new IllegalArgumentException("queues of other lengths than told");
      }
    }

    /** The socket's TCP state. */
    public TcpState state() {
      return TcpState.of(fields.state()).orElseThrow();
    }

    /** The part of the send queue that was sent at least once. */
    public MemorySegment sentPart() {
      return sendQueue.asSlice(0, fields.sndq() - fields.notsent());
    }

    /** The part of the send queue that was never sent. */
    public MemorySegment unsentPart() {
      return sendQueue.asSlice(fields.sndq() - fields.notsent());
    }
  }

  /**
   * A flow whose socket could not be dumped: the target resets it towards the guest. Nothing
   * follows in the stream, whatever the lengths say.
   *
   * @param fields kept as read; only that the state is 0 means something
   */
  record Skipped(SocketFields fields) implements SocketRecord {
    /** What we write for such a flow: all zeros. */
    public static final Skipped ZEROS =
        new Skipped(
            new SocketFields(0, 0, 0, 0, 0, 0, 0, new RepairWindow(0, 0, 0, 0, 0), 0, 0, 0, 0));

    /**
     * Checks the state.
     *
     * @throws IllegalArgumentException if it isn't 0: a bug of the caller
     */
    public Skipped {
      if (fields.state() != 0) {
        throw new IllegalArgumentException("a skipped flow in state " + fields.state());
      }
    }
  }
}
