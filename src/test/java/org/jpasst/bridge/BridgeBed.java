package org.jpasst.bridge;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jpasst.guest.FrameLength;
import org.jpasst.guest.GuestLink;
import org.jpasst.guest.LinkCapabilities;
import org.jpasst.guest.LinkEnd;
import org.jpasst.guest.MigrationMeans;
import org.jpasst.guest.TrafficKind;
import org.jpasst.guest.VirtioNetHeader;
import org.jpasst.guest.cache.CachePolicy;
import org.jpasst.guest.cache.PacketCache;
import org.jpasst.guest.stream.StreamLink;
import org.jpasst.guest.tap.TapLink;
import org.jpasst.linux.FileDescriptors;
import org.jpasst.linux.LinuxSockets;
import org.jpasst.linux.MessageFlag;
import org.jpasst.linux.SocketLevel;
import org.jpasst.linux.SocketOption;
import org.jpasst.linux.SocketPair;
import org.jpasst.linux.SocketType;
import org.jpasst.log.Log;
import org.jpasst.log.LogLevel;
import org.jpasst.loop.EventLoop;
import org.jpasst.stats.Counter;
import org.jpasst.stats.Counters;

/**
 * A guest at a stream socket, bridged to an uplink in a loop of its own. A socket that keeps
 * packets apart stands for the uplink's TAP device, which it is like but for errors.
 */
final class BridgeBed implements AutoCloseable {
  private static final int CACHE = 1 << 20;
  private static final int SEQPACKET = 5; // linux/net.h: one write is one read

  final Counters counters = new Counters();
  final List<String> messages = new ArrayList<>();
  final LinuxSockets sockets = new LinuxSockets();
  final EventLoop loop;
  final StreamLink guest;
  final GuestLink uplink;
  final PacketCache cache;
  final Bridge bridge;
  private final MemorySegment scratch = Arena.global().allocate(1 << 20);
  private final int headerLength;
  private final boolean streamed;
  private SocketPair guestEnds = SocketPair.create();
  private final SocketPair uplinkEnds;

  /** What of a stream has been read from an end and isn't a whole frame yet. */
  private byte[] guestRest = {};

  private byte[] uplinkRest = {};

  private BridgeBed(boolean streamed, LinkCapabilities offloads) throws IOException {
    this.streamed = streamed;
    var log = new Log(LogLevel.INFO, System::nanoTime);
    log.addSink((level, at, message) -> messages.add(message));
    loop = new EventLoop(System::nanoTime, counters, log);
    guest = new StreamLink(loop, sockets, counters, log);
    headerLength = offloads.equals(LinkCapabilities.NONE) ? 0 : VirtioNetHeader.MAX_LENGTH;
    if (streamed) {
      uplinkEnds = SocketPair.create();
      uplink = new StreamLink(LinkEnd.UPLINK, loop, sockets, counters, log);
    } else {
      uplinkEnds = SocketPair.create(SEQPACKET | SocketType.NONBLOCK);
      uplink = new TapLink(LinkEnd.UPLINK, offloads, loop, counters, log);
    }
    assertThat(uplink.attach(uplinkEnds.ours())).isZero();
    cache =
        new PacketCache(
            guest,
            guest.sink(),
            CachePolicy.askBackend(
                CachePolicy.BRIDGED, guest, () -> new MigrationMeans(true, true, true)),
            CACHE,
            loop::now,
            counters);
    guest.onRoom(cache);
    bridge =
        new Bridge(
            guest,
            cache.sink(TrafficKind.BRIDGED),
            uplink,
            () -> !guest.isAttached(),
            loop,
            counters);
    guest.deliverTo(bridge.receiver());
    loop.onTurnEnd(bridge);
    loop.onTurnEnd(uplink);
    loop.onTurnEnd(guest);
  }

  /** With an uplink that has no virtio-net header. */
  static BridgeBed plain() throws IOException {
    return new BridgeBed(false, LinkCapabilities.NONE);
  }

  /** With one that has. */
  static BridgeBed offloading() throws IOException {
    return new BridgeBed(false, LinkCapabilities.ALL);
  }

  /** With an uplink that is a stream socket, too. */
  static BridgeBed streamed() throws IOException {
    return new BridgeBed(true, LinkCapabilities.NONE);
  }

  /** The guest is there; a turn tells that the uplink is. */
  BridgeBed connected() {
    assertThat(guest.attach(guestEnds.ours())).isZero();
    settle();
    return this;
  }

  /** Another guest, the last one having gone. */
  void connectAnother() {
    guestEnds = SocketPair.create();
    connected();
  }

  void guestGoes() {
    sockets.close(guestEnds.theirs());
    settle();
  }

  void uplinkGoes() {
    sockets.close(uplinkEnds.theirs());
    settle();
  }

  /** Turns until nothing happens any more. */
  void settle() {
    int idle = 0;
    for (int i = 0; idle < 3; i++) {
      assertThat(i).as("turns without an end").isLessThan(10_000);
      idle = loop.turn(0) == 0 ? idle + 1 : 0;
    }
  }

  /** Whether the loop would go to sleep now. */
  boolean isIdle() {
    return loop.turn(0) == 0 && loop.turn(0) == 0;
  }

  /** A frame of some length that no other is like. */
  static byte[] frame(int length, int number) {
    byte[] bytes = new byte[length];
    Arrays.fill(bytes, (byte) (number * 31));
    bytes[12] = (byte) (number >> 8);
    bytes[13] = (byte) number;
    return bytes;
  }

  /** Whether there was room for it. */
  boolean guestSends(byte[] frame) {
    return send(guestEnds.theirs(), withLength(frame));
  }

  /** A frame with no work left undone; whether there was room for it. */
  boolean uplinkSends(byte[] frame) {
    if (streamed) {
      return send(uplinkEnds.theirs(), withLength(frame));
    }
    byte[] all = new byte[headerLength + frame.length];
    System.arraycopy(frame, 0, all, headerLength, frame.length);
    return uplinkSendsAll(all);
  }

  /** The same with what is in front of the frame. */
  boolean uplinkSendsAll(byte[] frame) {
    return send(uplinkEnds.theirs(), frame);
  }

  private static byte[] withLength(byte[] frame) {
    byte[] all = new byte[FrameLength.SIZE + frame.length];
    FrameLength.set(MemorySegment.ofArray(all), 0, frame.length);
    System.arraycopy(frame, 0, all, FrameLength.SIZE, frame.length);
    return all;
  }

  private boolean send(int fd, byte[] bytes) {
    MemorySegment.copy(bytes, 0, scratch, JAVA_BYTE, 0, bytes.length);
    int flags = MessageFlag.DONTWAIT | MessageFlag.NOSIGNAL;
    int sent = sockets.send(fd, scratch, 0, bytes.length, flags);
    assertThat(sent < 0 || sent == bytes.length).as("sent in part").isTrue();
    return sent == bytes.length;
  }

  /** The frames that wait for the guest. */
  List<byte[]> guestReceives() {
    var all = new ArrayList<byte[]>();
    guestRest = receive(guestEnds.theirs(), guestRest, all);
    return all;
  }

  /** The frames that wait at the uplink, with their headers if they have any. */
  List<byte[]> uplinkReceives() {
    var all = new ArrayList<byte[]>();
    if (streamed) {
      uplinkRest = receive(uplinkEnds.theirs(), uplinkRest, all);
      return all;
    }
    int length = FileDescriptors.read(uplinkEnds.theirs(), scratch, 0, scratch.byteSize());
    while (length > 0) {
      all.add(scratch.asSlice(0, length).toArray(JAVA_BYTE));
      length = FileDescriptors.read(uplinkEnds.theirs(), scratch, 0, scratch.byteSize());
    }
    return all;
  }

  private byte[] receive(int fd, byte[] before, List<byte[]> frames) {
    byte[] bytes = before;
    int length = sockets.recv(fd, scratch, 0, (int) scratch.byteSize(), MessageFlag.DONTWAIT);
    while (length > 0) {
      int old = bytes.length;
      bytes = Arrays.copyOf(bytes, old + length);
      MemorySegment.copy(scratch, JAVA_BYTE, 0, bytes, old, length);
      length = sockets.recv(fd, scratch, 0, (int) scratch.byteSize(), MessageFlag.DONTWAIT);
    }
    int at = 0;
    while (bytes.length - at >= FrameLength.SIZE) {
      int frame = FrameLength.get(MemorySegment.ofArray(bytes), at);
      if (bytes.length - at - FrameLength.SIZE < frame) {
        break;
      }
      at += FrameLength.SIZE;
      frames.add(Arrays.copyOfRange(bytes, at, at + frame));
      at += frame;
    }
    return Arrays.copyOfRange(bytes, at, bytes.length);
  }

  /** The smallest buffer that the uplink's socket can have. */
  void narrowUplink() {
    sockets.setsockopt(uplinkEnds.ours(), SocketLevel.SOCKET, SocketOption.SO_SNDBUF, 1);
  }

  long count(Counter counter) {
    return counters.value(counter);
  }

  @Override
  public void close() {
    guest.close();
    uplink.close();
    sockets.close(guestEnds.theirs());
    sockets.close(uplinkEnds.theirs());
    loop.close();
  }
}
