package org.jpasst.app;

import java.io.PrintStream;
import java.util.concurrent.TimeUnit;
import org.jpasst.loop.EventKind;
import org.jpasst.loop.EventLoop;
import org.jpasst.loop.TurnListener;

/**
 * A row of numbers, how many events of each kind of descriptor there were since the start: written
 * when there were new ones, no more than one in so many seconds, with the columns' names above
 * every twentieth (passt(1), {@code --stats}).
 */
final class EventStatistics implements TurnListener {
  private static final int ROWS_BELOW_NAMES = 20;
  private static final int WIDTH = 10;

  /** The kinds; the loop's own wake-up is nobody's descriptor. */
  private static final EventKind[] COLUMNS = columns();

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
      out.println(lines + " ".repeat(WIDTH - 1) + name(each));
      lines.append(" ".repeat(WIDTH - 1)).append('|');
    }
  }

  private static String name(EventKind kind) {
    return switch (kind) {
      case WAKE_UP -> "wake-up";
      case GUEST_LINK -> "guest's connection";
      case GUEST_QUEUE -> "vhost-user kick";
      case GUEST_LISTENER -> "listening guest socket";
      case TCP -> "connected TCP socket";
      case TCP_LISTENER -> "listening TCP socket";
      case UDP -> "UDP flow socket";
      case UDP_LISTENER -> "listening UDP socket";
      case PING -> "ICMP and ICMPv6 ping socket";
      case NEIGHBOURS -> "netlink neighbour notifier";
      case NETWORK -> "netlink address and route notifier";
      case FILES -> "file watch";
      case CONTROL_LISTENER -> "listening control socket";
      case CONTROL -> "control socket";
      case CONFIGURATION_LISTENER -> "listening configuration socket";
      case CONFIGURATION -> "configuration socket";
      case REPAIR_LISTENER -> "listening TCP_REPAIR helper socket";
      case REPAIR -> "TCP_REPAIR helper socket";
      case MIGRATION -> "migration channel";
      case SIGNALS -> "signals";
    };
  }

  private static EventKind[] columns() {
    EventKind[] all = EventKind.values();
    EventKind[] columns = new EventKind[all.length - 1];
    int next = 0;
    for (EventKind each : all) {
      if (each != EventKind.WAKE_UP) {
        columns[next++] = each;
      }
    }
    return columns;
  }
}
