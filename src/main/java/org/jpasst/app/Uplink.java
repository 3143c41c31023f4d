package org.jpasst.app;

import java.io.IOException;
import java.util.Optional;
import org.jpasst.config.UplinkPlace;
import org.jpasst.guest.GuestLink;
import org.jpasst.guest.LinkCapabilities;
import org.jpasst.guest.LinkContext;
import org.jpasst.guest.LinkEnd;
import org.jpasst.guest.stream.StreamLink;
import org.jpasst.guest.tap.TapDevice;
import org.jpasst.guest.tap.TapLink;
import org.jpasst.linux.Errno;
import org.jpasst.linux.UnixConnector;

/**
 * What a guest's frames are bridged to, opened as the user who started the run.
 *
 * @param place as it was asked for
 * @param fd its descriptor, which the link takes over
 * @param device the TAP device, unless it is a connection
 */
record Uplink(UplinkPlace place, int fd, Optional<TapDevice> device) {
  /**
   * Opens it.
   *
   * @throws LaunchException if the device can't be used, or nobody listens
   */
  static Uplink open(UplinkPlace place) throws LaunchException {
    try {
      return switch (place) {
        case UplinkPlace.Tap(String name) -> of(place, TapDevice.openWithOffloads(name));
        case UplinkPlace.Inherited(int fd) -> inherited(place, fd);
        case UplinkPlace.Stream(var path) ->
            new Uplink(place, connect(path.toString()), Optional.empty());
      };
    } catch (IOException e) {
      throw new LaunchException(option(place) + ": " + e.getMessage());
    }
  }

  private static String option(UplinkPlace place) {
    return "--uplink " + place;
  }

  private static Uplink of(UplinkPlace place, TapDevice device) {
    return new Uplink(place, device.fd(), Optional.of(device));
  }

  private static Uplink inherited(UplinkPlace place, int fd) throws IOException, LaunchException {
    int own = InheritedDescriptors.own(fd, option(place));
    return of(
        place,
        TapDevice.ofWithOffloads(own)
            .orElseThrow(() -> new IOException("is no TAP device; pass one that is")));
  }

  private static int connect(String path) throws IOException {
    int fd = new UnixConnector().connect(path);
    if (fd < 0) {
      throw new IOException(
          "cannot connect: " + Errno.name(fd) + "; start whoever listens there before");
    }
    return fd;
  }

  /** What is done with frames that come this way. */
  LinkCapabilities capabilities() {
    return device.map(TapDevice::offloads).orElse(LinkCapabilities.NONE);
  }

  /**
   * Makes the link.
   *
   * @throws IOException if its descriptor can't be watched
   */
  GuestLink link(LinkContext context) throws IOException {
    GuestLink link =
        device.isPresent()
            ? new TapLink(
                LinkEnd.UPLINK, capabilities(), context.loop(), context.counters(), context.log())
            : new StreamLink(
                LinkEnd.UPLINK,
                context.loop(),
                context.sockets(),
                context.counters(),
                context.log());
    link.onGone(
        () -> {
          context.log().error("the uplink " + place + " is gone: ending");
          context.loop().stop();
        });
    int result = link.attach(fd);
    if (result < 0) {
      throw new IOException(option(place) + ": cannot watch it: " + Errno.name(result));
    }
    return link;
  }
}
