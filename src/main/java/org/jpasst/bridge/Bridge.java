package org.jpasst.bridge;

import java.util.function.BooleanSupplier;
import org.jpasst.guest.FrameReceiver;
import org.jpasst.guest.FrameSink;
import org.jpasst.guest.GuestLink;
import org.jpasst.guest.LinkCapabilities;
import org.jpasst.guest.LinkEnd;
import org.jpasst.loop.TurnListener;
import org.jpasst.stats.Counters;

/**
 * Joins the guest's link and an uplink: what comes from either goes to the other, whatever it is,
 * in order. Of the work that a frame's sender has left undone, what the other side doesn't do is
 * done here.
 *
 * <p>Where a side has no room the other waits, so nothing is lost but frames for a guest that isn't
 * there, and a guest's while the uplink is down. To be a listener of the turn's end before both
 * links.
 */
public final class Bridge implements TurnListener {
  private final GuestLink guest;
  private final FrameSink toGuest;
  private final GuestLink uplink;
  private final Passage fromGuest;
  private final Passage fromUplink;
  private LinkCapabilities left = LinkCapabilities.NONE;

  /**
   * Joins them; whoever has the guest's link shows its frames to {@link #receiver}.
   *
   * @param toGuest where frames for the guest go: its link, or what stands in front of it
   * @param uplink shows its frames to this from now on
   * @param isAbsent whether the guest isn't there, nor about to come
   */
  public Bridge(
      GuestLink guest,
      FrameSink toGuest,
      GuestLink uplink,
      BooleanSupplier isAbsent,
      Counters counters) {
    this.guest = guest;
    this.toGuest = toGuest;
    this.uplink = uplink;
    fromGuest = new Passage(guest, uplink.sink(), LinkEnd.UPLINK, () -> false, counters);
    fromUplink = new Passage(uplink, toGuest, LinkEnd.GUEST, isAbsent, counters);
    uplink.deliverTo(fromUplink);
    uplink.onRoom(fromGuest);
    guest.onRoom(fromUplink);
  }

  /** Who takes the guest's frames. */
  public FrameReceiver receiver() {
    return fromGuest;
  }

  /** What the guest's side does with frames may have changed, and whether they are cached. */
  @Override
  public void onTurnEnd(long now) {
    LinkCapabilities takes = toGuest.capabilities();
    if (!takes.equals(left)) {
      left = takes;
      uplink.leaveTo(takes);
    }
    if (fromUplink.isBlocked() && (guest.isPaused() || !guest.isAttached())) {
      fromUplink.onRoom(now);
    }
  }
}
