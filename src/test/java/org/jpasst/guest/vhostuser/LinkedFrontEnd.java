package org.jpasst.guest.vhostuser;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jpasst.guest.Frame;
import org.jpasst.guest.FrameReceiver;
import org.jpasst.linux.LinuxSockets;
import org.jpasst.linux.SocketPair;
import org.jpasst.log.Log;
import org.jpasst.log.LogLevel;
import org.jpasst.loop.EventLoop;
import org.jpasst.stats.Counters;

/** A link with a front-end at it, and a receiver that keeps what the guest sends. */
final class LinkedFrontEnd implements AutoCloseable {
  private final Path directory;
  final LinuxSockets sockets = new LinuxSockets();
  final Counters counters = new Counters();
  final Log log = new Log(LogLevel.INFO, System::nanoTime);
  final List<String> messages = new ArrayList<>();
  final List<byte[]> frames = new ArrayList<>();
  int connected;
  int segmentSize;
  boolean checksumMissing;

  /** So many frames are taken; then the receiver is blocked. */
  int most = Integer.MAX_VALUE;

  EventLoop loop;
  VhostUserLink link;
  FrontEnd frontEnd;

  LinkedFrontEnd(Path directory) throws IOException {
    this.directory = directory;
    log.addSink((level, at, message) -> messages.add(message));
    loop = new EventLoop(System::nanoTime, counters, log);
    link = new VhostUserLink(Offer.ALL, loop, sockets, counters, log);
    link.deliverTo(new Receiver());
    loop.onTurnEnd(link);
    connect();
  }

  void connect() throws IOException {
    SocketPair pair = SocketPair.create();
    frontEnd = new FrontEnd(pair.theirs(), directory);
    assertThat(link.attach(pair.ours())).isZero();
  }

  @Override
  public void close() {
    link.close();
    frontEnd.close();
    loop.close();
  }

  void settle() {
    int idle = 0;
    while (idle < 2) {
      idle = loop.turn(0) == 0 ? idle + 1 : 0;
    }
  }

  void setUp(long features) {
    frontEnd.setUp(features);
    settle();
    assertThat(messages).isEmpty();
    assertThat(connected).isOne();
  }

  private final class Receiver implements FrameReceiver {
    @Override
    public void onConnected(long now) {
      connected++;
    }

    @Override
    public void onDisconnected() {}

    @Override
    public void onFrame(Frame frame, long now) {
      assertThat(frame.headLength()).isEqualTo(Math.min(frame.length(), Frame.HEAD));
      byte[] bytes = new byte[frame.length()];
      MemorySegment copy = MemorySegment.ofArray(bytes);
      MemorySegment.copy(frame.memory(), frame.at(), copy, 0, frame.headLength());
      int rest = frame.length() - frame.headLength();
      frame.pieces().copy(frame.firstPiece(), copy, frame.headLength(), rest);
      frames.add(bytes);
      segmentSize = frame.datagramSize();
      checksumMissing = frame.isChecksumMissing();
    }

    @Override
    public void onBatchEnd(long now) {}

    @Override
    public boolean isBlocked() {
      return frames.size() >= most;
    }
  }
}
