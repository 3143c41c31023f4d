package org.jpasst.bridge;

import org.jpasst.guest.Frame;
import org.jpasst.guest.FrameReceiver;
import org.jpasst.guest.GuestLink;
import org.jpasst.guest.ReceiverInFront;

/** Hears on their way to the uplink which addresses a guest's frames come from. */
final class GuestSide implements ReceiverInFront {
  private final FrameReceiver passage;
  private final GuestLink guest;
  private final HeardAddresses addresses;
  private final Announcements announcements;

  GuestSide(
      FrameReceiver passage,
      GuestLink guest,
      HeardAddresses addresses,
      Announcements announcements) {
    this.passage = passage;
    this.guest = guest;
    this.addresses = addresses;
    this.announcements = announcements;
  }

  @Override
  public FrameReceiver behind() {
    return passage;
  }

  @Override
  public void onFrame(Frame frame, long now) {
    announcements.look(now);
    addresses.hear(frame, now);
    passage.onFrame(frame, now);
  }

  @Override
  public void onAnnouncement(long mac, long now) {
    announcements.request(mac, now);
  }

  /** Somebody who only looks whether this listens takes nothing along. */
  @Override
  public void onDisconnected() {
    if (guest.hasSpoken()) {
      addresses.clear();
      announcements.forget();
    } else {
      announcements.expectAgain();
    }
    passage.onDisconnected();
  }
}
