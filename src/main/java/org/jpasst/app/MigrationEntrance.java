package org.jpasst.app;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.IntSupplier;
import org.jpasst.config.Configuration;
import org.jpasst.config.MigrationSettings;
import org.jpasst.config.RepairSocket;
import org.jpasst.guest.GuestLink;
import org.jpasst.guest.MigrationMeans;
import org.jpasst.guest.cache.PacketCache;
import org.jpasst.late.LateFrames;
import org.jpasst.linux.DescriptorTable;
import org.jpasst.linux.SocketType;
import org.jpasst.linux.Sockets;
import org.jpasst.log.Log;
import org.jpasst.loop.Acceptor;
import org.jpasst.loop.EventKind;
import org.jpasst.loop.EventLoop;
import org.jpasst.migrate.BridgedGuest;
import org.jpasst.migrate.FrontEndState;
import org.jpasst.migrate.GuestState;
import org.jpasst.migrate.Migration;
import org.jpasst.migrate.Preparation;
import org.jpasst.migrate.repair.RepairAccess;
import org.jpasst.migrate.repair.RepairListener;
import org.jpasst.qmp.QemuMigration;

/**
 * How a guest's state gets in and out: by the front-end, by QEMU's monitor, the operator, or a file
 * at the start.
 */
final class MigrationEntrance implements AutoCloseable {
  /** A helper for TCP_REPAIR connects. */
  static final EventKind HELPER_EVENTS = new EventKind("listening TCP_REPAIR helper socket");

  private static final long TICK = TimeUnit.SECONDS.toNanos(1);

  /** How long a front-end may start no queue before a migration is expected. */
  private static final int PATIENCE_TICKS = 2;

  private final MigrationSettings settings;
  private final EventLoop loop;
  private final Log log;
  private final Optional<RepairListener> helpers;
  private final RepairAccess repair;
  private final Migration migration;
  private final PacketCache cache;
  private final LateFrames late;

  /** Whether operators can carry a state. */
  private final boolean hasOperators;

  /** The state that the run is to begin with. */
  private final Optional<FileChannel> restored;

  /** Whether the guest's link carries a state. */
  private final boolean linkCarries;

  /** Watches QEMU where QEMU migrates the guest and not its state. */
  private final Optional<QemuMigration> qemu;

  /** For how many ticks there has been a front-end without a guest. */
  private int waited;

  /**
   * Wires it up.
   *
   * @param guestSocket where the guest connects, if it does so at a path
   * @param preparation for a migration that is likely to come
   * @param linkLocalScope as in {@link Configuration#linkLocalScope}, as it is at the time
   * @throws LaunchException if helpers can't be listened to, or there is no such file as is to be
   *     restored
   */
  MigrationEntrance(
      Configuration configuration,
      Optional<Path> guestSocket,
      GuestState state,
      IntSupplier linkLocalScope,
      Sockets sockets,
      EventLoop loop,
      Preparation preparation,
      Log log)
      throws LaunchException {
    settings = configuration.migration();
    this.loop = loop;
    this.log = log;
    helpers =
        open(
            repairPath(configuration, guestSocket),
            path -> RepairListener.open(path, sockets, log));
    helpers.ifPresent(each -> watch(each, sockets));
    repair = new RepairAccess(sockets, helpers);
    cache = state.cache();
    late = state.asBridged().map(BridgedGuest::late).orElse(LateFrames.NONE);
    migration =
        new Migration(
            state,
            sockets,
            repair,
            linkLocalScope,
            settings.sections(),
            loop::now,
            preparation,
            log);
    restored = openRestored(settings.restore());
    hasOperators = configuration.process().control().isPresent();
    linkCarries = state.link().carry(new FrontEndState(migration, this::taken, log));
    if (linkCarries) {
      loop.every(TICK, now -> lookForIncoming(state.link()));
    }
    qemu = watchQemu(state.link(), sockets);
  }

  private Optional<QemuMigration> watchQemu(GuestLink link, Sockets sockets)
      throws LaunchException {
    if (settings.qemu().monitor().isEmpty()) {
      return Optional.empty();
    }
    try {
      return Optional.of(
          new QemuMigration(settings.qemu(), migration, link, this::taken, sockets, loop, log));
    } catch (IOException e) {
      throw new LaunchException(e.getMessage());
    }
  }

  /** Ends the run, once a state that is on its way has arrived; may be called by any thread. */
  void end() {
    qemu.ifPresentOrElse(each -> each.whenHandedOver(loop::stop), loop::stop);
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

  private void watch(RepairListener listener, Sockets sockets) {
    new Acceptor(
        loop,
        sockets,
        HELPER_EVENTS,
        listener.fd(),
        "a repair helper",
        SocketType.CLOEXEC,
        (fd, now) -> admit(listener, fd),
        log);
  }

  /** A helper serves one migration, and comes before that. */
  private void admit(RepairListener listener, int fd) {
    listener.take(fd);
    if (listener.hasHelper()) {
      migration.prepare();
    }
  }

  /**
   * A front-end doesn't say that its guest comes from elsewhere: it starts no queue. Nor does one
   * whose guest takes its time to boot, so this counts only where a migration is possible.
   */
  private void lookForIncoming(GuestLink link) {
    waited = link.awaitsGuest() ? waited + 1 : 0;
    if (waited == PATIENCE_TICKS && repair.isPossible()) {
      migration.prepare();
    }
  }

  /** What a migration has at its disposal now. */
  MigrationMeans means() {
    return new MigrationMeans(hasChannel(), settings.sections(), repair.isPossible());
  }

  /** Whether somebody can carry a state to another host. */
  boolean hasChannel() {
    return linkCarries || hasOperators || settings.qemu().to().isPresent();
  }

  Migration migration() {
    return migration;
  }

  /**
   * Whoever was connected is gone. What was saved or loaded for a guest whose link carries its
   * state isn't for the next one: that guest goes on elsewhere, or nowhere.
   */
  void guestIsGone() {
    late.guestIsGone();
    if (!linkCarries) {
      return;
    }
    if (migration.isSaved()) {
      migration.leave();
    }
    cache.clear();
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
    if (restored.isEmpty()) {
      return;
    }
    DescriptorTable.enlarge();
    if (!repair.isPossible() && helpers.isPresent()) {
      log.info("connections are restored once passt-repair connects to " + helpers.get().path());
      repair.awaitHelpers();
    }
    try (FileChannel channel = restored.get()) {
      migration.load(channel);
    } catch (IOException e) {
      throw notRestored(settings.restore().orElseThrow(), e);
    }
  }

  private static Optional<FileChannel> openRestored(Optional<Path> file) throws LaunchException {
    if (file.isEmpty()) {
      return Optional.empty();
    }
    try {
      return Optional.of(FileChannel.open(file.get(), StandardOpenOption.READ));
    } catch (IOException e) {
      throw notRestored(file.get(), e);
    }
  }

  private static LaunchException notRestored(Path file, IOException e) {
    return new LaunchException("--restore " + file + ": " + IoReason.of(e));
  }

  @Override
  public void close() throws IOException {
    if (qemu.isPresent()) {
      qemu.get().close();
    }
    if (helpers.isPresent()) {
      helpers.get().close();
    }
    late.close();
  }
}
