package org.jpasst.flow;

/** What a side of a flow is attached to; the ordinals are passt's, and go into a state stream. */
public enum Pif {
  /** Not set. */
  NONE,
  /** Sockets of the host. */
  HOST,
  /** The guest's link. */
  GUEST
}
