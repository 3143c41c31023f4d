package org.jpasst.app;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.ServiceLoader;
import java.util.TreeMap;
import org.jpasst.config.GuestSocket;
import org.jpasst.config.LinkSettings;
import org.jpasst.guest.GuestLinkProvider;
import org.jpasst.guest.GuestListener;
import org.jpasst.guest.tap.TapDevice;
import org.jpasst.linux.Errno;
import org.jpasst.linux.PeerCredentials;
import org.jpasst.log.Log;
import org.jpasst.unix.UnixListener;

/**
 * Where a guest comes in: a listening UNIX socket, a connected one that was inherited, or a TAP
 * device.
 */
sealed interface GuestEntrance extends AutoCloseable {

  /**
   * Opens it.
   *
   * @throws LaunchException if the path is in use, or the descriptor or device can't be used
   */
  static GuestEntrance open(LinkSettings settings) throws LaunchException {
    LinkKind kind = LinkKind.of(settings);
    try {
      return switch (settings.socket()) {
        case GuestSocket.Listen(Path path) -> new Listening(UnixListener.open(path), kind);
        case GuestSocket.ListenAtFirstFree() -> new Listening(UnixListener.openFirstFree(), kind);
        case GuestSocket.Inherited(int fd) -> inherited(fd, kind);
        case GuestSocket.Tap(String name) -> tap(name);
        case GuestSocket.Provided(String name, String argument) -> provided(name, argument);
      };
    } catch (IOException e) {
      throw new LaunchException(e.getMessage());
    }
  }

  private static GuestEntrance inherited(int fd, LinkKind kind) throws LaunchException {
    int own = InheritedDescriptors.own(fd, "--fd " + fd);
    try {
      Optional<TapDevice> device = TapDevice.of(own);
      if (device.isEmpty()) {
        return new Connected(own, kind);
      }
      if (kind != LinkKind.STREAM) {
        throw new LaunchException(
            "--fd " + fd + ": a TAP device doesn't speak vhost-user; leave out --vhost-user");
      }
      return new Device(device.get());
    } catch (IOException e) {
      throw new LaunchException("--fd " + fd + ": " + e.getMessage());
    }
  }

  private static GuestEntrance tap(String name) throws LaunchException {
    try {
      return new Device(TapDevice.open(name));
    } catch (IOException e) {
      throw new LaunchException("--tap " + name + ": " + e.getMessage());
    }
  }

  private static GuestEntrance provided(String name, String argument) throws LaunchException {
    Map<String, GuestLinkProvider> known = new TreeMap<>();
    ServiceLoader.load(GuestLinkProvider.class).forEach(each -> known.put(each.name(), each));
    if (!known.containsKey(name)) {
      throw new LaunchException(
          "--backend "
              + name
              + ": no such backend; "
              + (known.isEmpty() ? "there is none" : "there are " + known.keySet())
              + "; name its jar in JPASST_CLASSPATH");
    }
    return new Provided(known.get(name), argument);
  }

  /** How frames are exchanged with guests that come in here. */
  LinkFactory kind();

  /** The path that guests can connect to. */
  Optional<Path> path();

  /**
   * Lets guests in.
   *
   * @param once whether the run ends with the first guest
   * @throws LaunchException if the descriptor can't be used
   */
  void admit(Backend backend, boolean once, Log log) throws LaunchException;

  @Override
  void close() throws IOException;

  /** Guests connect, one after the other. */
  record Listening(UnixListener listener, LinkKind kind) implements GuestEntrance {
    @Override
    public Optional<Path> path() {
      return Optional.of(listener.path());
    }

    @Override
    public void admit(Backend backend, boolean once, Log log) {
      var visits = new Visits(backend, once);
      new GuestListener(
          backend.loop(), backend.sockets(), listener.fd(), backend.link(), visits, log);
    }

    private record Visits(Backend backend, boolean once) implements GuestListener.Visits {
      @Override
      public void guestComes() {
        backend.guestComes();
      }

      /** A second instance, for one, connects only to see whether the path is in use. */
      @Override
      public void guestIsGone() {
        if (!backend.link().hasSpoken()) {
          return;
        }
        backend.guestIsGone();
        if (once) {
          backend.loop().stop();
        }
      }
    }

    @Override
    public void close() throws IOException {
      listener.close();
    }
  }

  /** There is one guest, and with it the run ends. */
  record Connected(int fd, LinkKind kind) implements GuestEntrance {
    @Override
    public Optional<Path> path() {
      return Optional.empty();
    }

    @Override
    public void admit(Backend backend, boolean once, Log log) throws LaunchException {
      String peerProcess = PeerCredentials.process(backend.sockets(), fd);
      attach(backend, fd, () -> log.info("guest disconnected" + peerProcess));
      log.info("guest connected" + peerProcess);
    }

    /** Serves the one guest that there is. */
    static void attach(Backend backend, int fd, Runnable onGone) throws LaunchException {
      backend
          .link()
          .onGone(
              () -> {
                onGone.run();
                backend.loop().stop();
              });
      int result = backend.link().attach(fd);
      if (result < 0) {
        throw new LaunchException("the guest's descriptor can't be used: " + Errno.name(result));
      }
    }

    @Override
    public void close() {
      // The link closes the connection it was given.
    }
  }

  /** The guest is behind a device, and with that the run ends. */
  record Device(TapDevice device) implements GuestEntrance {
    @Override
    public LinkKind kind() {
      return LinkKind.TAP;
    }

    @Override
    public Optional<Path> path() {
      return Optional.empty();
    }

    @Override
    public void admit(Backend backend, boolean once, Log log) throws LaunchException {
      Connected.attach(backend, device.fd(), () -> {}); // the link tells that it is gone
      log.info("the guest is behind the TAP device " + device.name());
    }

    @Override
    public void close() {
      // The link closes the device it was given.
    }
  }

  /** A backend of somebody else's finds the guest by itself, and with that the run ends. */
  record Provided(GuestLinkProvider provider, String argument) implements GuestEntrance {
    @Override
    public LinkFactory kind() {
      return (context, _) -> provider.open(argument, context);
    }

    @Override
    public Optional<Path> path() {
      return Optional.empty();
    }

    @Override
    public void admit(Backend backend, boolean once, Log log) {
      backend
          .link()
          .onGone(
              () -> {
                log.info("the guest behind the backend " + provider.name() + " is gone");
                backend.loop().stop();
              });
      log.info("the guest is behind the backend " + provider.name());
    }

    @Override
    public void close() {
      // The link closes what it has opened.
    }
  }
}
