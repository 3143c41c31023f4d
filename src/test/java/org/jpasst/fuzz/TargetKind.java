package org.jpasst.fuzz;

import java.io.IOException;
import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;

/** What can be attacked. */
enum TargetKind {
  /** Frames of a guest, with the whole program behind them. */
  FRAMES(FramesTarget::new),

  /** Frames between a guest and an uplink, with all that they may say of themselves. */
  BRIDGE(BridgeTarget::new),

  /** A vhost-user front-end's messages and a guest's rings, with the whole program behind them. */
  VHOST_USER(VhostUserTarget::new),

  /** The framing of a stream socket. */
  STREAM(StreamTarget::new),

  /** A state that comes in by a migration. */
  STATE(StateTarget::new),

  /** Command lines, resolv.conf and netlink's answers. */
  SETTINGS(SettingsTarget::new),

  /** Operators at the control socket, and clients of the configuration socket. */
  OPERATORS(OperatorsTarget::new);

  private final Maker maker;

  TargetKind(Maker maker) {
    this.maker = maker;
  }

  /** Makes a target. */
  interface Maker {
    Target make() throws IOException;
  }

  /** The name by which it is asked for. */
  String id() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  static Optional<TargetKind> of(String id) {
    return Arrays.stream(values()).filter(each -> each.id().equals(id)).findFirst();
  }

  Target open() throws IOException {
    return maker.make();
  }
}
