package org.jpasst.proto.tcp;

/**
 * Whether a connection has selective acknowledgments (RFC 2018), and what came twice (RFC 2883).
 */
final class SelectiveAcknowledgments {
  private boolean permitted;
  private int duplicateStart;
  private int duplicateEnd;

  void reset() {
    permitted = false;
    duplicateStart = duplicateEnd = 0;
  }

  /** Whether both ends know them, or we offer them. */
  boolean arePermitted() {
    return permitted;
  }

  void setPermitted(boolean both) {
    permitted = both;
  }

  /** RFC 2883: the guest shall learn that it sent something again without need. */
  void reportDuplicate(int sequence, int length) {
    duplicateStart = sequence;
    duplicateEnd = sequence + length;
  }

  /** It has been told. */
  void forgetDuplicate() {
    duplicateEnd = duplicateStart;
  }

  boolean hasDuplicate() {
    return duplicateStart != duplicateEnd;
  }

  int duplicateStart() {
    return duplicateStart;
  }

  int duplicateEnd() {
    return duplicateEnd;
  }
}
