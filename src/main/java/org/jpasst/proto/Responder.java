package org.jpasst.proto;

import java.lang.foreign.MemorySegment;

/** Answers packets of the guest's that are for itself: one in, at most one frame out. */
@FunctionalInterface
public interface Responder {
  /**
   * Answers a packet, or counts why it doesn't.
   *
   * @param out takes the answer, and has room for all of it
   * @param outAt offset of the answer's Ethernet header
   * @return the answer's length; 0 where there is none
   */
  int respond(Packet packet, MemorySegment out, long outAt);
}
