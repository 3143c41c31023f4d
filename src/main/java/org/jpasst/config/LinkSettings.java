package org.jpasst.config;

import java.nio.file.Path;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * How the guest reaches us.
 *
 * @param socket where its frames, or vhost-user's messages, come from
 * @param vhostUser frames are exchanged in the guest's memory, instead of over the socket
 * @param features what vhost-user's front-end is offered
 * @param oneOff end when the first guest is gone; always so with an inherited descriptor and with a
 *     TAP device
 * @param capture write the guest's frames there, in the format that its name says
 * @param ring how much of that is kept, if not all; for pcapng only
 * @param vlan the VLAN whose frames are the guest's, 1 to 4094; absent: frames without a tag are
 * @param uplink what the guest's frames are bridged to; absent: its packets are translated
 */
public record LinkSettings(
    GuestSocket socket,
    boolean vhostUser,
    OfferedFeatures features,
    boolean oneOff,
    Optional<Path> capture,
    Optional<CaptureRing> ring,
    OptionalInt vlan,
    Optional<UplinkPlace> uplink) {
  /** The highest identifier of a VLAN; 4095 is reserved (IEEE 802.1Q table 9-2). */
  public static final int MAX_VLAN = 4094;

  /** What is longest with a VLAN's tag of four bytes. */
  private static final int MAX_TAGGED_MTU = Configuration.DEFAULT_MTU - 4;

  /** The greatest MTU that the guest's frames have room for. */
  int maxMtu() {
    return vlan.isPresent() ? MAX_TAGGED_MTU : Configuration.MAX_MTU;
  }

  /** Collects the parts by name; what nobody sets stays as it is where nothing is said. */
  public static final class Builder {
    public GuestSocket socket = new GuestSocket.ListenAtFirstFree();
    public boolean vhostUser;
    public OfferedFeatures features = OfferedFeatures.ALL;
    public boolean oneOff;
    public Optional<Path> capture = Optional.empty();
    public Optional<CaptureRing> ring = Optional.empty();
    public OptionalInt vlan = OptionalInt.empty();
    public Optional<UplinkPlace> uplink = Optional.empty();

    /** All of them. */
    public LinkSettings build() {
      return new LinkSettings(socket, vhostUser, features, oneOff, capture, ring, vlan, uplink);
    }
  }
}
