package org.jpasst.proto.dhcp;

import java.lang.foreign.MemorySegment;
import org.jpasst.wire.NetworkOrder;

/** What the options of a client's message say; one instance is filled again and again. */
final class DhcpRequest {
  /** There was no message type: BOOTP. */
  static final int BOOTP = 0;

  private int type;
  private int requestedAddress;
  private boolean hasRequestedAddress;
  private int server;
  private boolean hasServer;
  private boolean rapidCommit;
  private int listOffset;
  private int listLength;

  /**
   * Reads the options.
   *
   * @param at offset of the first
   * @param length bytes to the end of the message; it need not have an end option
   * @return false where one overruns the message or has the wrong length
   */
  boolean parse(MemorySegment s, long at, int length) {
    type = BOOTP;
    hasRequestedAddress = false;
    hasServer = false;
    rapidCommit = false;
    listLength = 0;
    int i = 0;
    while (i < length) {
      int code = NetworkOrder.get8(s, at + i);
      if (code == DhcpOption.END) {
        return true;
      }
      if (code == DhcpOption.PAD) {
        i++;
        continue;
      }
      if (length - i < 2) {
        return false;
      }
      int size = NetworkOrder.get8(s, at + i + 1);
      if (size > length - i - 2 || !take(s, at, i + 2, code, size)) {
        return false;
      }
      i += 2 + size;
    }
    return true;
  }

  private boolean take(MemorySegment s, long at, int offset, int code, int size) {
    switch (code) {
      case DhcpOption.MESSAGE_TYPE -> {
        if (size != 1) {
          return false;
        }
        type = NetworkOrder.get8(s, at + offset);
      }
      case DhcpOption.REQUESTED_ADDRESS -> {
        if (size != 4) {
          return false;
        }
        hasRequestedAddress = true;
        requestedAddress = NetworkOrder.get32(s, at + offset);
      }
      case DhcpOption.SERVER_IDENTIFIER -> {
        if (size != 4) {
          return false;
        }
        hasServer = true;
        server = NetworkOrder.get32(s, at + offset);
      }
      case DhcpOption.RAPID_COMMIT -> rapidCommit = true;
      case DhcpOption.PARAMETER_LIST -> {
        listOffset = offset;
        listLength = size;
      }
      default -> {
        // Nothing else changes the answer.
      }
    }
    return true;
  }

  /** The message type, or {@link #BOOTP}. */
  int type() {
    return type;
  }

  /** Whether the client chose another server than {@code ours}. */
  boolean namesOtherServer(int ours) {
    return hasServer && server != ours;
  }

  /**
   * Whether the client wants another address than {@code assigned}: the one requested, or else the
   * one it says it has.
   *
   * @param ciaddr the message's; 0 where the client has none
   */
  boolean wantsOther(int assigned, int ciaddr) {
    int wanted = hasRequestedAddress ? requestedAddress : ciaddr;
    return (hasRequestedAddress || ciaddr != 0) && wanted != assigned;
  }

  /** Whether the client takes an ACK at once. */
  boolean rapidCommit() {
    return rapidCommit;
  }

  /** Number of codes in the parameter request list. */
  int listLength() {
    return listLength;
  }

  /** Distance of the list's first code from the first option. */
  int listOffset() {
    return listOffset;
  }
}
