package org.jpasst.app;

import org.jpasst.guest.GuestLink;
import org.jpasst.guest.stream.StreamLink;
import org.jpasst.guest.tap.TapLink;
import org.jpasst.guest.vhostuser.VhostUserLink;
import org.jpasst.linux.Sockets;
import org.jpasst.log.Log;
import org.jpasst.loop.EventLoop;
import org.jpasst.stats.Counters;

/** The ways to exchange frames with a guest. */
enum LinkKind {
  /** Over a stream socket. */
  STREAM,
  /** In the guest's memory. */
  VHOST_USER,
  /** By a TAP device. */
  TAP;

  /** A link of this kind, without a guest. */
  GuestLink make(EventLoop loop, Sockets sockets, Counters counters, Log log) {
    return switch (this) {
      case STREAM -> new StreamLink(loop, sockets, counters, log);
      case VHOST_USER -> new VhostUserLink(loop, sockets, counters, log);
      case TAP -> new TapLink(loop, counters, log);
    };
  }
}
