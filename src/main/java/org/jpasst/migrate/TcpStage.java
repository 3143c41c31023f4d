package org.jpasst.migrate;

import java.io.IOException;
import java.util.List;
import java.util.Set;
import java.util.function.LongSupplier;
import org.jpasst.guest.TrafficKind;
import org.jpasst.log.Log;
import org.jpasst.migrate.stream.StreamReader;
import org.jpasst.migrate.stream.StreamWriter;
import org.jpasst.proto.tcp.TcpListeners;
import org.jpasst.proto.tcp.TcpMigration;

/**
 * TCP's established connections with their sockets; connections that come meanwhile have to wait.
 */
final class TcpStage implements Stage {
  private final TcpMigration tcp;
  private final TcpListeners listeners;
  private final TcpSource source;
  private final TcpTarget target;
  private final LongSupplier clock;
  private final Log log;
  private List<TcpMigration.Paused> paused = List.of();

  TcpStage(
      TcpMigration tcp,
      TcpListeners listeners,
      TcpSource source,
      TcpTarget target,
      LongSupplier clock,
      Log log) {
    this.tcp = tcp;
    this.listeners = listeners;
    this.source = source;
    this.target = target;
    this.clock = clock;
    this.log = log;
  }

  @Override
  public String title() {
    return "TCP connections";
  }

  @Override
  public void save(Set<TrafficKind> covered, StreamWriter to) throws IOException {
    if (!covered.contains(TrafficKind.TCP)) {
      log.info("TCP connections don't move: the guest's link isn't made for it");
      to.flowCount(0);
      return;
    }
    listeners.freeze();
    paused = tcp.pause();
    source.save(paused, to);
  }

  @Override
  public void rollBack() {
    try {
      source.thaw();
      tcp.resume(paused, clock.getAsLong());
    } catch (IOException e) {
      log.error(paused.size() + " TCP connections are lost: " + e.getMessage());
      paused.forEach(each -> tcp.refuse(each.snapshot()));
      tcp.forget(paused);
    }
    paused = List.of();
  }

  /**
   * Not before: peers whose packets still come here, where their connections aren't any more, would
   * have them reset by whoever listens at that port.
   */
  @Override
  public void welcome() {
    listeners.thaw();
  }

  @Override
  public void load(StreamReader from) throws IOException {
    target.load(from, clock.getAsLong());
  }

  @Override
  public void forget() {
    tcp.forget(paused);
    paused = List.of();
    source.forget();
  }
}
