package org.jpasst.guest.stream;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.jpasst.guest.Frame;
import org.jpasst.guest.FrameReceiver;
import org.jpasst.guest.LentFrame;
import org.jpasst.linux.Errno;
import org.jpasst.linux.LinuxSockets;
import org.jpasst.linux.MessageFlag;
import org.jpasst.linux.SocketLevel;
import org.jpasst.linux.SocketOption;
import org.jpasst.linux.SocketPair;
import org.jpasst.log.Log;
import org.jpasst.log.LogLevel;
import org.jpasst.loop.EventLoop;
import org.jpasst.stats.Counter;
import org.jpasst.stats.Counters;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

final class StreamLinkTest {
  private final LinuxSockets sockets = new LinuxSockets();
  private final Counters counters = new Counters();
  private final Log log = new Log(LogLevel.INFO, System::nanoTime);
  private final MemorySegment scratch = Arena.global().allocate(1 << 20);
  private final List<String> messages = new ArrayList<>();
  private final List<String> seen = new ArrayList<>();
  private final List<byte[]> frames = new ArrayList<>();
  private boolean failing;
  private int enough = Integer.MAX_VALUE; // frames a turn
  private long passed; // nanoseconds that nobody waited for
  private EventLoop loop;
  private StreamLink link;
  private SocketPair pair;

  @BeforeEach
  void open() throws IOException {
    log.addSink((level, at, message) -> messages.add(message));
    loop = new EventLoop(() -> System.nanoTime() + passed, counters, log);
    link = new StreamLink(loop, sockets, counters, log);
    link.deliverTo(new Receiver());
    loop.onTurnEnd(link);
  }

  @AfterEach
  void close() {
    link.close();
    if (pair != null) {
      sockets.close(pair.theirs());
    }
    loop.close();
  }

  @Test
  void withoutGuestThereIsNoRoom() {
    assertThat(link.sink().hasRoom()).isFalse();
    assertThat(link.sink().lend(100).isNone()).isTrue();
    assertThat(link.sink().lendReply(100).isNone()).isTrue();
    assertThat(counters.value(Counter.DROP_LINK_DOWN)).isEqualTo(1);
  }

  @Test
  void aGuestThatLeavesFramesUnreadAndSendsNothingIsStalled() {
    connect();
    turns(1);
    assertThat(link.sink().isStalled()).isFalse();
    publish(frame(1000));
    passed += SECONDS.toNanos(2);
    turns(1);
    assertThat(link.sink().hasRoom()).isTrue();
    assertThat(link.sink().isStalled()).isTrue();

    assertThat(guestReceives()).isNotEmpty();
    assertThat(link.sink().isStalled()).isFalse();
  }

  @Test
  void aGuestThatSendsIsNotStalledWhateverWaitsForIt() {
    connect();
    publish(frame(1000));
    passed += SECONDS.toNanos(2);
    guestSends(framed(frame(60)));
    turns(1);
    assertThat(link.sink().isStalled()).isFalse();
  }

  @Test
  void framesOfOneReadAreOneBatch() {
    connect();
    guestSends(concat(framed(frame(14)), framed(frame(1514)), framed(frame(65_535))));

    turns(3);

    assertThat(frames).hasSize(3);
    assertThat(frames.get(2)).hasSize(65_535);
    assertThat(seen).containsExactly("connected", "frame", "frame", "frame", "end");
  }

  @Test
  void framesMayComeInPiecesOfAnySize() {
    connect();
    var random = new SplittableRandom(3);
    var stream = new ByteArrayOutputStream();
    var expected = new ArrayList<byte[]>();
    for (int i = 0; i < 200; i++) {
      byte[] frame = frame(random.nextInt(14, i % 20 == 0 ? 65_536 : 1600));
      expected.add(frame);
      stream.writeBytes(framed(frame));
    }
    byte[] bytes = stream.toByteArray();
    for (int at = 0; at < bytes.length; ) {
      int length = Math.min(bytes.length - at, random.nextInt(1, longest(random)));
      guestSends(Arrays.copyOfRange(bytes, at, at + length));
      turns(1);
      at += length;
    }

    assertThat(frames).hasSize(200);
    for (int i = 0; i < 200; i++) {
      assertThat(frames.get(i)).isEqualTo(expected.get(i));
    }
  }

  @Test
  void anImpossibleLengthClosesTheConnectionAfterTheFramesBeforeIt() {
    for (int bad : new int[] {0, 13, 65_536, 70_000, -1, Integer.MIN_VALUE}) {
      frames.clear();
      messages.clear();
      connect();
      guestSends(concat(framed(frame(60)), ByteBuffer.allocate(4).putInt(bad).array()));

      turns(2);

      assertThat(frames).hasSize(1);
      assertThat(seen).endsWith("frame", "end", "disconnected");
      assertThat(messages).hasSize(1).first().asString().contains(Integer.toUnsignedString(bad));
      assertThat(guestReceives()).isEmpty();
      sockets.close(pair.theirs());
    }
    assertThat(counters.value(Counter.LINK_BAD_LENGTH)).isEqualTo(6);
  }

  @Test
  void aFramePublishedReachesTheGuestAtTheTurnsEnd() {
    connect();
    byte[] frame = frame(100);
    publish(frame);
    assertThat(guestReceives()).isNull();

    turns(1);

    assertThat(guestReceives()).isEqualTo(framed(frame));
  }

  @Test
  void aGuestThatDoesNotReadStopsUsWithoutLossAndWithoutSpinning() {
    connect();
    turns(1);
    List<byte[]> published = fill();
    assertThat(link.sink().hasRoom()).isFalse();
    long turnsBefore = counters.value(Counter.LOOP_TURNS);
    for (int i = 0; i < 5; i++) {
      assertThat(loop.turn(5)).isZero();
    }
    assertThat(counters.value(Counter.LOOP_TURNS) - turnsBefore).isEqualTo(5);
    byte[] reply = frame(60);
    LentFrame lent = link.sink().lendReply(60);
    MemorySegment.copy(reply, 0, lent.memory(), JAVA_BYTE, lent.at(), 60);
    link.sink().publish(lent, 60);
    published.add(reply);
    link.onRoom(now -> seen.add("room"));

    var received = new ByteArrayOutputStream();
    for (int i = 0; i < 1000 && !link.sink().hasRoom(); i++) {
      drain(received);
      loop.turn(0);
    }
    drain(received);

    var expected = new ByteArrayOutputStream();
    published.forEach(frame -> expected.writeBytes(framed(frame)));
    assertThat(received.toByteArray()).isEqualTo(expected.toByteArray());
    assertThat(seen).contains("room");
  }

  @Test
  void repliesThatThereIsNoRoomForAreCounted() {
    connect();
    turns(1);
    while (!link.sink().lendReply(60_000).isNone()) {
      assertThat(counters.value(Counter.DROP_LINK_FULL)).isZero();
    }
    assertThat(counters.value(Counter.DROP_LINK_FULL)).isOne();
    link.sink().giveBack();
  }

  @Test
  void whoeverWasRefusedIsToldInTheSameTurnIfTheSocketTookAll() {
    connect();
    turns(1);
    link.onRoom(now -> seen.add("room"));
    while (!link.sink().lend(1000).isNone()) {
      // lent only, not published: the buffer is full, the socket isn't
    }
    assertThat(link.sink().hasRoom()).isFalse();
    link.sink().giveBack();

    turns(1);

    assertThat(seen).containsExactly("connected", "room");
  }

  @Test
  void whoeverWasRefusedAnAnswerIsToldToo() {
    connect();
    turns(1);
    link.onRoom(now -> seen.add("room"));
    while (!link.sink().lendReply(1000).isNone()) {
      // lent only, not published
    }
    link.sink().giveBack();

    turns(2);

    assertThat(seen).containsExactly("connected", "room");
  }

  @Test
  void flushInTheMiddleOfATurnGivesRoomBack() {
    connect();
    sockets.setsockopt(pair.ours(), SocketLevel.SOCKET, SocketOption.SO_SNDBUF, 4 << 20);
    long buffer = sockets.getsockopt(pair.ours(), SocketLevel.SOCKET, SocketOption.SO_SNDBUF);
    assumeTrue(buffer >= 4 << 20, "net.core.wmem_max is too small for this");
    while (link.sink().hasRoom()) {
      publish(frame(60_000));
    }

    link.sink().flush();

    assertThat(link.sink().hasRoom()).isTrue();
  }

  @Test
  void aGuestThatGoesTakesHalfFramesWithItAndAnotherMayCome() {
    connect();
    List<byte[]> lost = fill();
    assertThat(lost).isNotEmpty();
    guestSends(new byte[] {0, 0, 1});
    turns(1);
    sockets.close(pair.theirs());
    turns(3);
    assertThat(seen).endsWith("disconnected");
    assertThat(link.isConnected()).isFalse();

    connect();
    byte[] frame = frame(80);
    publish(frame);
    guestSends(framed(frame));
    turns(1);

    assertThat(guestReceives()).isEqualTo(framed(frame));
    assertThat(frames.getLast()).isEqualTo(frame);
  }

  @Test
  void whatAGuestSentBeforeItWentIsStillTaken() {
    connect();
    guestSends(concat(framed(frame(60)), framed(frame(61))));
    publish(frame(100));
    sockets.close(pair.theirs());
    link.sink().flush();

    turns(3);

    assertThat(frames).hasSize(2);
    assertThat(seen).endsWith("disconnected");
  }

  @Test
  void itTellsWhenTheGuestIsGone() {
    link.onGone(() -> seen.add("gone"));
    connect();
    sockets.close(pair.theirs());

    turns(2);

    assertThat(seen).containsExactly("connected", "disconnected", "gone");
  }

  @Test
  void aFrameThatMakesTheReceiverThrowIsLeftOut() {
    connect();
    failing = true;
    guestSends(concat(framed(frame(60)), framed(frame(61)), framed(frame(62))));

    turns(1);
    turns(1);

    assertThat(frames).extracting(f -> f.length).containsExactly(61, 62);
    assertThat(link.isConnected()).isTrue();
    assertThat(loop.turn(0)).isZero();
  }

  @Test
  void whatAReceiverHadEnoughOfComesInTheNextTurnsAlsoWhereNothingTellsOfIt() {
    connect();
    turns(1);
    fill(); // so the socket is neither readable, once all is taken, nor writable
    enough = 3;
    var expected = new ArrayList<byte[]>();
    var stream = new ByteArrayOutputStream();
    for (int i = 0; i < 10; i++) {
      expected.add(frame(60 + i));
      stream.writeBytes(framed(expected.get(i)));
    }
    stream.writeBytes(new byte[] {0, 0}); // and half a length
    guestSends(stream.toByteArray());

    for (int shown : new int[] {3, 6, 9, 10, 10}) {
      loop.turn(0);
      assertThat(frames).hasSize(shown);
    }

    assertThat(frames).containsExactly(expected.toArray(byte[][]::new));
    guestSends(concat(new byte[] {0, 60}, frame(60)));
    turns(1);
    assertThat(frames.getLast()).isEqualTo(frame(60));
    assertThat(frames).hasSize(11);
  }

  @Test
  void aTurnShowsABoundedNumberOfFramesAndAPauseAll() {
    connect();
    sockets.setsockopt(pair.theirs(), SocketLevel.SOCKET, SocketOption.SO_SNDBUF, 4 << 20);
    int count = 5 * InBuffer.MAX_FRAMES / 2;
    byte[] frame = framed(frame(14));
    byte[] all = new byte[count * frame.length];
    for (int i = 0; i < count; i++) {
      System.arraycopy(frame, 0, all, i * frame.length, frame.length);
    }
    guestSends(all);

    turns(1);
    assertThat(frames).hasSize(InBuffer.MAX_FRAMES);
    turns(1);
    assertThat(frames).hasSize(2 * InBuffer.MAX_FRAMES);
    link.pause(0);
    assertThat(frames).hasSize(count);
  }

  @Test
  void flowsLeaveRoomForRepliesWithoutWhichTheGuestCanDoNothing() {
    connect();
    turns(1);
    fill();
    int control = 0;
    LentFrame lent = link.sink().lendControl(60);
    while (!lent.isNone()) {
      link.sink().publish(lent, 60);
      control++;
      lent = link.sink().lendControl(60);
    }
    assertThat(control).isGreaterThan(1000);
    for (int i = 0; i < 300; i++) {
      lent = link.sink().lendReply(60);
      assertThat(lent.isNone()).isFalse();
      link.sink().publish(lent, 60);
    }
  }

  private final class Receiver implements FrameReceiver {
    private int inTurn;
    private long turn;

    @Override
    public boolean isSated() {
      return inTurn >= enough;
    }

    @Override
    public void onConnected(long now) {
      seen.add("connected");
    }

    @Override
    public void onDisconnected() {
      seen.add("disconnected");
    }

    @Override
    public void onFrame(Frame frame, long now) {
      inTurn = turn == counters.value(Counter.LOOP_TURNS) ? inTurn + 1 : 1;
      turn = counters.value(Counter.LOOP_TURNS);
      if (failing) {
        failing = false;
        throw new IllegalStateException("as if there were a bug");
      }
      seen.add("frame");
      frames.add(frame.memory().asSlice(frame.at(), frame.length()).toArray(JAVA_BYTE));
    }

    @Override
    public void onBatchEnd(long now) {
      seen.add("end");
    }
  }

  private void connect() {
    pair = SocketPair.create();
    assertThat(link.attach(pair.ours())).isZero();
  }

  private void turns(int count) {
    for (int i = 0; i < count; i++) {
      loop.turn(0);
    }
  }

  /** Publishes frames until there is no room and the socket is full; all are returned. */
  private List<byte[]> fill() {
    var published = new ArrayList<byte[]>();
    for (int i = 0; i < 10_000; i++) {
      while (link.sink().hasRoom()) {
        byte[] frame = frame(1000 + i % 7);
        publish(frame);
        published.add(frame);
      }
      long before = published.size();
      loop.turn(0);
      if (!link.sink().hasRoom() && before == published.size()) {
        return published;
      }
    }
    throw new AssertionError("the socket is never full");
  }

  private void publish(byte[] frame) {
    LentFrame lent = link.sink().lend(frame.length);
    MemorySegment.copy(frame, 0, lent.memory(), JAVA_BYTE, lent.at(), frame.length);
    link.sink().publish(lent, frame.length);
  }

  private void guestSends(byte[] bytes) {
    MemorySegment.copy(bytes, 0, scratch, JAVA_BYTE, 0, bytes.length);
    int flags = MessageFlag.DONTWAIT;
    assertThat(sockets.send(pair.theirs(), scratch, 0, bytes.length, flags))
        .isEqualTo(bytes.length);
  }

  /** What has arrived; empty if the connection is closed, null if nothing. */
  private byte[] guestReceives() {
    int got = sockets.recv(pair.theirs(), scratch, 0, scratch.byteSize(), MessageFlag.DONTWAIT);
    if (got == -Errno.ECONNRESET) {
      return new byte[0];
    }
    return got < 0 ? null : scratch.asSlice(0, got).toArray(JAVA_BYTE);
  }

  private void drain(ByteArrayOutputStream into) {
    for (byte[] got = guestReceives(); got != null; got = guestReceives()) {
      assertThat(got).isNotEmpty();
      into.writeBytes(got);
    }
  }

  private static int longest(SplittableRandom random) {
    return random.nextBoolean() ? 10 : 30_000;
  }

  private static byte[] frame(int length) {
    byte[] frame = new byte[length];
    new SplittableRandom(length).nextBytes(frame);
    return frame;
  }

  private static byte[] framed(byte[] frame) {
    return ByteBuffer.allocate(4 + frame.length).putInt(frame.length).put(frame).array();
  }

  private static byte[] concat(byte[]... parts) {
    var out = new ByteArrayOutputStream();
    for (byte[] part : parts) {
      out.writeBytes(part);
    }
    return out.toByteArray();
  }
}
