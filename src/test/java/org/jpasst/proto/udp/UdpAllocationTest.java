package org.jpasst.proto.udp;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.management.ManagementFactory;
import java.util.concurrent.TimeUnit;
import org.jpasst.guest.DiscardingSink;
import org.jpasst.guest.FramePieces;
import org.jpasst.guest.FrameReceiver;
import org.jpasst.linux.AddressFamily;
import org.jpasst.linux.MessageBatch;
import org.jpasst.linux.MessageFlag;
import org.jpasst.linux.SocketAddress;
import org.jpasst.linux.SocketType;
import org.jpasst.linux.Sockets;
import org.jpasst.log.Log;
import org.jpasst.net.IpAddress;
import org.jpasst.proto.DescriptorReserve;
import org.jpasst.proto.socket.LoopbackHost;
import org.jpasst.vectors.Frame;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** The packet path leaves nothing for the garbage collector, once it is compiled. */
@Tag("allocation")
class UdpAllocationTest {
  private static final int FLOWS = 4;
  private static final int PER_FLOW = 8;
  private static final int BATCH = FLOWS * PER_FLOW;
  private static final int BATCHES = 500;
  private static final long PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(60);

  private final MemorySegment memory = Arena.global().allocate(1 << 20, 8);
  private final MemorySegment echoMemory = Arena.global().allocate(1 << 20, 8);
  private final MessageBatch echo = new MessageBatch(BATCH, 1, 0);
  private final int[] frameAt = new int[BATCH];

  @Test
  void datagramsBothWaysAllocateNothing() throws IOException {
    try (var host = new LoopbackHost()) {
      var sink = new DiscardingSink();
      FrameReceiver router = host.stack(sink, DescriptorReserve.none(), Log.none()).receiver();
      int peer = peer(host.sockets);
      var threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
      long least = Long.MAX_VALUE;
      long fastest = Long.MAX_VALUE;
      long start = System.nanoTime();
      while (least > 0 && System.nanoTime() - start < PATIENCE_NANOS) {
        long before = threads.getCurrentThreadAllocatedBytes();
        long begin = System.nanoTime();
        for (int i = 0; i < BATCHES; i++) {
          roundTrip(host, router, sink, peer);
        }
        fastest = Math.min(fastest, System.nanoTime() - begin);
        long bytes = threads.getCurrentThreadAllocatedBytes() - before;
        // Asking costs a few bytes itself; what each datagram costs is what counts.
        least = Math.min(least, bytes / (BATCHES * BATCH));
      }
      System.out.println(
          "UDP echo: " + fastest / (BATCHES * BATCH) + " ns for each datagram there and back");
      assertThat(least).isZero();
      host.sockets.close(peer);
    }
  }

  private int peer(Sockets sockets) {
    int fd = sockets.socket(AddressFamily.INET, SocketType.DGRAM | SocketType.NONBLOCK, 0);
    var address = new SocketAddress();
    address.set(0, IpAddress.LOOPBACK4.lo(), 0, 0);
    sockets.bind(fd, address);
    sockets.getsockname(fd, address);
    int at = 0;
    for (int i = 0; i < BATCH; i++) {
      Frame frame =
          LoopbackHost.datagram(
              LoopbackHost.GUEST4,
              40_000 + i % FLOWS,
              LoopbackHost.GATEWAY4,
              address.port(),
              new byte[1400]);
      MemorySegment.copy(frame.bytes(), 0, memory, ValueLayout.JAVA_BYTE, at, frame.length());
      frameAt[i] = at;
      at += 2048;
      echo.message(i).vectors().set(0, echoMemory, (long) i * 2048, 2048);
    }
    return fd;
  }

  private final org.jpasst.guest.Frame shown = new org.jpasst.guest.Frame(new FramePieces(0));

  private void roundTrip(LoopbackHost host, FrameReceiver router, DiscardingSink sink, int peer) {
    for (int i = 0; i < BATCH; i++) {
      int at = frameAt[i];
      shown.set(memory, at, 1442);
      router.onFrame(shown, host.now());
    }
    router.onBatchEnd(host.now());
    for (int i = 0; i < BATCH; i++) {
      echo.message(i).vectors().setLength(0, 2048);
      echo.message(i).prepareReceive(1);
    }
    int received = host.sockets.recvmmsg(peer, echo, BATCH, MessageFlag.DONTWAIT);
    if (received != BATCH) {
      throw new AssertionError("received " + received);
    }
    for (int i = 0; i < BATCH; i++) {
      echo.message(i).vectors().setLength(0, 1400);
      echo.message(i).prepareSend(1);
    }
    host.sockets.sendmmsg(peer, echo, 0, BATCH, 0);
    long wanted = sink.published() + BATCH;
    while (sink.published() < wanted) {
      host.loop.turn(1000);
    }
  }
}
