package org.jpasst.proto.udp;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import org.jpasst.guest.FramePieces;
import org.jpasst.proto.socket.LoopbackHost;
import org.jpasst.proto.udp.UdpGuest.Peer;
import org.jpasst.stats.Counter;
import org.jpasst.vectors.Frame;
import org.junit.jupiter.api.Test;

/** Frames of the guest with a tag of IEEE 802.1Q. */
final class UdpPriorityTagTest {
  private static final int ADDRESSES = 12;
  private static final int TAG = 0x8100;

  private static Frame tagged(int control, Frame frame) {
    byte[] bytes = frame.bytes();
    ByteBuffer tagged = ByteBuffer.allocate(bytes.length + 4);
    tagged.put(bytes, 0, ADDRESSES).putShort((short) TAG).putShort((short) control);
    tagged.put(bytes, ADDRESSES, bytes.length - ADDRESSES);
    return Frame.of(tagged.array());
  }

  private static Frame datagram(Peer peer, String text) {
    return LoopbackHost.datagram(
        LoopbackHost.GUEST4, 4000, LoopbackHost.GATEWAY4, peer.port(), UdpGuest.bytes(text));
  }

  @Test
  void aPriorityIsTakenAndAnotherNetworkIsNot() throws IOException {
    try (UdpGuest guest = new UdpGuest();
        Peer peer = new Peer("127.0.0.1")) {
      guest.send(tagged(0x0005, datagram(peer, "of network 5")));
      assertThat(guest.host.counters.value(Counter.DROP_ETHERTYPE)).isEqualTo(1);
      guest.send(tagged(0xe000, datagram(peer, "of priority 7")));
      assertThat(peer.receiveText()).isEqualTo("of priority 7");
      guest.send(tagged(0, tagged(0, datagram(peer, "twice"))));
      assertThat(guest.host.counters.value(Counter.DROP_ETHERTYPE)).isEqualTo(2);
    }
  }

  /** What lies in pieces behind its head is the same. */
  @Test
  void aTaggedFrameInPiecesIsTaken() throws IOException {
    try (UdpGuest guest = new UdpGuest();
        Peer peer = new Peer("127.0.0.1")) {
      String text = "x".repeat(900);
      var pieces = new FramePieces(1);
      byte[] bytes = tagged(0x6000, datagram(peer, text)).bytes();
      var memory = Arena.global().allocate(bytes.length, 8);
      MemorySegment.copy(bytes, 0, memory, ValueLayout.JAVA_BYTE, 0, bytes.length);
      var frame = new org.jpasst.guest.Frame(pieces);
      int head = org.jpasst.guest.Frame.HEAD;
      pieces.add(memory, head, bytes.length - head);
      frame.set(memory, 0, head, 0, 1);
      guest.stack.receiver().onFrame(frame, guest.host.now());
      guest.stack.receiver().onBatchEnd(guest.host.now());
      assertThat(peer.receiveText()).isEqualTo(text);
    }
  }
}
