package org.jpasst.fuzz;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.jpasst.config.Configuration;
import org.jpasst.flow.SipHash;
import org.jpasst.guest.GuestLink;
import org.jpasst.guest.LinkContext;
import org.jpasst.linux.DescriptorTable;
import org.jpasst.linux.LinuxSockets;
import org.jpasst.linux.Sockets;
import org.jpasst.log.Log;
import org.jpasst.log.LogLevel;
import org.jpasst.loop.EventLoop;
import org.jpasst.proto.DescriptorReserve;
import org.jpasst.proto.socket.LoopbackHost;
import org.jpasst.proto.tcp.TcpMigration;
import org.jpasst.proto.udp.UdpTimeouts;
import org.jpasst.stack.NetStack;
import org.jpasst.stack.StackContext;
import org.jpasst.stats.Counter;
import org.jpasst.stats.Counters;

/**
 * The program's stack between a guest's link and the sockets of the loopback interface, with a
 * clock that is moved by hand.
 */
final class FuzzedStack implements AutoCloseable {
  private static final int MAX_MESSAGES = 50;
  private static final int MAX_TURNS = 10_000;

  final Sockets sockets = new LinuxSockets();
  final Counters counters = new Counters();
  final Configuration configuration = LoopbackHost.configuration();
  final EventLoop loop;
  final GuestLink link;
  final NetStack net;
  final Log log;
  private final List<String> messages = new ArrayList<>();
  private long clock = TimeUnit.SECONDS.toNanos(1000);

  /**
   * Wires them.
   *
   * @param maker makes the link
   */
  FuzzedStack(Function<LinkContext, GuestLink> maker) throws IOException {
    // With traces of failures, which say where to look.
    log = new Log(LogLevel.DEBUG, () -> clock);
    log.addSink((level, time, text) -> remember(text));
    loop = new EventLoop(() -> clock, counters, log);
    link = maker.apply(new LinkContext(loop, sockets, counters, log));
    net =
        new NetStack(
            new StackContext(
                configuration,
                sockets,
                loop,
                kind -> link.sink(),
                new SipHash(1, 2),
                new DescriptorReserve(DescriptorTable.limit(), log),
                UdpTimeouts.DEFAULT,
                counters,
                log));
    link.deliverTo(net.receiver());
    link.onRoom(net);
    net.keepTime();
    loop.onTurnEnd(link);
    loop.onTurnEnd(net);
  }

  private void remember(String message) {
    if (messages.size() == MAX_MESSAGES) {
      messages.removeFirst();
    }
    messages.add(message);
  }

  /** One turn, and a look at whether all went well in it. */
  int turn() {
    int events = loop.turn(0);
    if (counters.value(Counter.LOOP_FAILURES) != 0) {
      throw new AssertionError("an exception reached the loop: " + String.join("\n", messages));
    }
    return events;
  }

  /** Turns until nothing is ready any more. */
  void settle() {
    int idle = 0;
    for (int i = 0; idle < 2; i++) {
      idle = turn() == 0 ? idle + 1 : 0;
      if (i == MAX_TURNS) {
        throw new AssertionError("the loop doesn't come to rest");
      }
    }
  }

  long now() {
    return clock;
  }

  /** Lets time pass. */
  void advance(long time, TimeUnit unit) {
    clock += unit.toNanos(time);
  }

  /** What was said last. */
  List<String> messages() {
    return messages;
  }

  @Override
  public void close() {
    TcpMigration tcp = net.tcp().migration();
    tcp.forget(tcp.pause());
    link.close();
    loop.close();
  }
}
