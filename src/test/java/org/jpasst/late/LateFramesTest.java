package org.jpasst.late;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.stream.IntStream;
import org.jpasst.stats.Counter;
import org.jpasst.wire.EthernetHeader;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A guest moves from one host to another, and its network learns late. */
final class LateFramesTest {
  @TempDir Path directory;
  private CachingHost source;
  private CachingHost target;
  private LateSender sender;
  private LateReceiver receiver;

  @BeforeEach
  void open() throws IOException {
    Path path = directory.resolve("late");
    source = new CachingHost();
    target = new CachingHost();
    receiver =
        LateReceiver.open(
            path,
            target.cache,
            target.link,
            target.sockets,
            target.loop,
            target.counters,
            target.log);
    sender =
        new LateSender(
            path,
            source.cache,
            source.link,
            source.sockets,
            source.loop,
            source.counters,
            source.log);
    source.link.pause(0);
    target.link.pause(0);
  }

  @AfterEach
  void close() throws IOException {
    sender.close();
    receiver.close();
    source.close();
    target.close();
  }

  /** The state moves. */
  private Token save() {
    Token token = sender.begin();
    List<MemorySegment> saved = source.cache.save();
    if (!saved.isEmpty()) {
      target.cache.restore(saved.getFirst(), source.cache.count(), source.cache.time());
    }
    return token;
  }

  private void settle() {
    for (int i = 0; i < 3; i++) {
      source.settle();
      target.settle();
    }
  }

  private static List<Integer> numbers(int from, int to) {
    return IntStream.range(from, to).boxed().toList();
  }

  @Test
  void theyComeBehindWhatTheStateHeldAndBeforeWhatTheTargetsNetworkBrings() {
    source.bring(0, 10);
    Token token = save();
    source.bring(10, 20);
    settle();
    receiver.expect(token);
    source.bring(20, 30);
    target.bring(40, 45);
    settle();
    assertThat(target.received()).isEmpty();

    target.link.resume();
    settle();
    target.bring(45, 50);
    source.bring(30, 40);
    settle();
    assertThat(target.received()).containsExactlyElementsOf(numbers(0, 40));

    source.pass(5);
    settle();
    assertThat(target.received()).containsExactlyElementsOf(numbers(40, 50));
    target.bring(50, 51);
    source.bring(51, 52);
    settle();
    assertThat(target.received()).containsExactly(50, 51);
    assertThat(source.counters.value(Counter.HANDED_ON)).isEqualTo(31);
    assertThat(target.counters.value(Counter.CACHED_LATE)).isEqualTo(31);
  }

  /** It may be given away again before nothing comes late any more, by a host that only takes. */
  @Test
  void whatIsHeldBelongsToTheGuestsStateWhenItLeavesAgain() {
    Token token = save();
    settle();
    receiver.expect(token);
    target.link.resume();
    settle();
    target.bring(0, 5);
    assertThat(target.received()).isEmpty();

    target.link.pause(0);
    new LateFrames(Optional.empty(), Optional.of(receiver)).guestLeaves();
    assertThat(target.cache.isHeld()).isFalse();
    assertThat(target.cache.count()).isEqualTo(5);
    target.link.resume();
    settle();
    assertThat(target.received()).containsExactlyElementsOf(numbers(0, 5));
  }

  @Test
  void aSourceThatIsGoneBeforeTheStateIsLoadedHasSentThemAllTheSame() {
    Token token = save();
    source.bring(0, 10);
    sender.guestIsGone();
    source.settle();
    sender.finish();
    settle();
    receiver.expect(token);
    target.link.resume();
    settle();
    assertThat(target.received()).containsExactlyElementsOf(numbers(0, 10));
  }

  @Test
  void whatGoesToAGroupIsSentOnlyUntilTheTargetListensItself() {
    Token token = save();
    source.bring(EthernetHeader.BROADCAST, 0);
    settle();
    receiver.expect(token);
    settle();
    source.bring(EthernetHeader.BROADCAST, 1);
    source.bring(2, 3);
    settle();
    target.link.resume();
    settle();
    assertThat(target.received()).containsExactly(0, 2);
  }

  @Test
  void aGuestThatGoesOnAtTheSourceIsGivenThemThere() {
    source.bring(0, 10);
    save();
    source.bring(10, 20);
    settle();
    sender.cancel();
    source.link.resume();
    source.bring(20, 21);
    settle();
    assertThat(source.received()).containsExactlyElementsOf(numbers(0, 21));
    assertThat(target.cache.isHeld()).isFalse();
  }

  @Test
  void whatCameForTheGuestThatHasLeftIsNotForTheNextOne() {
    Token token = save();
    source.bring(0, 10);
    receiver.expect(token);
    settle();
    sender.guestIsGone();
    sender.finish();
    source.link.resume();
    source.bring(10, 11);
    settle();
    assertThat(source.received()).containsExactly(10);
  }

  @Test
  void framesOfAnotherGuestAreRefused() {
    save();
    source.bring(0, 10);
    settle();
    receiver.expect(new Token(17, 4));
    target.link.resume();
    settle();
    target.bring(10, 11);
    settle();
    assertThat(target.received()).containsExactly(10);
    assertThat(target.messages).anyMatch(each -> each.contains("for another guest"));
    assertThat(source.cache.count()).as("kept in case it goes on here").isEqualTo(10);
  }

  @Test
  void whatTheTargetsNetworkBringsIsHeldForFifthOfASecondAtMost() {
    Token token = save();
    receiver.expect(token);
    settle();
    target.link.resume();
    target.settle();
    target.bring(0, 3);
    target.pass(199);
    assertThat(target.received()).isEmpty();
    target.pass(2);
    assertThat(target.received()).containsExactly(0, 1, 2);
  }

  @Test
  void whereNobodySendsNothingIsHeld() {
    receiver.expect(new Token(17, 4));
    target.link.resume();
    target.settle();
    target.bring(0, 3);
    assertThat(target.received()).containsExactly(0, 1, 2);
  }

  @Test
  void fiveSecondsAfterTheGuestRunsNothingIsLateAnyMore() {
    Token token = save();
    receiver.expect(token);
    settle();
    target.link.resume();
    settle();
    source.bring(0, 1);
    settle();
    target.pass(5001);
    settle();
    assertThat(target.received()).containsExactly(0);
    assertThat(source.messages).contains("late frames: 1 sent to the target");
    assertThat(target.messages).contains("late frames: 1 received from the source");
  }

  @Test
  void noMoreComesThanTheCacheHolds() {
    Token token = save();
    receiver.expect(token);
    settle();
    int count = CachingHost.LIMIT / CachingHost.LENGTH + 1000;
    for (int i = 0; i < count; i += 100) {
      source.bring(i, i + 100);
      source.cache.clear();
      settle();
    }
    assertThat(target.cache.size()).isLessThanOrEqualTo(CachingHost.LIMIT);
    assertThat(target.counters.value(Counter.DROP_CACHE_FULL)).isPositive();
  }

  @Test
  void whatTheTargetDoesNotTakeIsKeptUpToABound() {
    save();
    int count = 2 * SendingConnection.ROOM / CachingHost.LENGTH;
    source.bring(0, count);
    long sent = source.counters.value(Counter.HANDED_ON);
    assertThat(sent).isPositive();
    assertThat(sent + source.counters.value(Counter.DROP_HAND_ON)).isEqualTo(count);
    assertThat(source.counters.value(Counter.DROP_HAND_ON)).isPositive();
  }

  @Test
  void withoutATargetAMigrationGoesOn() throws IOException {
    receiver.close();
    sender.begin();
    source.bring(0, 3);
    assertThat(source.cache.isHeld()).isFalse();
    assertThat(source.messages).anyMatch(each -> each.matches("cannot connect to .*: E[A-Z]+: .*"));
    source.link.resume();
    settle();
    assertThat(source.received()).containsExactly(0, 1, 2);
  }

  /** Whatever somebody sends who doesn't know the token, the guest is given nothing of it. */
  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
  void nonsenseIsNotGivenToTheGuest(long seed) throws IOException {
    var random = new Random(seed);
    receiver.expect(new Token(17, 4));
    target.link.resume();
    for (int i = 0; i < 200; i++) {
      try (SocketChannel peer = SocketChannel.open(StandardProtocolFamily.UNIX)) {
        peer.connect(UnixDomainSocketAddress.of(directory.resolve("late")));
        byte[] bytes = new byte[random.nextInt(2000)];
        random.nextBytes(bytes);
        ByteBuffer some = ByteBuffer.wrap(bytes);
        if (bytes.length >= 8 && random.nextBoolean()) {
          some.putInt(0, LateProtocol.MAGIC).putInt(4, LateProtocol.VERSION);
        }
        peer.write(some);
        target.settle();
      }
      target.settle();
      assertThat(target.received()).isEmpty();
    }
  }

  /** However the stream is cut, and whatever comes behind a frame that makes no sense. */
  @ParameterizedTest
  @ValueSource(longs = {11, 12, 13, 14})
  void framesArriveHoweverTheStreamIsCut(long seed) throws IOException {
    var random = new Random(seed);
    Token token = new Token(17, 4);
    receiver.expect(token);
    target.link.resume();
    int frames = 50;
    ByteBuffer stream = stream(token, frames);
    int sense = stream.position();
    stream.putShort((short) 0xffff).put(new byte[100]);
    List<Integer> received = new ArrayList<>();
    try (SocketChannel peer = SocketChannel.open(StandardProtocolFamily.UNIX)) {
      peer.connect(UnixDomainSocketAddress.of(directory.resolve("late")));
      for (int at = 0; at < sense; ) {
        int end = Math.min(sense, at + 1 + random.nextInt(200));
        peer.write(stream.duplicate().position(at).limit(end));
        target.settle();
        received.addAll(target.received());
        at = end;
      }
      peer.write(stream.duplicate().position(sense).limit(sense + 102));
      target.settle();
    }
    assertThat(received).containsExactlyElementsOf(numbers(0, frames));
    assertThat(target.received()).isEmpty();
  }

  private static ByteBuffer stream(Token token, int frames) {
    ByteBuffer stream = ByteBuffer.allocate(1 << 16);
    stream.putInt(LateProtocol.MAGIC).putInt(LateProtocol.VERSION);
    stream.putLong(token.hi()).putLong(token.lo());
    for (int i = 0; i < frames; i++) {
      stream.putShort((short) CachingHost.LENGTH);
      var frame = MemorySegment.ofArray(new byte[CachingHost.LENGTH]);
      CachingHost.write(frame, 0, CachingHost.GUEST, i);
      stream.put(frame.asByteBuffer());
    }
    return stream;
  }
}
