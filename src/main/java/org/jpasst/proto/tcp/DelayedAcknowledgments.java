package org.jpasst.proto.tcp;

import org.jpasst.loop.TimerWheel;

/** Acknowledgments that wait for data to go with, see {@link Conversation}. */
final class DelayedAcknowledgments {
  private final TimerWheel wheel;

  DelayedAcknowledgments(TimerWheel wheel) {
    this.wheel = wheel;
  }

  /** After anything has happened: keeps the timer in line with what the guest has been told. */
  void update(TcpConnection c, long now) {
    int index = c.flow.index();
    if (c.receive.told() == c.receive.nxt()) {
      wheel.cancel(index);
    } else if (!wheel.isScheduled(index)) {
      wheel.schedule(index, now + Conversation.PATIENCE);
    }
  }
}
