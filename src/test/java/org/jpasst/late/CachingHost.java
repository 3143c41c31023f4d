package org.jpasst.late;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jpasst.guest.FrameSink;
import org.jpasst.guest.LentFrame;
import org.jpasst.guest.TrafficKind;
import org.jpasst.guest.cache.CachePolicy;
import org.jpasst.guest.cache.PacketCache;
import org.jpasst.guest.stream.StreamLink;
import org.jpasst.linux.LinuxSockets;
import org.jpasst.linux.MessageFlag;
import org.jpasst.linux.SocketPair;
import org.jpasst.log.Log;
import org.jpasst.log.LogLevel;
import org.jpasst.loop.EventLoop;
import org.jpasst.stats.Counters;
import org.jpasst.wire.EthernetHeader;
import org.jpasst.wire.NetworkOrder;

/** One of two hosts, with a guest's link, a cache in front, and time that is moved by hand. */
final class CachingHost implements AutoCloseable {
  static final int LIMIT = 1 << 20;
  static final long GUEST = 0x5254_0012_3456L;
  static final int LENGTH = 60;
  private static final int FRAMED = Integer.BYTES + LENGTH; // as on the socket
  private static final long TURN = TimeUnit.MICROSECONDS.toNanos(10);

  final LinuxSockets sockets = new LinuxSockets();
  final Counters counters = new Counters();
  final List<String> messages = new ArrayList<>();
  final Log log = new Log(LogLevel.INFO, () -> 0);
  final EventLoop loop;
  final StreamLink link;
  final PacketCache cache;
  private final SocketPair pair = SocketPair.create();
  private final FrameSink network;
  private final MemorySegment scratch = Arena.ofAuto().allocate(1 << 20);
  private long clock = TimeUnit.SECONDS.toNanos(1000);

  CachingHost() throws IOException {
    log.addSink((level, time, text) -> messages.add(text));
    loop = new EventLoop(() -> clock, counters, log);
    link = new StreamLink(loop, sockets, counters, log);
    var policy = CachePolicy.always(CachePolicy.BRIDGED);
    cache = new PacketCache(link, link.sink(), policy, LIMIT, loop::now, counters);
    link.onRoom(cache);
    network = cache.sink(TrafficKind.BRIDGED);
    link.attach(pair.ours());
    loop.onTurnEnd(link);
  }

  /** The network brings frames for the guest, with these numbers. */
  void bring(int from, int to) {
    for (int i = from; i < to; i++) {
      bring(GUEST, i);
    }
  }

  /** The network brings a frame for a station or a group; false if nothing takes it. */
  boolean bring(long destination, int number) {
    LentFrame frame = network.hasRoom() ? network.lend(LENGTH) : LentFrame.NONE;
    if (frame.isNone()) {
      return false;
    }
    write(frame.memory(), frame.at(), destination, number);
    network.publish(frame, LENGTH);
    return true;
  }

  static void write(MemorySegment s, long at, long destination, int number) {
    s.asSlice(at, LENGTH).fill((byte) 0);
    EthernetHeader.write(s, at, destination, 2, EthernetHeader.TYPE_IPV4);
    NetworkOrder.put32(s, at + EthernetHeader.LENGTH, number);
  }

  /** The numbers of those that the guest has been given since the last time. */
  List<Integer> received() {
    List<Integer> numbers = new ArrayList<>();
    link.sink().flush();
    int length = sockets.recv(pair.theirs(), scratch, 0, 1000L * FRAMED, MessageFlag.DONTWAIT);
    for (int at = 0; at < length; at += FRAMED) {
      numbers.add(NetworkOrder.get32(scratch, at + Integer.BYTES + EthernetHeader.LENGTH));
    }
    return numbers;
  }

  /** All that can happen now does. */
  void settle() {
    for (int i = 0; i < 20; i++) {
      clock += TURN;
      loop.turn(0);
    }
  }

  void pass(long milliseconds) {
    clock += TimeUnit.MILLISECONDS.toNanos(milliseconds);
    settle();
  }

  @Override
  public void close() {
    link.close();
    sockets.close(pair.theirs());
    loop.close();
  }
}
