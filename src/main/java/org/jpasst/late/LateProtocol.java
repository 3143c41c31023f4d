package org.jpasst.late;

import org.jpasst.guest.FrameSink;
import org.jpasst.wire.EthernetHeader;

/**
 * What the two back-ends say to each other over a stream socket. The source begins: {@link #MAGIC},
 * {@link #VERSION} (32 bits each) and the {@link Token}; then frames, each behind its length of 16
 * bits, and marks, which are lengths that no frame has. The target answers with single bytes. All
 * integers are big-endian.
 */
final class LateProtocol {
  /** "JPLF". */
  static final int MAGIC = 0x4a504c46;

  /** Changes when what there is means something else. */
  static final int VERSION = 1;

  /** Bytes in front of the first frame. */
  static final int GREETING = 2 * Integer.BYTES + Token.SIZE;

  static final int LENGTH = Short.BYTES;

  /** Source: nothing follows. */
  static final int END = 0;

  /** Source: what the network has brought before the guest was announced at the target is sent. */
  static final int CAUGHT_UP = 1;

  static final int MIN_FRAME = EthernetHeader.LENGTH;

  static final int MAX_FRAME = FrameSink.MAX_FRAME;

  /** Target: it has the state, and its own network brings it what goes to groups. */
  static final byte LISTENING = 1;

  /** Target: the guest runs there, and the network is being told. */
  static final byte RUNNING = 2;

  private LateProtocol() {}
}
