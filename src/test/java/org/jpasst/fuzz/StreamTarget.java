package org.jpasst.fuzz;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.SplittableRandom;
import org.jpasst.guest.FrameLength;
import org.jpasst.guest.stream.StreamLink;
import org.jpasst.linux.MessageFlag;
import org.jpasst.linux.Shutdown;
import org.jpasst.linux.SocketPair;
import org.jpasst.proto.socket.LoopbackHost;
import org.jpasst.stats.Counter;
import org.jpasst.wire.ArpHeader;
import org.jpasst.wire.EthernetHeader;

/**
 * The framing of a stream socket: frames of any length in pieces of any length, lengths that can't
 * be, a guest that goes, comes back or doesn't read. Each whole frame is taken once, up to the
 * first length that is wrong.
 */
final class StreamTarget implements Target {
  private static final int BUFFER = 1 << 17;
  private static final int ARP_FRAME = EthernetHeader.LENGTH + ArpHeader.LENGTH;
  private static final int UNUSED_TYPE = 0x88b5; // for experiments (IEEE 802)

  private final FuzzedStack stack;
  private final MemorySegment out = Arena.global().allocate(BUFFER, 8);
  private final MemorySegment in = Arena.global().allocate(BUFFER, 8);
  private final OpenDescriptors open;
  private int fd = -1;

  // What the link should make of what was sent since the guest connected.
  private long expected;
  private long before;
  private int rest; // of the frame that has begun
  private int lengthBytes; // of the length that has begun
  private int length;
  private boolean broken;

  StreamTarget() throws IOException {
    stack = new FuzzedStack(c -> new StreamLink(c.loop(), c.sockets(), c.counters(), c.log()));
    open = new OpenDescriptors();
  }

  @Override
  public void begin() {
    connect();
  }

  private void connect() {
    hangUp();
    SocketPair pair = SocketPair.create();
    if (stack.link.attach(pair.ours()) < 0) {
      throw new AssertionError("a guest can't be attached");
    }
    fd = pair.theirs();
    expected = 0;
    before = stack.counters.value(Counter.FRAMES_FROM_GUEST);
    rest = 0;
    lengthBytes = 0;
    length = 0;
    broken = false;
    stack.turn();
  }

  private void hangUp() {
    if (fd >= 0) {
      stack.sockets.close(fd);
      fd = -1;
    }
    stack.settle();
    if (stack.link.isAttached()) {
      throw new AssertionError("a guest that is gone is still attached");
    }
  }

  @Override
  public Input next(SplittableRandom random) {
    return switch (random.nextInt(40)) {
      case 0 -> Input.of("hang-up");
      case 1 -> Input.of("half-close");
      case 2 -> Input.of("length", random.nextInt(3) == 0 ? random.nextInt() : random.nextInt(14));
      case 3, 4 -> {
        byte[] bytes = new byte[random.nextInt(12)];
        random.nextBytes(bytes);
        yield new Input("bytes", new long[0], bytes);
      }
      case 5, 6, 7, 8, 9 -> Input.of("ask", random.nextInt(1, 200));
      case 10, 11 -> Input.of("read");
      default -> {
        boolean many = random.nextInt(3) != 0;
        int size = many ? 14 + random.nextInt(200) : 14 + random.nextInt(65_522);
        yield Input.of(
            "frames",
            many ? random.nextInt(1, 100) : 1,
            size,
            random.nextInt(4) == 0 ? random.nextInt(1, 40) : random.nextInt(1, BUFFER));
      }
    };
  }

  @Override
  public void apply(Input input) {
    switch (input.name()) {
      case "hang-up" -> connect();
      case "half-close" -> {
        stack.sockets.shutdown(fd, Shutdown.WR);
        broken = true;
        stack.turn();
      }
      case "length" -> {
        FrameLength.set(out, 0, (int) input.number(0));
        send(4, 4);
      }
      case "bytes" -> {
        MemorySegment.copy(
            MemorySegment.ofArray(input.bytes()), 0, out, 0, Math.min(64, input.bytes().length));
        send(Math.min(64, input.bytes().length), 1);
      }
      case "ask" -> ask(1 + input.choice(0, 200));
      case "read" -> read();
      case "frames" -> {
        int size = Math.max(FrameLength.MIN, input.choice(1, FrameLength.MAX + 1));
        frames(1 + input.choice(0, 100), size, Math.clamp(input.number(2), 1, BUFFER));
      }
      default -> stack.turn();
    }
    if (!stack.link.isAttached()) {
      if (!broken) {
        throw new AssertionError("a guest that did nothing wrong was closed");
      }
      connect();
    }
  }

  private void frames(int count, int size, int pieces) {
    int filled = 0;
    for (int i = 0; i < count && filled + FrameLength.SIZE + size <= BUFFER; i++) {
      FrameLength.set(out, filled, size);
      EthernetHeader.write(out, filled + FrameLength.SIZE, 0, LoopbackHost.GUEST_MAC, UNUSED_TYPE);
      filled += FrameLength.SIZE + size;
    }
    // Small pieces of much would take long.
    send(filled, Math.max(pieces, filled / 64));
  }

  private void ask(int count) {
    int filled = 0;
    for (int i = 0; i < count; i++) {
      FrameLength.set(out, filled, ARP_FRAME);
      long at = filled + FrameLength.SIZE;
      EthernetHeader.write(
          out, at, EthernetHeader.BROADCAST, LoopbackHost.GUEST_MAC, EthernetHeader.TYPE_ARP);
      ArpHeader.write(
          out,
          at + EthernetHeader.LENGTH,
          ArpHeader.REQUEST,
          LoopbackHost.GUEST_MAC,
          LoopbackHost.GUEST4.ipv4(),
          0,
          LoopbackHost.GATEWAY4.ipv4());
      filled += FrameLength.SIZE + ARP_FRAME;
    }
    send(filled, filled);
  }

  /** Sends the buffer's first bytes in pieces, a turn after each. */
  private void send(int length, int pieces) {
    int at = 0;
    int refused = 0;
    while (at < length && stack.link.isAttached() && refused < 3) {
      int sent =
          stack.sockets.send(
              fd,
              out,
              at,
              Math.min(pieces, length - at),
              MessageFlag.DONTWAIT | MessageFlag.NOSIGNAL);
      refused = sent > 0 ? 0 : refused + 1;
      expect(at, Math.max(0, sent));
      at += Math.max(0, sent);
      stack.turn();
    }
    long taken = stack.counters.value(Counter.FRAMES_FROM_GUEST) - before;
    if (taken > expected || stack.link.isAttached() && settledTaken() != expected) {
      throw new AssertionError("took " + taken + " frames of " + expected);
    }
  }

  private long settledTaken() {
    stack.settle();
    return stack.counters.value(Counter.FRAMES_FROM_GUEST) - before;
  }

  /** What the link should make of bytes. */
  private void expect(int from, int count) {
    for (int at = from; at < from + count && !broken; ) {
      if (rest > 0) {
        int part = Math.min(rest, from + count - at);
        rest -= part;
        at += part;
        expected += rest == 0 ? 1 : 0;
      } else {
        length = length << 8 | out.get(JAVA_BYTE, at) & 0xff;
        at++;
        if (++lengthBytes == FrameLength.SIZE) {
          broken = !FrameLength.isValid(length);
          rest = length;
          lengthBytes = 0;
          length = 0;
        }
      }
    }
  }

  private void read() {
    int got = stack.sockets.recv(fd, in, 0, BUFFER, MessageFlag.DONTWAIT);
    while (got > 0) {
      stack.turn();
      got = stack.sockets.recv(fd, in, 0, BUFFER, MessageFlag.DONTWAIT);
    }
  }

  @Override
  public void end() throws IOException {
    connect();
    read();
    ask(1);
    if (stack.sockets.recv(fd, in, 0, BUFFER, MessageFlag.DONTWAIT) <= 0) {
      throw new AssertionError("the next good frame isn't answered");
    }
    hangUp();
    open.check();
  }

  @Override
  public void close() {
    if (fd >= 0) {
      stack.sockets.close(fd);
    }
    stack.close();
  }
}
