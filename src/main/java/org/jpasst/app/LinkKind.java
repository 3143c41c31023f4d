package org.jpasst.app;

import org.jpasst.config.LinkSettings;
import org.jpasst.guest.GuestLink;
import org.jpasst.guest.LinkCapabilities;
import org.jpasst.guest.LinkContext;
import org.jpasst.guest.stream.StreamLink;
import org.jpasst.guest.tap.TapLink;
import org.jpasst.guest.vhostuser.Offer;
import org.jpasst.guest.vhostuser.VhostUserLink;

/** The ways to exchange frames with a guest that are built in. */
enum LinkKind implements LinkFactory {
  /** Over a stream socket. */
  STREAM,
  /** In the guest's memory. */
  VHOST_USER,
  /** The same, with what passt offers and nothing more. */
  VHOST_USER_AS_PASST,
  /** By a TAP device. */
  TAP;

  /** The one of these settings, where the guest is behind a socket. */
  static LinkKind of(LinkSettings settings) {
    if (!settings.vhostUser()) {
      return STREAM;
    }
    return switch (settings.features()) {
      case ALL -> VHOST_USER;
      case PASST -> VHOST_USER_AS_PASST;
    };
  }

  /** A link of this kind, without a guest. */
  @Override
  public GuestLink make(LinkContext context, LinkCapabilities takers) {
    return switch (this) {
      case STREAM ->
          new StreamLink(context.loop(), context.sockets(), context.counters(), context.log());
      case VHOST_USER -> vhostUser(Offer.ALL.leavingTo(takers), context);
      case VHOST_USER_AS_PASST -> vhostUser(Offer.AS_PASST.leavingTo(takers), context);
      case TAP -> new TapLink(context.loop(), context.counters(), context.log());
    };
  }

  private static GuestLink vhostUser(Offer offer, LinkContext context) {
    return new VhostUserLink(
        offer, context.loop(), context.sockets(), context.counters(), context.log());
  }
}
