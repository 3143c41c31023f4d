package org.jpasst.guest.tap;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.jpasst.guest.Frame;
import org.jpasst.guest.FrameReceiver;
import org.jpasst.guest.LentFrame;
import org.jpasst.guest.LinkCapabilities;
import org.jpasst.linux.LinuxSockets;
import org.jpasst.linux.SocketLevel;
import org.jpasst.linux.SocketOption;
import org.jpasst.linux.SocketPair;
import org.jpasst.linux.SocketType;
import org.jpasst.log.Log;
import org.jpasst.log.LogLevel;
import org.jpasst.loop.EventLoop;
import org.jpasst.stats.Counter;
import org.jpasst.stats.Counters;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A socket that keeps packets apart stands for the device, which it is like but for errors. */
final class TapLinkTest {
  private static final int SEQPACKET = 5; // linux/net.h: one write is one read

  private static final int BATCH = 64;

  private final LinuxSockets sockets = new LinuxSockets();
  private final Counters counters = new Counters();
  private final MemorySegment scratch = Arena.global().allocate(1 << 20);
  private final List<String> messages = new ArrayList<>();
  private final List<String> seen = new ArrayList<>();
  private final List<byte[]> frames = new ArrayList<>();
  private final SocketPair pair = SocketPair.create(SEQPACKET | SocketType.NONBLOCK);
  private boolean failing;
  private boolean answering;
  private EventLoop loop;
  private TapLink link;

  @BeforeEach
  void open() throws IOException {
    Log log = new Log(LogLevel.INFO, System::nanoTime);
    log.addSink((level, at, message) -> messages.add(message));
    loop = new EventLoop(System::nanoTime, counters, log);
    link = new TapLink(loop, counters, log);
    link.deliverTo(new Receiver());
    loop.onTurnEnd(link);
  }

  @AfterEach
  void close() {
    link.close();
    sockets.close(pair.theirs());
    loop.close();
  }

  @Test
  void withoutDeviceThereIsNoRoom() {
    assertThat(link.isAttached()).isFalse();
    assertThat(link.sink().hasRoom()).isFalse();
    assertThat(link.sink().lend(100).isNone()).isTrue();
    assertThat(link.sink().lendReply(100).isNone()).isTrue();
    assertThat(counters.value(Counter.DROP_LINK_DOWN)).isEqualTo(1);
    assertThat(link.sink().capabilities()).isEqualTo(LinkCapabilities.NONE);
    sockets.close(pair.ours());
  }

  @Test
  void thereIsRoomOnceTheDeviceIsWritable() {
    link.onRoom(now -> seen.add("room"));
    assertThat(link.attach(pair.ours())).isZero();
    assertThat(link.sink().hasRoom()).isFalse();

    turns(1);

    assertThat(link.sink().hasRoom()).isTrue();
    assertThat(seen).containsExactly("connected", "room");
    assertThat(loop.turn(0)).as("events of an idle device").isZero();
  }

  @Test
  void framesThatAreThereAreOneBatch() {
    connect();
    List<byte[]> sent = List.of(frame(14), frame(1514), frame(65_535));
    sent.forEach(this::guestSends);

    turns(1);

    assertThat(seen).containsExactly("connected", "frame", "frame", "frame", "end");
    assertThat(frames).containsExactlyElementsOf(sent);
  }

  @Test
  void whatDoesNotFitIntoABatchComesInTheNextTurn() {
    connect();
    sendBufferOfTheGuest();
    for (int i = 0; i < BATCH + 3; i++) {
      guestSends(frame(60 + i));
    }

    turns(1);
    assertThat(frames).hasSize(BATCH);
    turns(1);

    assertThat(frames).hasSize(BATCH + 3);
    assertThat(frames.getLast()).isEqualTo(frame(60 + BATCH + 2));
    assertThat(seen.stream().filter("end"::equals)).hasSize(2);
  }

  @Test
  void framesArePublishedInOrderOneByOne() {
    connect();
    publish(frame(100));
    LentFrame lent = link.sink().lend(54, 1000);
    byte[] inTwoParts = frame(1054);
    MemorySegment.copy(inTwoParts, 0, lent.memory(), JAVA_BYTE, lent.at(), 54);
    MemorySegment payload = MemorySegment.ofArray(inTwoParts);
    lent.pieces().fill(lent.firstPiece(), payload, 54, 1000);
    link.sink().publish(lent, 1054);
    assertThat(guestReceives()).isEmpty();

    turns(1);

    assertThat(guestReceives()).isEqualTo(frame(100));
    assertThat(guestReceives()).isEqualTo(inTwoParts);
    assertThat(guestReceives()).isEmpty();
    assertThat(counters.value(Counter.FRAMES_TO_GUEST)).isEqualTo(2);
    assertThat(counters.value(Counter.BYTES_TO_GUEST)).isEqualTo(100 + 1054);
  }

  @Test
  void aFullDeviceStopsUsWithoutLossAndWithoutSpinning() {
    connect();
    List<byte[]> published = fill();
    assertThat(link.sink().hasRoom()).isFalse();
    for (int i = 0; i < 5; i++) {
      assertThat(loop.turn(5)).isZero();
    }
    link.onRoom(now -> seen.add("room"));

    var received = new ArrayList<byte[]>();
    for (int i = 0; i < 1000 && !link.sink().hasRoom(); i++) {
      drain(received);
      loop.turn(0);
    }
    drain(received);

    assertThat(received).containsExactlyElementsOf(published);
    assertThat(seen).contains("room");
  }

  @Test
  void aFrameThatTheDeviceRefusesIsDroppedAndThoseBehindItGoOn() {
    connect();
    // The least there is: a frame longer than that is answered with EMSGSIZE.
    sockets.setsockopt(pair.ours(), SocketLevel.SOCKET, SocketOption.SO_SNDBUF, 1);
    publish(frame(60_000));
    publish(frame(100));

    turns(1);

    assertThat(guestReceives()).isEqualTo(frame(100));
    assertThat(counters.value(Counter.DROP_LINK_REFUSED)).isEqualTo(1);
    assertThat(link.sink().hasRoom()).isTrue();
  }

  @Test
  void aDeviceThatIsGoneIsAGuestThatIsGone() {
    link.onGone(() -> seen.add("gone"));
    connect();
    publish(frame(100));
    sockets.close(pair.theirs());

    turns(2);

    assertThat(seen).containsExactly("connected", "disconnected", "gone");
    assertThat(link.isAttached()).isFalse();
    assertThat(link.sink().hasRoom()).isFalse();
  }

  @Test
  void pausedItTakesWhatIsThereAndNothingMore() {
    connect();
    answering = true;
    guestSends(frame(60));
    guestSends(frame(61));

    assertThat(link.pause(loop.now())).isTrue();
    assertThat(link.pause(loop.now())).isTrue();
    guestSends(frame(62));
    turns(2);

    assertThat(frames).containsExactly(frame(60), frame(61));
    assertThat(guestReceives()).isEqualTo(frame(60));
    assertThat(guestReceives()).isEqualTo(frame(61));
    assertThat(link.sink().hasRoom()).isFalse();
    assertThat(link.sink().lendReply(60).isNone()).isTrue();

    link.resume();
    turns(2);
    assertThat(frames).hasSize(3);
    assertThat(guestReceives()).isEqualTo(frame(62));
    assertThat(link.sink().hasRoom()).isTrue();
  }

  @Test
  void aGuestThatDoesNotStandStillIsNotPaused() {
    connect();
    // Each batch is answered, and each answer brings the next frame.
    link.deliverTo(
        new Receiver() {
          @Override
          public void onBatchEnd(long now) {
            guestSends(frame(60));
          }
        });
    guestSends(frame(60));

    assertThat(link.pause(loop.now())).isFalse();

    frames.clear();
    turns(1);
    assertThat(frames).hasSize(1);
  }

  @Test
  void aFrameThatMakesTheReceiverThrowIsLeftOut() {
    connect();
    failing = true;
    for (int length = 60; length < 63; length++) {
      guestSends(frame(length));
    }

    turns(2);

    assertThat(frames).containsExactly(frame(61), frame(62));
    assertThat(loop.turn(0)).isZero();
    assertThat(link.isAttached()).isTrue();
  }

  private class Receiver implements FrameReceiver {
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
      if (failing) {
        failing = false;
        throw new IllegalStateException("as if there were a bug");
      }
      seen.add("frame");
      frames.add(frame.memory().asSlice(frame.at(), frame.length()).toArray(JAVA_BYTE));
      if (answering) {
        publish(frames.getLast());
      }
    }

    @Override
    public void onBatchEnd(long now) {
      seen.add("end");
    }
  }

  private void connect() {
    assertThat(link.attach(pair.ours())).isZero();
    turns(1);
  }

  private void turns(int count) {
    for (int i = 0; i < count; i++) {
      loop.turn(0);
    }
  }

  /** Publishes frames until there is no room and the device is full; all are returned. */
  private List<byte[]> fill() {
    var published = new ArrayList<byte[]>();
    for (int i = 0; i < 10_000; i++) {
      int before = published.size();
      while (link.sink().hasRoom()) {
        published.add(frame(1000 + i % 7));
        publish(published.getLast());
      }
      loop.turn(0);
      if (!link.sink().hasRoom() && before == published.size()) {
        return published;
      }
    }
    throw new AssertionError("the device is never full");
  }

  private void publish(byte[] frame) {
    LentFrame lent = link.sink().lend(frame.length);
    MemorySegment.copy(frame, 0, lent.memory(), JAVA_BYTE, lent.at(), frame.length);
    link.sink().publish(lent, frame.length);
  }

  private void sendBufferOfTheGuest() {
    sockets.setsockopt(pair.theirs(), SocketLevel.SOCKET, SocketOption.SO_SNDBUF, 1 << 17);
  }

  private void guestSends(byte[] frame) {
    MemorySegment.copy(frame, 0, scratch, JAVA_BYTE, 0, frame.length);
    assertThat(sockets.send(pair.theirs(), scratch, 0, frame.length, 0)).isEqualTo(frame.length);
  }

  /** The next frame, or an empty one if there is none. */
  private byte[] guestReceives() {
    int got = sockets.recv(pair.theirs(), scratch, 0, scratch.byteSize(), 0);
    return scratch.asSlice(0, Math.max(0, got)).toArray(JAVA_BYTE);
  }

  private void drain(List<byte[]> into) {
    for (byte[] got = guestReceives(); got.length > 0; got = guestReceives()) {
      into.add(got);
    }
  }

  private static byte[] frame(int length) {
    byte[] frame = new byte[length];
    new SplittableRandom(length).nextBytes(frame);
    return frame;
  }
}
