package org.jpasst.app;

import org.jpasst.guest.GuestLink;
import org.jpasst.guest.LinkContext;
import org.jpasst.guest.stream.StreamLink;
import org.jpasst.guest.tap.TapLink;
import org.jpasst.guest.vhostuser.VhostUserLink;

/** The ways to exchange frames with a guest that are built in. */
enum LinkKind implements LinkFactory {
  /** Over a stream socket. */
  STREAM,
  /** In the guest's memory. */
  VHOST_USER,
  /** By a TAP device. */
  TAP;

  /** A link of this kind, without a guest. */
  @Override
  public GuestLink make(LinkContext context) {
    return switch (this) {
      case STREAM ->
          new StreamLink(context.loop(), context.sockets(), context.counters(), context.log());
      case VHOST_USER ->
          new VhostUserLink(context.loop(), context.sockets(), context.counters(), context.log());
      case TAP -> new TapLink(context.loop(), context.counters(), context.log());
    };
  }
}
