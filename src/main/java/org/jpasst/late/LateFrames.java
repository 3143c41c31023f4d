package org.jpasst.late;

import java.io.IOException;
import java.util.Optional;

/**
 * What there is for frames that come late.
 *
 * @param sender if this host may be a source
 * @param receiver if it may be a target
 */
public record LateFrames(Optional<LateSender> sender, Optional<LateReceiver> receiver)
    implements AutoCloseable {
  /** Nothing: they are lost. */
  public static final LateFrames NONE = new LateFrames(Optional.empty(), Optional.empty());

  /** The guest's state is saved next: what has come late for it is its own from now on. */
  public void guestLeaves() {
    receiver.ifPresent(LateReceiver::settle);
  }

  /** The guest's link is closed. */
  public void guestIsGone() {
    sender.ifPresent(LateSender::guestIsGone);
    receiver.ifPresent(LateReceiver::settle);
  }

  @Override
  public void close() throws IOException {
    sender.ifPresent(LateSender::close);
    if (receiver.isPresent()) {
      receiver.get().close();
    }
  }
}
