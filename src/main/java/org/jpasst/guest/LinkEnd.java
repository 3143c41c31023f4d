package org.jpasst.guest;

import org.jpasst.loop.EventKind;
import org.jpasst.stats.Counter;

/** Who is at the other end of a link: what its events are called, and what is counted of it. */
public enum LinkEnd {
  /** The guest. */
  GUEST(
      "the guest's",
      GuestLink.EVENTS,
      Counter.FRAMES_TO_GUEST,
      Counter.BYTES_TO_GUEST,
      Counter.DROP_LINK_DOWN,
      Counter.DROP_LINK_FULL,
      Counter.DROP_LINK_REFUSED),

  /** The network that the guest is bridged to. */
  UPLINK(
      "the uplink's",
      new EventKind("uplink"),
      Counter.FRAMES_TO_UPLINK,
      Counter.BYTES_TO_UPLINK,
      Counter.DROP_UPLINK_DOWN,
      Counter.DROP_UPLINK_FULL,
      Counter.DROP_UPLINK_REFUSED);

  private final String whose;
  private final EventKind events;
  private final Counter frames;
  private final Counter bytes;
  private final Counter down;
  private final Counter full;
  private final Counter refused;

  LinkEnd(
      String whose,
      EventKind events,
      Counter frames,
      Counter bytes,
      Counter down,
      Counter full,
      Counter refused) {
    this.whose = whose;
    this.events = events;
    this.frames = frames;
    this.bytes = bytes;
    this.down = down;
    this.full = full;
    this.refused = refused;
  }

  /** For messages: "the guest's". */
  public String whose() {
    return whose;
  }

  /** The link's descriptor is ready. */
  public EventKind events() {
    return events;
  }

  /** Frames given to the link. */
  public Counter frames() {
    return frames;
  }

  /** Their bytes. */
  public Counter bytes() {
    return bytes;
  }

  /** Frames dropped because nobody is there. */
  public Counter down() {
    return down;
  }

  /** Frames dropped because there is no room. */
  public Counter full() {
    return full;
  }

  /** Frames that aren't taken. */
  public Counter refused() {
    return refused;
  }
}
