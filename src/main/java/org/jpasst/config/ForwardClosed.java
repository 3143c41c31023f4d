package org.jpasst.config;

/** What peers find at a forwarded TCP port where the guest takes no connections. */
public enum ForwardClosed {
  /** The host takes their connections, and resets them when the guest has refused. */
  LISTEN,
  /** The host refuses them once the guest has, and takes them again when the guest would. */
  REFUSE
}
