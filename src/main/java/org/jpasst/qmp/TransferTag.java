package org.jpasst.qmp;

import java.util.Optional;

/** What a frame of the transfer is about: four letters, by which it begins. */
enum TransferTag {
  /** Both, first: which version of the protocol is spoken, 32 bits. */
  HELO,
  /** Source: the next bytes of the state. */
  STAT,
  /** Source: the state was this long, 64 bits. */
  DONE,
  /** Target: it has all of a state that is so long, 64 bits. */
  HAVE,
  /** Source: the guest runs at the target from now on. */
  GOES,
  /** Source: the guest goes on at the source; what came is void. */
  STAY,
  /** Target: the state was loaded, or why not: errno, 32 bits. */
  LOAD;

  static final int NUMBER = Integer.BYTES;

  private final int code;

  TransferTag() {
    int letters = 0;
    for (int i = 0; i < NUMBER; i++) {
      letters = letters << Byte.SIZE | name().charAt(i);
    }
    code = letters;
  }

  /** The letters as they go over the wire, the first in the highest bits. */
  int code() {
    return code;
  }

  /** Whether a frame's content may be so long. */
  boolean allows(int length) {
    return switch (this) {
      case HELO, LOAD -> length == Integer.BYTES;
      case DONE, HAVE -> length == Long.BYTES;
      case GOES, STAY -> length == 0;
      case STAT -> length > 0 && length <= TransferFrame.MAX_LENGTH;
    };
  }

  static Optional<TransferTag> of(int code) {
    for (TransferTag each : values()) {
      if (each.code == code) {
        return Optional.of(each);
      }
    }
    return Optional.empty();
  }
}
