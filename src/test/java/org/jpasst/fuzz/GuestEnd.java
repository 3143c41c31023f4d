package org.jpasst.fuzz;

import java.lang.foreign.MemorySegment;

/** The guest's end of a link: frames go in and come out. */
interface GuestEnd {
  /** Takes a frame that has come. */
  interface Listener {
    /**
     * A frame, valid only during the call.
     *
     * @param partial whether its transport checksum may be only that of the pseudo header
     */
    void onFrame(MemorySegment s, long at, int length, boolean partial);
  }

  /**
   * Sends a frame: it is there in the next turn, or later where there is much on its way.
   *
   * @param offload whether the transport checksum holds only the pseudo header's, where the link
   *     can tell that
   * @param segmentSize of a TCP segment that is several, or 0
   */
  void send(MemorySegment s, long at, int length, boolean offload, int segmentSize);

  /** Has all that was sent seen by the back-end's next turn. */
  void flush();

  /** Takes all frames that have come. */
  void receive(Listener listener);

  /** Whether the link can leave checksums to the other side. */
  boolean offloads();
}
