package org.jpasst.router;

import java.util.Optional;
import org.jpasst.guest.FrameReceiver;
import org.jpasst.log.Log;
import org.jpasst.proto.PacketHandler;
import org.jpasst.proto.socket.LoopbackHost;
import org.jpasst.stats.Counter;

/** Routers for tests of one protocol: they answer nothing themselves. */
public final class RoutedFrames {
  private RoutedFrames() {}

  /** One whose datagrams go to a handler; others are counted. */
  public static FrameReceiver ofUdp(LoopbackHost host, PacketHandler udp) {
    PacketHandler off = off(host);
    return router(host, new Protocols(off, udp, off, off, () -> {}));
  }

  /** One whose echo requests go to a handler; others are counted. */
  public static FrameReceiver ofEcho(LoopbackHost host, PacketHandler echo) {
    PacketHandler off = off(host);
    return router(host, new Protocols(off, off, echo, off, () -> {}));
  }

  private static PacketHandler off(LoopbackHost host) {
    return (_, _) -> host.counters.increment(Counter.DROP_PROTOCOL);
  }

  private static FrameReceiver router(LoopbackHost host, Protocols protocols) {
    var nobody =
        new Responders(Optional.empty(), Optional.empty(), Optional.empty(), Optional.empty());
    return new Router(
        host.guest,
        host.table,
        new Services(nobody, host.counters),
        protocols,
        host.sink,
        host.counters,
        Log.none());
  }
}
