package org.jpasst.guest.cache;

import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.jpasst.guest.FrameSink;
import org.jpasst.guest.LentFrame;
import org.jpasst.guest.TrafficKind;
import org.jpasst.guest.stream.StreamLink;
import org.jpasst.linux.LinuxSockets;
import org.jpasst.linux.MessageFlag;
import org.jpasst.linux.SocketPair;
import org.jpasst.log.Log;
import org.jpasst.log.LogLevel;
import org.jpasst.loop.EventLoop;
import org.jpasst.stats.Counter;
import org.jpasst.stats.Counters;
import org.jpasst.wire.EthernetHeader;
import org.jpasst.wire.IpProtocol;
import org.jpasst.wire.Ipv4Header;
import org.jpasst.wire.NetworkOrder;
import org.jpasst.wire.UdpHeader;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** In front of a real stream link, whose other end this test reads; time is moved by hand. */
final class PacketCacheTest {
  private static final int LIMIT = 1 << 18;
  private static final int LENGTH = 1_000;
  private static final int NUMBER_AT = EthernetHeader.LENGTH + Ipv4Header.LENGTH + UdpHeader.LENGTH;

  private final LinuxSockets sockets = new LinuxSockets();
  private final Counters counters = new Counters();
  private final Log log = new Log(LogLevel.INFO, System::nanoTime);
  private final MemorySegment scratch = Arena.global().allocate(1 << 20);
  private long now;
  private EventLoop loop;
  private StreamLink link;
  private SocketPair pair;
  private PacketCache cache;
  private FrameSink udp;
  private FrameSink tcp;

  @BeforeEach
  void open() throws IOException {
    loop = new EventLoop(System::nanoTime, counters, log);
    link = new StreamLink(loop, sockets, counters, log);
    pair = SocketPair.create();
    cacheWith(CachePolicy.always(CachePolicy.TRANSLATED));
    assertThat(link.attach(pair.ours())).isZero();
    loop.onTurnEnd(link);
  }

  private void cacheWith(CachePolicy policy) {
    cache = new PacketCache(link, link.sink(), policy, LIMIT, () -> now, counters);
    link.onRoom(cache);
    udp = cache.sink(TrafficKind.UDP);
    tcp = cache.sink(TrafficKind.TCP);
  }

  @AfterEach
  void close() {
    link.close();
    sockets.close(pair.theirs());
    loop.close();
  }

  @Test
  void whileTheGuestRunsFramesPassThrough() {
    assertThat(send(udp, 1, 0)).isTrue();
    assertThat(received()).containsExactly(0);
    assertThat(counters.value(Counter.CACHED)).isZero();
  }

  @Test
  void framesForAGuestThatStandsStillComeInOrderBeforeNewerOnes() {
    link.pause(0);
    for (int i = 0; i < 100; i++) {
      assertThat(send(udp, i % 7, i)).isTrue();
    }
    assertThat(received()).isEmpty();

    link.resume();
    assertThat(send(udp, 1, 100)).isTrue();

    assertThat(received()).containsExactlyElementsOf(numbers(0, 101));
    assertThat(cache.isEmpty()).isTrue();
    assertThat(counters.value(Counter.CACHED)).isEqualTo(100);
    assertThat(counters.value(Counter.CACHE_DELIVERED)).isEqualTo(100);
  }

  @Test
  void anOperatorSwitchesAKindWhileTheGuestStandsStill() {
    cacheWith(CachePolicy.never());
    link.pause(0);
    assertThat(send(udp, 1, 0)).isFalse();

    cache.choose(TrafficKind.UDP, CacheChoice.ON);
    assertThat(cache.cached()).containsExactly(TrafficKind.UDP);
    assertThat(send(udp, 1, 1)).isTrue();
    assertThat(send(tcp, 1, 2)).isFalse();

    cache.choose(TrafficKind.UDP, CacheChoice.OFF);
    assertThat(send(udp, 1, 3)).isFalse();
    cache.choose(TrafficKind.UDP, CacheChoice.AUTO);
    assertThat(send(udp, 1, 4)).isFalse();

    link.resume();
    assertThat(send(udp, 1, 5)).isTrue();
    assertThat(received()).containsExactly(1, 5);
  }

  @Test
  void whatIsCachedIsToldByFlowTheLargestFirst() {
    link.pause(0);
    for (int i = 0; i < 5; i++) {
      send(udp, i == 3 ? 1 : 2, i);
    }
    assertThat(cache.flows()).extracting(CachedFlow::frames).containsExactly(4, 1);
    assertThat(cache.flows()).allMatch(each -> each.title().startsWith("UDP "));
    assertThat(cache.flows().getFirst().bytes()).isEqualTo(4L * LENGTH);
  }

  @Test
  void answersAndOtherTrafficComeBehindCachedFrames() {
    link.pause(0);
    send(udp, 1, 0);
    link.resume();
    FrameSink other = cache.sink(TrafficKind.OTHER);
    LentFrame reply = other.lendReply(LENGTH);
    write(reply.memory(), reply.at(), 9, 1);
    other.publish(reply, LENGTH);
    assertThat(send(tcp, 9, 2)).isTrue();
    assertThat(received()).containsExactly(0, 1, 2);
  }

  @Test
  void theLinksNewsOfRoomDeliverWhatIsCached() throws IOException {
    link.pause(0);
    send(udp, 1, 5);
    link.resume();
    loop.turn(0);
    assertThat(received()).containsExactly(5);
  }

  @Test
  void whatTheBackendCoversWaitsInItsSocket() {
    cacheWith(new CoveringBackend(Set.of(TrafficKind.UDP)).policy());
    link.pause(0);
    assertThat(udp.hasRoom()).isFalse();
    assertThat(udp.lend(LENGTH).isNone()).isTrue();
    assertThat(cache.sink(TrafficKind.ECHO).hasRoom()).isTrue();
    assertThat(cache.isEmpty()).isTrue();
  }

  @Test
  void tcpIsNeverCached() {
    link.pause(0);
    assertThat(tcp.hasRoom()).isFalse();
    assertThat(tcp.lend(LENGTH).isNone()).isTrue();
    assertThat(cache.isEmpty()).isTrue();
  }

  @Test
  void theBackendIsAskedAgainWithEachPause() throws IOException {
    var backend = new CoveringBackend(Set.of());
    cacheWith(backend.policy());
    link.pause(0);
    assertThat(udp.hasRoom()).isTrue();
    backend.covered = Set.of(TrafficKind.UDP);
    assertThat(udp.hasRoom()).as("the answer holds until it runs").isTrue();
    link.resume();
    loop.turn(0);
    link.pause(0);
    assertThat(udp.hasRoom()).isFalse();
  }

  @Test
  void whenItIsFullTheOldestFramesAreKept() {
    link.pause(0);
    int sent = 2 * LIMIT / LENGTH;
    for (int i = 0; i < sent; i++) {
      assertThat(send(udp, i, i)).isTrue();
    }
    int kept = LIMIT / (LENGTH + FrameQueue.FIXED);
    assertThat(cache.count()).isEqualTo(kept);
    assertThat(cache.size()).isLessThanOrEqualTo(LIMIT);
    assertThat(counters.value(Counter.DROP_CACHE_FULL)).isEqualTo(sent - kept);
    assertThat(cache.takeDropped()).isEqualTo(sent - kept);
    assertThat(cache.takeDropped()).isZero();
    link.resume();
    assertThat(send(udp, 1, sent)).isTrue();
    List<Integer> expected = numbers(0, kept);
    expected.add(sent);
    assertThat(received()).containsExactlyElementsOf(expected);
  }

  @Test
  void oneFlowTakesAQuarterAtMost() {
    link.pause(0);
    for (int i = 0; i < 2 * LIMIT / LENGTH; i++) {
      send(udp, 1, i);
    }
    int share = LIMIT / 4 / (LENGTH + FrameQueue.FIXED);
    assertThat(cache.count()).isEqualTo(share);
    assertThat(counters.value(Counter.DROP_CACHE_FLOW)).isPositive();
    assertThat(counters.value(Counter.DROP_CACHE_FULL)).isZero();
    send(udp, 2, 0);
    assertThat(cache.count()).isEqualTo(share + 1);
    // Its share is free again once it was delivered.
    link.resume();
    send(udp, 1, 0);
    link.pause(0);
    send(udp, 1, 0);
    assertThat(cache.count()).isEqualTo(1);
  }

  @Test
  void framesThatAreTooOldAreNotDelivered() {
    link.pause(0);
    send(udp, 1, 0);
    pass(6);
    send(udp, 1, 1);
    pass(5);
    link.resume();
    send(udp, 1, 2);
    assertThat(received()).containsExactly(1, 2);
    assertThat(counters.value(Counter.DROP_CACHE_OLD)).isEqualTo(1);
  }

  @Test
  void aLongPauseKeepsTheNewestSeconds() {
    link.pause(0);
    int sent = 0;
    for (int second = 0; second < 60; second++) {
      for (int i = 0; i < 20; i++) {
        send(udp, sent, sent);
        sent++;
      }
      pass(1);
    }
    assertThat(cache.size()).isLessThanOrEqualTo(LIMIT);
    link.resume();
    send(udp, 1, sent);
    assertThat(received()).contains(sent - 1, sent).doesNotContain(0);
  }

  @Test
  void whatWasCachedElsewhereKeepsItsAge() {
    restore(100_000, 91_000, 100_000);
    restore(100_000, 89_000, 100_000);
    pass(2);
    assertThat(send(udp, 1, 8)).isTrue();
    assertThat(received()).containsExactly(1, 1, 8);
    assertThat(counters.value(Counter.DROP_CACHE_OLD)).isEqualTo(2);
  }

  @Test
  void whatWasCachedElsewhereComesBeforeWhatWasCachedHere() {
    link.pause(0);
    send(udp, 1, 2);
    restore(7, 7, 7);
    link.resume();
    send(udp, 1, 3);
    assertThat(received()).containsExactly(0, 1, 2, 3);
  }

  @Test
  void framesOfAnyLengthAreKeptByteForByte() {
    link.pause(0);
    for (int length = 14; length < FrameSink.MAX_FRAME; length += 997) {
      LentFrame frame = udp.lend(42, length - 14);
      frame.memory().asSlice(frame.at(), length).fill((byte) length);
      udp.publish(frame, length);
    }
    int count = cache.count();
    assertThat(count).isGreaterThan(10);
    long bytes = 0;
    for (MemorySegment part : cache.parts()) {
      bytes += part.byteSize();
    }
    assertThat(bytes).isEqualTo(cache.size());
  }

  @Test
  void whatIsSavedIsCounted() {
    restore(100_000, 95_000, 99_000);
    cache.save();
    assertThat(counters.value(Counter.CACHE_SAVED)).isEqualTo(2);
  }

  @Test
  void whatMovesTwiceKeepsItsAge() {
    restore(100_000, 95_000, 99_000);
    pass(1);
    assertThat(ages()).containsExactly(6_000L, 2_000L);
    assertThat(ages()).as("a second time").containsExactly(6_000L, 2_000L);
  }

  @Test
  void ofFramesFromElsewhereTheOldestFit() {
    for (int i = 0; i < LIMIT / LENGTH; i++) {
      restore(0, 0, 0);
    }
    assertThat(cache.size()).isLessThanOrEqualTo(LIMIT);
    assertThat(cache.count()).isEqualTo(LIMIT / (LENGTH + FrameQueue.FIXED));
    assertThat(counters.value(Counter.DROP_CACHE_FULL)).isPositive();
  }

  /** How long ago, in milliseconds, what is cached was cached. */
  private List<Long> ages() {
    List<Long> ages = new ArrayList<>();
    for (MemorySegment part : cache.parts()) {
      for (long at = 0; at < part.byteSize(); at += FrameQueue.FIXED + LENGTH) {
        ages.add((long) cache.time() - NetworkOrder.get32(part, at));
      }
    }
    return ages;
  }

  /** Two frames from elsewhere, numbers 0 and 1, with their times. */
  private void restore(int writtenAt, int first, int second) {
    FrameQueue elsewhere = new FrameQueue();
    write(scratch, 0, 1, 0);
    elsewhere.add(first, scratch, 0, LENGTH);
    write(scratch, 0, 1, 1);
    elsewhere.add(second, scratch, 0, LENGTH);
    cache.restore(elsewhere.parts().getFirst(), 2, writtenAt);
  }

  private void pass(int seconds) {
    now += TimeUnit.SECONDS.toNanos(seconds);
  }

  private static List<Integer> numbers(int from, int to) {
    List<Integer> numbers = new ArrayList<>();
    for (int i = from; i < to; i++) {
      numbers.add(i);
    }
    return numbers;
  }

  private static boolean send(FrameSink sink, int port, int number) {
    if (!sink.hasRoom()) {
      return false;
    }
    LentFrame frame = sink.lend(LENGTH);
    if (frame.isNone()) {
      return false;
    }
    write(frame.memory(), frame.at(), port, number);
    sink.publish(frame, LENGTH);
    return true;
  }

  private static void write(MemorySegment s, long at, int port, int number) {
    EthernetHeader.write(s, at, 1, 2, EthernetHeader.TYPE_IPV4);
    long ip = at + EthernetHeader.LENGTH;
    Ipv4Header.write(s, ip, LENGTH - EthernetHeader.LENGTH, IpProtocol.UDP, 1, 2);
    UdpHeader.write(s, ip + Ipv4Header.LENGTH, port, 53, LENGTH - NUMBER_AT);
    s.set(JAVA_INT_UNALIGNED, at + NUMBER_AT, number);
  }

  /** The numbers of all frames that the guest has now. */
  private List<Integer> received() {
    List<Integer> numbers = new ArrayList<>();
    link.sink().flush();
    int length = read();
    while (length > 0) {
      for (int at = 0; at < length; at += 4 + LENGTH) {
        numbers.add(scratch.get(JAVA_INT_UNALIGNED, at + 4L + NUMBER_AT));
      }
      link.sink().flush();
      length = read();
    }
    return numbers;
  }

  private int read() {
    return sockets.recv(
        pair.theirs(),
        scratch,
        0,
        (scratch.byteSize() / (4 + LENGTH)) * (4 + LENGTH),
        MessageFlag.DONTWAIT);
  }
}
