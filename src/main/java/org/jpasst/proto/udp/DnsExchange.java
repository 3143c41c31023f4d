package org.jpasst.proto.udp;

import java.lang.foreign.MemorySegment;
import org.jpasst.wire.NetworkOrder;

/**
 * Whether a flow to DNS's port is a resolver's exchange that is over: a few questions, each
 * answered, and nothing else. The port alone doesn't tell: tunnels use it as well, since it is open
 * nearly everywhere, and of two questions from one port (A and AAAA) one may be answered twice and
 * the other late. So questions and answers are told by their headers (RFC 1035 section 4.1.1).
 */
final class DnsExchange {
  private static final int HEADER = 12;

  /** QR and OPCODE of a standard query and of the answer to one. */
  private static final int KIND = 0xf800;

  private static final int QUERY = 0x0000;
  private static final int RESPONSE = 0x8000;

  /** A resolver's flow has one or two, and perhaps each again without EDNS (RFC 6891). */
  private static final int MAX_QUESTIONS = 4;

  private static final int ID_BITS = 16;

  private boolean plain;
  private int count;
  private long ids; // of the questions, 16 bits each
  private int open; // bit by question: it has no answer yet

  /** Begins with a flow; one that can't be DNS's is none from the start. */
  void begin(boolean possible) {
    plain = possible;
    count = 0;
    ids = 0;
    open = 0;
  }

  /**
   * The guest has sent a datagram.
   *
   * @param at where its payload is
   * @param length as much of the payload as lies there
   */
  void sawFromGuest(MemorySegment s, long at, int length) {
    if (plain) {
      plain = isQuestion(s, at, length) && ask(NetworkOrder.get16(s, at));
    }
  }

  /** The guest was sent a datagram, with its payload at an offset. */
  void sawToGuest(MemorySegment s, long at, int length) {
    if (plain) {
      plain =
          length >= HEADER
              && (NetworkOrder.get16(s, at + 2) & KIND) == RESPONSE
              && answer(NetworkOrder.get16(s, at));
    }
  }

  /** Something was sent that no resolver sends, or of which nothing is known. */
  void sawSession() {
    plain = false;
  }

  /** Whether there were questions, and all of them are answered. */
  boolean isOver() {
    return plain && count > 0 && open == 0;
  }

  /** One question, no answer, no authority (RFC 9619 section 4). */
  private static boolean isQuestion(MemorySegment s, long at, int length) {
    return length >= HEADER
        && (NetworkOrder.get16(s, at + 2) & KIND) == QUERY
        && NetworkOrder.get32(s, at + 4) == 0x0001_0000
        && NetworkOrder.get16(s, at + 8) == 0;
  }

  /** Notes a question, again if it is repeated; false where there are too many. */
  private boolean ask(int id) {
    int index = indexOf(id);
    if (index == count) {
      if (count == MAX_QUESTIONS) {
        return false;
      }
      ids |= (long) id << ID_BITS * count++;
    }
    open |= 1 << index;
    return true;
  }

  /** Notes an answer; false where nobody asked. */
  private boolean answer(int id) {
    int index = indexOf(id);
    open &= ~(1 << index);
    return index < count;
  }

  private int indexOf(int id) {
    int index = 0;
    while (index < count && (int) (ids >>> ID_BITS * index & 0xffff) != id) {
      index++;
    }
    return index;
  }
}
