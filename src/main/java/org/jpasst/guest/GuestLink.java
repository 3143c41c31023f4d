package org.jpasst.guest;

import org.jpasst.loop.EventKind;
import org.jpasst.loop.TurnListener;

/**
 * A way to one guest after the other: takes over a connection, brings the guest's frames to a
 * {@link FrameReceiver}, and has the {@link FrameSink} for those to it. What a guest leaves behind
 * when it goes is forgotten before the next comes. To be the last listener of a turn but for those
 * who look at what has been sent.
 */
public interface GuestLink extends TurnListener, StateCoverage {
  /** The connection is ready. */
  EventKind EVENTS = new EventKind("guest's connection");

  /**
   * Sets who takes the guest's frames; before the first guest is attached, and between batches when
   * a capture begins or ends.
   */
  void deliverTo(FrameReceiver receiver);

  /** Where frames for the guest are written; the same for all guests. */
  FrameSink sink();

  /** Adds a listener that is told when the sink has room again. */
  void onRoom(RoomListener listener);

  /** Sets what is to be done whenever a guest is gone, after the receiver knows. */
  void onGone(Runnable action);

  /** Whether there is a connection, even one that is about to be closed. */
  boolean isAttached();

  /**
   * Whether whoever is connected, or was last, has sent anything: who hasn't may only have looked
   * whether somebody listens.
   */
  default boolean hasSpoken() {
    return true;
  }

  /**
   * Takes over a connection to a guest, which this closes from now on: a connected UNIX stream
   * socket, or what else a link is made for.
   *
   * @param connected a descriptor, whose file status flags stay as they are
   * @return 0, or the negated error number; then the socket still belongs to the caller
   * @throws IllegalStateException if there is a guest already
   */
  int attach(int connected);

  /**
   * Stops: frames that the guest, which stands still, has sent up to now are handled, and from then
   * on none is taken from it or given to it.
   *
   * @param now the turn's time, nanoseconds
   * @return false if the guest is still running, which only its front-end can change
   */
  boolean pause(long now);

  /** Whether there is a guest, or soon will be, that stands still and takes no frames. */
  boolean isPaused();

  /** Whether there is a guest that takes frames and sends some. */
  default boolean isRunning() {
    return isAttached() && !awaitsGuest() && !isPaused();
  }

  /** Goes on after {@link #pause}. */
  void resume();

  /**
   * Goes on showing frames to the receiver, which was {@linkplain FrameReceiver#isBlocked blocked}.
   */
  default void goOn() {}

  /**
   * Sets what of the work on frames that come from here whoever takes them does itself, so that it
   * may be left undone. Without this nothing may; a link whose frames are always complete needn't
   * know.
   */
  default void leaveTo(LinkCapabilities takers) {}

  /**
   * Who carries the back-end's state to another host? A link does that takes its guest along, such
   * as that of a front-end which migrates it; asked once, before the first guest is attached.
   *
   * @param state what is to be carried, and told of how it goes, by a link that does
   * @return false if only operators can carry it
   */
  default boolean carry(DeviceState state) {
    return false;
  }

  /**
   * Whether somebody is connected who hasn't started a guest, as long as one is still to come,
   * maybe from another host.
   */
  default boolean awaitsGuest() {
    return false;
  }

  /** Closes a connection that is to be closed at the turn's end already now. */
  void closeLost();

  /** Closes the connection, if there is one, without telling anybody. */
  void close();
}
