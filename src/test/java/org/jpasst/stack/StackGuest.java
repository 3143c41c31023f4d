package org.jpasst.stack;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;
import org.jpasst.config.Configuration;
import org.jpasst.guest.FramePieces;
import org.jpasst.guest.FrameReceiver;
import org.jpasst.linux.Sockets;
import org.jpasst.log.Log;
import org.jpasst.log.LogLevel;
import org.jpasst.proto.DescriptorReserve;
import org.jpasst.proto.socket.LoopbackHost;
import org.jpasst.stats.Counter;
import org.jpasst.vectors.Frame;

/** Plays a guest at a stack's front door: whole frames in, batch by batch, and whole frames out. */
public final class StackGuest implements AutoCloseable {
  /** Frames needn't be aligned. */
  private static final int AT = 65;

  public final LoopbackHost host;
  public final NetStack stack;

  /** What the stack said, from its warnings up. */
  public final List<String> messages = new ArrayList<>();

  private FrameReceiver receiver;
  private final List<MemorySegment> batch = new ArrayList<>();
  private final FramePieces pieces = new FramePieces(1024);
  private final org.jpasst.guest.Frame shown = new org.jpasst.guest.Frame(pieces);

  /** A guest of a stack that has these settings, over these sockets. */
  public StackGuest(Sockets sockets, Configuration configuration) throws IOException {
    host = new LoopbackHost(sockets, configuration);
    Log log = new Log(LogLevel.INFO, host::now);
    log.addSink((level, time, text) -> messages.add(text));
    stack = host.stack(host.sink, DescriptorReserve.none(), log);
    receiver = stack.receiver();
  }

  /** Something takes the frames in the stack's place, and may hand them on to it. */
  public void interpose(UnaryOperator<FrameReceiver> front) {
    receiver = front.apply(receiver);
  }

  /** The guest connects. */
  public void connect() {
    receiver.onConnected(host.now());
  }

  /** Shows a frame of a batch that goes on. */
  public void show(Frame frame) {
    shown.set(copy(frame, 0), AT, frame.length());
    receiver.onFrame(shown, host.now());
  }

  /** Shows one whose first bytes are in one place and the others in two more. */
  public void showInPieces(Frame frame, int head) {
    MemorySegment rest = copy(frame, head);
    int length = frame.length() - head;
    int first = pieces.count();
    pieces.add(rest, AT, length / 2);
    pieces.add(rest, AT + length / 2, length - length / 2);
    shown.set(copy(frame, 0).asSlice(0, AT + head), AT, head, first, 2);
    receiver.onFrame(shown, host.now());
  }

  /** Nothing lies behind the frame: an access beyond its end throws. */
  private MemorySegment copy(Frame frame, int from) {
    int length = frame.length() - from;
    MemorySegment memory = Arena.ofAuto().allocate(AT + length);
    MemorySegment.copy(frame.bytes(), from, memory, ValueLayout.JAVA_BYTE, AT, length);
    batch.add(memory);
    return memory;
  }

  /** All frames of the batch have been shown: their memory is used for others. */
  public void endBatch() {
    receiver.onBatchEnd(host.now());
    batch.forEach(each -> each.fill((byte) 0xee));
    batch.clear();
    pieces.truncate(0);
  }

  /** Sends a batch of one frame. */
  public void send(Frame frame) {
    show(frame);
    endBatch();
  }

  /** Takes the frames that have come for the guest. */
  public List<Frame> received() {
    List<Frame> frames = host.sink.frames().stream().map(Frame::of).toList();
    host.sink.clear();
    return frames;
  }

  /** How often something was counted. */
  public long count(Counter counter) {
    return host.counters.value(counter);
  }

  @Override
  public void close() {
    var tcp = stack.tcp().migration();
    tcp.forget(tcp.pause());
    stack.udp().migration().forget();
    stack.close();
    host.close();
  }
}
