package org.jpasst.control;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import org.jpasst.guest.FramePieces;
import org.jpasst.guest.FrameReceiver;
import org.jpasst.proto.socket.LoopbackHost;

/** A guest that sends datagrams to one port of the host's loopback. */
final class DatagramSender implements AutoCloseable {
  private final ControlBed bed;
  private final DatagramSocket server =
      new DatagramSocket(new InetSocketAddress(InetAddress.getByName("127.0.0.1"), 0));

  DatagramSender(ControlBed bed) throws IOException {
    this.bed = bed;
  }

  int port() {
    return server.getLocalPort();
  }

  /** Sends from a port of the guest's. */
  void send(int from, int length) {
    byte[] frame =
        LoopbackHost.datagram(
                LoopbackHost.GUEST4, from, LoopbackHost.GATEWAY4, port(), new byte[length])
            .bytes();
    var shown = new org.jpasst.guest.Frame(new FramePieces(0));
    MemorySegment memory = MemorySegment.ofBuffer(java.nio.ByteBuffer.allocateDirect(frame.length));
    memory.copyFrom(MemorySegment.ofArray(frame));
    shown.set(memory, 0, frame.length);
    FrameReceiver router = bed.stack.receiver();
    router.onFrame(shown, bed.host.now());
    router.onBatchEnd(bed.host.now());
  }

  @Override
  public void close() {
    server.close();
  }
}
