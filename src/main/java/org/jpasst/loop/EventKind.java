package org.jpasst.loop;

/** What kinds of descriptors the loop watches; each has one {@link EventHandler}. */
public enum EventKind {
  /** The loop's own wake-up. */
  WAKE_UP,
  /** Connection to the guest. */
  GUEST_LINK,
  /** A virtqueue of the guest: there is something new in it. */
  GUEST_QUEUE,
  /** Listening socket for guests. */
  GUEST_LISTENER,
  /** TCP connection. */
  TCP,
  /** Listening TCP socket. */
  TCP_LISTENER,
  /** UDP flow's socket. */
  UDP,
  /** UDP socket of a forwarding rule. */
  UDP_LISTENER,
  /** Echo flow's socket. */
  PING,
  /** Changes of the host's neighbour table. */
  NEIGHBOURS,
  /** Changes of the host's interfaces, addresses and routes. */
  NETWORK,
  /** Changes of files, such as the resolver's configuration. */
  FILES,
  /** Listening socket of the operator. */
  CONTROL_LISTENER,
  /** The operator's connection. */
  CONTROL,
  /** Listening socket of pesto(1). */
  CONFIGURATION_LISTENER,
  /** pesto's connection. */
  CONFIGURATION,
  /** Listening socket of the TCP_REPAIR helper. */
  REPAIR_LISTENER,
  /** Connection of the TCP_REPAIR helper. */
  REPAIR,
  /** The other side of a migration. */
  MIGRATION,
  /** Signals to this process. */
  SIGNALS
}
