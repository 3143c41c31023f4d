package org.jpasst.app;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Optional;
import java.util.function.IntSupplier;
import org.jpasst.config.Configuration;
import org.jpasst.config.MigrationSettings;
import org.jpasst.config.RepairSocket;
import org.jpasst.control.ControlSocket;
import org.jpasst.guest.MigrationMeans;
import org.jpasst.guest.vhostuser.VhostUserLink;
import org.jpasst.linux.EpollFlag;
import org.jpasst.linux.Sockets;
import org.jpasst.log.Log;
import org.jpasst.loop.EventKey;
import org.jpasst.loop.EventKind;
import org.jpasst.loop.EventLoop;
import org.jpasst.migrate.FrontEndState;
import org.jpasst.migrate.GuestState;
import org.jpasst.migrate.Migration;
import org.jpasst.migrate.repair.RepairAccess;
import org.jpasst.migrate.repair.RepairListener;

/** How a guest's state gets in and out: by the front-end, the operator, or a file at the start. */
final class MigrationEntrance implements AutoCloseable {
  private final MigrationSettings settings;
  private final EventLoop loop;
  private final Log log;
  private final Optional<RepairListener> helpers;
  private final RepairAccess repair;
  private final Migration migration;
  private final Optional<ControlSocket> control;

  /** That carries a state. */
  private final boolean hasFrontEnd;

  /**
   * Wires it up.
   *
   * @param guestSocket where the guest connects, if it does so at a path
   * @param linkLocalScope as in {@link Configuration#linkLocalScope}, as it is at the time
   * @throws LaunchException if helpers or operators can't be listened to
   */
  MigrationEntrance(
      Configuration configuration,
      Optional<Path> guestSocket,
      GuestState state,
      IntSupplier linkLocalScope,
      Sockets sockets,
      EventLoop loop,
      Log log)
      throws LaunchException {
    settings = configuration.migration();
    this.loop = loop;
    this.log = log;
    helpers =
        open(
            repairPath(configuration, guestSocket),
            path -> RepairListener.open(path, sockets, log));
    helpers.ifPresent(this::watch);
    repair = new RepairAccess(sockets, helpers);
    migration =
        new Migration(state, sockets, repair, linkLocalScope, settings.sections(), loop::now, log);
    control =
        open(
            configuration.process().control(),
            path -> ControlSocket.open(path, sockets, loop, migration, log));
    hasFrontEnd = state.link() instanceof VhostUserLink;
    if (state.link() instanceof VhostUserLink vhostUser) {
      vhostUser.carry(new FrontEndState(migration, this::taken, log));
    }
  }

  private static Optional<Path> repairPath(
      Configuration configuration, Optional<Path> guestSocket) {
    return switch (configuration.migration().repair()) {
      case RepairSocket.None() -> Optional.empty();
      case RepairSocket.At(Path given) -> Optional.of(given);
      case RepairSocket.Usual() ->
          guestSocket
              .filter(p -> configuration.link().vhostUser())
              .map(p -> Path.of(p + RepairListener.SUFFIX));
    };
  }

  private interface Opening<T> {
    T open(Path path) throws IOException;
  }

  private static <T> Optional<T> open(Optional<Path> path, Opening<T> opening)
      throws LaunchException {
    if (path.isEmpty()) {
      return Optional.empty();
    }
    try {
      return Optional.of(opening.open(path.get()));
    } catch (IOException e) {
      throw new LaunchException(e.getMessage());
    }
  }

  private void watch(RepairListener listener) {
    loop.handle(EventKind.REPAIR_LISTENER, (index, generation, events, now) -> listener.accept());
    loop.add(listener.fd(), EpollFlag.IN, EventKey.encode(EventKind.REPAIR_LISTENER, 0, 0));
  }

  /** What a migration has at its disposal now. */
  MigrationMeans means() {
    return new MigrationMeans(hasChannel(), settings.sections(), repair.isPossible());
  }

  /** Whether somebody can carry a state to another host. */
  boolean hasChannel() {
    return hasFrontEnd || control.isPresent();
  }

  private void taken() {
    if (settings.noLinger()) {
      migration.forget();
    }
    if (settings.exit()) {
      log.info("the guest has moved away: ending");
      loop.stop();
    }
  }

  /**
   * Loads the state that the run is to begin with, if there is one.
   *
   * @throws LaunchException if it can't be read
   */
  void restore() throws LaunchException {
    if (settings.restore().isEmpty()) {
      return;
    }
    Path file = settings.restore().orElseThrow();
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
      migration.load(channel);
    } catch (IOException e) {
      throw new LaunchException("--restore " + file + ": " + IoReason.of(e));
    }
  }

  @Override
  public void close() throws IOException {
    if (control.isPresent()) {
      control.get().close();
    }
    if (helpers.isPresent()) {
      helpers.get().close();
    }
  }
}
