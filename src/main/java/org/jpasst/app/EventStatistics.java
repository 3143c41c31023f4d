package org.jpasst.app;

import java.io.PrintStream;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jpasst.control.ControlSocket;
import org.jpasst.control.metrics.MetricsSocket;
import org.jpasst.control.pesto.ConfigurationSocket;
import org.jpasst.guest.GuestLink;
import org.jpasst.guest.GuestListener;
import org.jpasst.guest.LinkEnd;
import org.jpasst.guest.vhostuser.VhostUserLink;
import org.jpasst.late.LateReceiver;
import org.jpasst.late.LateSender;
import org.jpasst.loop.EventKind;
import org.jpasst.loop.EventLoop;
import org.jpasst.loop.TurnListener;
import org.jpasst.proto.icmp.Ping;
import org.jpasst.proto.tcp.Tcp;
import org.jpasst.proto.tcp.TcpListeners;
import org.jpasst.proto.udp.Udp;
import org.jpasst.qmp.Arrival;
import org.jpasst.qmp.Departure;
import org.jpasst.qmp.Monitor;

/**
 * A row of numbers, how many events of each kind of descriptor there were since the start: written
 * when there were new ones, no more than one in so many seconds, with the columns' names above
 * every twentieth (passt(1), {@code --stats}).
 */
final class EventStatistics implements TurnListener {
  private static final int ROWS_BELOW_NAMES = 20;
  private static final int WIDTH = 10;

  /** The kinds; the loop's own wake-up is nobody's descriptor. */
  private static final List<EventKind> COLUMNS =
      List.of(
          GuestLink.EVENTS,
          VhostUserLink.KICKS,
          LinkEnd.UPLINK.events(),
          GuestListener.EVENTS,
          Tcp.EVENTS,
          TcpListeners.EVENTS,
          Udp.FLOW_EVENTS,
          Udp.LISTENER_EVENTS,
          Ping.EVENTS,
          NeighbourWatch.EVENTS,
          HostWatch.NETWORK_EVENTS,
          HostWatch.FILE_EVENTS,
          ControlSocket.LISTENER_EVENTS,
          ControlSocket.CONNECTION_EVENTS,
          MetricsSocket.LISTENER_EVENTS,
          MetricsSocket.CONNECTION_EVENTS,
          ConfigurationSocket.LISTENER_EVENTS,
          ConfigurationSocket.CLIENT_EVENTS,
          MigrationEntrance.HELPER_EVENTS,
          Monitor.EVENTS,
          Departure.EVENTS,
          Arrival.LISTENER_EVENTS,
          Arrival.EVENTS,
          LateSender.EVENTS,
          LateReceiver.LISTENER_EVENTS,
          LateReceiver.EVENTS,
          QuitSignal.EVENTS);

  private final EventLoop loop;
  private final long interval;
  private final PrintStream out;
  private long next;
  private long told;
  private int rows;

  /** Statistics of a loop, written at most every so many seconds. */
  EventStatistics(EventLoop loop, int seconds, PrintStream out) {
    this.loop = loop;
    this.out = out;
    interval = TimeUnit.SECONDS.toNanos(seconds);
    next = loop.now();
  }

  @Override
  public void onTurnEnd(long nowNanos) {
    if (nowNanos - next < 0) {
      return;
    }
    long sum = 0;
    for (EventKind each : COLUMNS) {
      sum += loop.eventsOf(each);
    }
    if (sum != told) {
      told = sum;
      next = nowNanos + interval;
      tell();
    }
  }

  private void tell() {
    if (rows++ % ROWS_BELOW_NAMES == 0) {
      tellNames();
    }
    StringBuilder row = new StringBuilder();
    for (EventKind each : COLUMNS) {
      String number = Long.toString(loop.eventsOf(each));
      row.append(" ".repeat(Math.max(1, WIDTH - number.length()))).append(number);
    }
    out.println(row);
  }

  /** Each name on a line of its own, above the last digit of its column. */
  private void tellNames() {
    StringBuilder lines = new StringBuilder();
    for (EventKind each : COLUMNS) {
      out.println(lines + " ".repeat(WIDTH - 1) + each.name());
      lines.append(" ".repeat(WIDTH - 1)).append('|');
    }
  }
}
