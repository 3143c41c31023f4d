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

/** A link in a loop of its own, with a front-end, that remembers what it was told. */
final class LinkBed implements AutoCloseable {
  final Counters counters = new Counters();
  final List<String> messages = new ArrayList<>();
  final List<byte[]> frames = new ArrayList<>();
  final List<Long> announced = new ArrayList<>();
  final EventLoop loop;
  final VhostUserLink link;
  boolean checksumMissing;
  private final Path directory;
  private final LinuxSockets sockets = new LinuxSockets();
  private FrontEnd frontEnd;

  LinkBed(Path directory) throws IOException {
    this(directory, Offer.ALL);
  }

  LinkBed(Path directory, Offer offer) throws IOException {
    this.directory = directory;
    var log = new Log(LogLevel.INFO, System::nanoTime);
    log.addSink((level, at, message) -> messages.add(message));
    loop = new EventLoop(System::nanoTime, counters, log);
    link = new VhostUserLink(offer, loop, sockets, counters, log);
    link.deliverTo(new Receiver());
    loop.onTurnEnd(link);
    frontEnd = connect();
  }

  /** Another front-end, the last one being gone. */
  FrontEnd connect() throws IOException {
    SocketPair pair = SocketPair.create();
    frontEnd = new FrontEnd(pair.theirs(), directory);
    assertThat(link.attach(pair.ours())).isZero();
    return frontEnd;
  }

  FrontEnd frontEnd() {
    return frontEnd;
  }

  void setUp(long features) {
    frontEnd.setUp(features);
    settle();
    assertThat(messages).isEmpty();
  }

  /** Turns until nothing happens any more. */
  void settle() {
    int idle = 0;
    while (idle < 2) {
      idle = loop.turn(0) == 0 ? idle + 1 : 0;
    }
  }

  @Override
  public void close() {
    link.close();
    frontEnd.close();
    loop.close();
  }

  private final class Receiver implements FrameReceiver {
    @Override
    public void onConnected(long now) {}

    @Override
    public void onDisconnected() {}

    @Override
    public void onFrame(Frame frame, long now) {
      byte[] bytes = new byte[frame.length()];
      MemorySegment copy = MemorySegment.ofArray(bytes);
      MemorySegment.copy(frame.memory(), frame.at(), copy, 0, frame.headLength());
      int rest = frame.length() - frame.headLength();
      frame.pieces().copy(frame.firstPiece(), copy, frame.headLength(), rest);
      frames.add(bytes);
      checksumMissing = frame.isChecksumMissing();
    }

    @Override
    public void onBatchEnd(long now) {}

    @Override
    public void onAnnouncement(long mac, long now) {
      announced.add(mac);
    }
  }
}
