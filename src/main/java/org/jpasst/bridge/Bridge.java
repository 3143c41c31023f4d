package org.jpasst.bridge;

import java.util.function.BooleanSupplier;
import org.jpasst.guest.FrameReceiver;
import org.jpasst.guest.FrameSink;
import org.jpasst.guest.GuestLink;
import org.jpasst.guest.LinkCapabilities;
import org.jpasst.guest.LinkEnd;
import org.jpasst.loop.EventLoop;
import org.jpasst.loop.TurnListener;
import org.jpasst.stats.Counters;

/**
 * Joins the guest's link and an uplink: what comes from either goes to the other, whatever it is,
 * in order. Of the work that a frame's sender has left undone, what the other side doesn't do is
 * done here.
 *
 * <p>Where a side has no room the other waits, so nothing is lost but frames for a guest that isn't
 * there, and a guest's while the uplink is down. Nothing is answered, and nothing is sent but the
 * announcements of a guest that has come from another host. To be a listener of the turn's end
 * before both links.
 */
public final class Bridge implements TurnListener {
  private final GuestLink guest;
  private final FrameSink toGuest;
  private final GuestLink uplink;
  private final Passage fromUplink;
  private final HeardAddresses addresses = new HeardAddresses();
  private final Announcements announcements;
  private final FrameReceiver receiver;
  private LinkCapabilities left = LinkCapabilities.NONE;

  /**
   * Joins them; whoever has the guest's link shows its frames to {@link #receiver}.
   *
   * @param toGuest where frames for the guest go: its link, or what stands in front of it
   * @param uplink shows its frames to this from now on
   * @param isAbsent whether the guest isn't there, nor about to come
   * @param loop has the timers of announcements
   */
  public Bridge(
      GuestLink guest,
      FrameSink toGuest,
      GuestLink uplink,
      BooleanSupplier isAbsent,
      EventLoop loop,
      Counters counters) {
    this.guest = guest;
    this.toGuest = toGuest;
    this.uplink = uplink;
    var fromGuest = new Passage(guest, uplink.sink(), LinkEnd.UPLINK, () -> false, counters);
    fromUplink = new Passage(uplink, toGuest, LinkEnd.GUEST, isAbsent, counters);
    announcements = new Announcements(addresses, uplink.sink(), guest::isRunning, loop, counters);
    receiver = new GuestSide(fromGuest, guest, addresses, announcements);
    uplink.deliverTo(new UplinkSide(fromUplink, addresses));
    uplink.onRoom(fromGuest);
    guest.onRoom(fromUplink);
  }

  /** Who takes the guest's frames. */
  public FrameReceiver receiver() {
    return receiver;
  }

  /** By which addresses the guest is known, which move with it. */
  public HeardAddresses addresses() {
    return addresses;
  }

  /** The guest's state has come from another host: once it runs here the network is told so. */
  public void guestArrived() {
    announcements.expect();
  }

  /**
   * Takes all that the network has brought up to now, if frames for the guest are cached: what
   * still waits in the uplink when its state is saved would be too late.
   */
  public void takeIn(long now) {
    boolean cached = guest.isPaused() && toGuest.hasRoom();
    if (cached && !fromUplink.isBlocked() && uplink.pause(now)) {
      uplink.resume();
    }
  }

  /** What the guest's side does with frames may have changed, and whether they are cached. */
  @Override
  public void onTurnEnd(long now) {
    announcements.look(now);
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
