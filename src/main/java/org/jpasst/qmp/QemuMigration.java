package org.jpasst.qmp;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.jpasst.config.QemuSettings;
import org.jpasst.guest.GuestLink;
import org.jpasst.linux.Sockets;
import org.jpasst.log.Log;
import org.jpasst.loop.EventLoop;
import org.jpasst.migrate.Migration;

/** Has the guest's state follow it when QEMU migrates it, from here and to here. */
public final class QemuMigration implements AutoCloseable {
  private static final long TICK = TimeUnit.MILLISECONDS.toNanos(500);

  private final Optional<Arrival> arrival;
  private final Optional<Departure> departure;
  private final EventLoop loop;
  private final Log log;
  private final Monitor monitor;
  private boolean ending;

  /**
   * Begins to watch QEMU's monitor.
   *
   * @param settings with a monitor
   * @param onTaken what is done once the guest goes on elsewhere
   * @throws IOException with one line for the user if the target's socket can't be listened at
   */
  public QemuMigration(
      QemuSettings settings,
      Migration migration,
      GuestLink link,
      Runnable onTaken,
      Sockets sockets,
      EventLoop loop,
      Log log)
      throws IOException {
    this.loop = loop;
    this.log = log;
    Optional<Path> from = settings.from();
    arrival =
        from.isPresent()
            ? Optional.of(Arrival.open(from.get(), migration, sockets, loop, log))
            : Optional.empty();
    departure = settings.to().map(to -> new Departure(to, migration, onTaken, sockets, loop, log));
    monitor =
        new Monitor(
            settings.monitor().orElseThrow(), link::isAttached, new Listener(), sockets, loop, log);
    if (arrival.isPresent()) {
      loop.every(TICK, now -> lookForGuest(link));
    }
  }

  private void lookForGuest(GuestLink link) {
    if (!link.isAttached()) {
      arrival.ifPresent(Arrival::onNobody);
    }
  }

  /** Does something once a state that is on its way has arrived, or at once; by any thread. */
  public void whenHandedOver(Runnable action) {
    loop.execute(
        () -> {
          if (departure.isPresent()) {
            departure.get().whenHandedOver(action, loop.now());
          } else {
            action.run();
          }
        });
  }

  private boolean isArriving() {
    return arrival.isPresent() && arrival.get().isExpected();
  }

  private final class Listener implements MonitorListener {
    private boolean incoming; // not the guest's departure is what QEMU tells of

    @Override
    public void onState(RunState state, MigrationStatus last, long now) {
      log.info("QEMU's monitor answers" + (state == RunState.INMIGRATE ? ": a guest comes" : ""));
      arrival.ifPresent(each -> each.onState(state, last, now));
      if (state != RunState.INMIGRATE && !last.isOver() && !last.isGivenUp()) {
        departure.ifPresent(each -> each.onMigration(last, now));
      }
      incoming = state == RunState.INMIGRATE;
    }

    @Override
    public void onStopped(long now) {
      if (!incoming) {
        departure.ifPresent(Departure::onStopped);
      }
    }

    @Override
    public void onResumed(long now) {
      incoming = false;
      if (isArriving()) {
        arrival.orElseThrow().onResumed(now);
      } else {
        departure.ifPresent(Departure::onResumed);
      }
    }

    @Override
    public void onMigration(MigrationStatus status, long now) {
      if (!incoming) {
        departure.ifPresent(each -> each.onMigration(status, now));
      }
    }

    @Override
    public void onSilence(long now) {
      arrival.ifPresent(Arrival::onSilence);
    }

    @Override
    public void onGone(long now) {
      incoming = false;
      if (!ending) {
        log.info("QEMU's monitor has hung up");
        arrival.ifPresent(Arrival::onGone);
        departure.ifPresent(Departure::onGone);
      }
    }
  }

  @Override
  public void close() throws IOException {
    ending = true;
    monitor.close();
    departure.ifPresent(Departure::close);
    if (arrival.isPresent()) {
      arrival.get().close();
    }
  }
}
