package org.jpasst.app;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.function.Consumer;
import org.jpasst.config.Configuration;
import org.jpasst.config.ConfigurationException;
import org.jpasst.config.ConfigurationResolver;
import org.jpasst.config.ConfigurationResolver.Resolution;
import org.jpasst.config.HostNetwork;
import org.jpasst.config.ResolvConf;
import org.jpasst.linux.EpollFlag;
import org.jpasst.linux.Errno;
import org.jpasst.linux.Sockets;
import org.jpasst.linux.netlink.NetworkChanges;
import org.jpasst.log.Log;
import org.jpasst.log.LogLevel;
import org.jpasst.loop.EventHandler;
import org.jpasst.loop.EventKind;
import org.jpasst.loop.EventLoop;
import org.jpasst.loop.TimerWheel;

/**
 * The host's network and resolvers, as they are at start and as they change while the back-end
 * runs. Watching begins before the first look, so that no change is missed, and needs no descriptor
 * later that isn't open then.
 *
 * <p>What has changed is looked at as a whole, a {@link QuietPeriod} later, and resolved as at
 * start; only where another configuration comes of it does anything happen.
 */
final class HostWatch implements AutoCloseable {
  /** Interfaces, addresses or routes have changed. */
  static final EventKind NETWORK_EVENTS = new EventKind("netlink address and route notifier");

  /** A file has changed, such as the resolver's configuration. */
  static final EventKind FILE_EVENTS = new EventKind("file watch");

  private final ConfigurationResolver resolver;
  private final Path resolvConf;
  private final Log log;
  private final HostNetworkReader reader;
  private final Optional<NetworkChanges> network;
  private final Optional<FileWatch> names;
  private final QuietPeriod quiet = new QuietPeriod();

  /**
   * Starts watching. What can't be watched is told, and taken as it is.
   *
   * @throws LaunchException if the host's network can't even be read
   */
  HostWatch(ConfigurationResolver resolver, Sockets sockets, Path resolvConf, Log log)
      throws LaunchException {
    this.resolver = resolver;
    this.resolvConf = resolvConf;
    this.log = log;
    network = open("network", () -> new NetworkChanges(sockets));
    names = open("resolvers", () -> new FileWatch(resolvConf));
    try {
      reader = new HostNetworkReader(sockets);
    } catch (IOException e) {
      closeWatches();
      throw new LaunchException(e.getMessage());
    }
  }

  private interface Opening<T> {
    T open() throws IOException;
  }

  private <T> Optional<T> open(String what, Opening<T> opening) {
    try {
      return Optional.of(opening.open());
    } catch (IOException e) {
      log.warn("changes of the host's " + what + " will go unnoticed: " + e.getMessage());
      return Optional.empty();
    }
  }

  /**
   * Looks at the host, and resolves what the command line asks for.
   *
   * @throws LaunchException if the kernel can't be asked
   * @throws ConfigurationException as {@link ConfigurationResolver#resolve}
   */
  Resolution resolve() throws LaunchException {
    try {
      HostNetwork host = reader.read();
      return resolver.resolve(host, ResolvConf.parse(HostState.text(resolvConf)));
    } catch (IOException e) {
      throw new LaunchException(e.getMessage());
    }
  }

  /**
   * Follows changes from now on.
   *
   * @param start what {@link #resolve} gave
   * @param onChange is handed each other configuration
   */
  void follow(EventLoop loop, Configuration start, Consumer<Configuration> onChange) {
    new Following(loop, start, onChange);
  }

  private final class Following {
    private final EventLoop loop;
    private final Consumer<Configuration> onChange;
    private final TimerWheel timer;
    private Configuration current;

    Following(EventLoop loop, Configuration start, Consumer<Configuration> onChange) {
      this.loop = loop;
      this.onChange = onChange;
      current = start;
      timer = loop.newTimers((id, now) -> look(now));
      network.ifPresent(
          changes -> watch(changes.fd(), NETWORK_EVENTS, (i, old, events, now) -> onNetwork(now)));
      names.ifPresent(file -> watch(file.fd(), FILE_EVENTS, (i, old, events, now) -> onNames(now)));
    }

    private void watch(int fd, EventKind kind, EventHandler handler) {
      loop.add(fd, EpollFlag.IN, loop.handle(kind, handler).of(0, 0));
    }

    private void onNetwork(long now) {
      int result = network.map(NetworkChanges::read).orElse(0);
      if (result < 0) {
        log.warn("changes of the host's network go unnoticed from now on: " + Errno.name(result));
        network.ifPresent(changes -> loop.remove(changes.fd()));
      } else if (result == NetworkChanges.CHANGED) {
        timer.schedule(0, quiet.changed(now));
      }
    }

    private void onNames(long now) {
      if (names.map(FileWatch::read).orElse(false)) {
        timer.schedule(0, quiet.changed(now));
      }
    }

    private void look(long now) {
      long start = System.nanoTime();
      try {
        Configuration next = resolve().configuration();
        if (!next.equals(current)) {
          current = next;
          onChange.accept(next);
        }
      } catch (LaunchException | ConfigurationException e) {
        log.limited(
            LogLevel.WARNING,
            "host.changed",
            "the host has changed, but the guest's configuration stays: " + e.getMessage());
      }
      quiet.looked(now, System.nanoTime() - start);
    }
  }

  @Override
  public void close() {
    closeWatches();
    reader.close();
  }

  private void closeWatches() {
    network.ifPresent(NetworkChanges::close);
    names.ifPresent(FileWatch::close);
  }
}
