package org.jpasst.guest.capture;

import static org.assertj.core.api.Assertions.assertThat;
import static org.jpasst.proto.socket.LoopbackHost.GATEWAY4;
import static org.jpasst.proto.socket.LoopbackHost.GUEST4;
import static org.jpasst.vectors.Frame.ACK;
import static org.jpasst.vectors.Frame.SYN;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HexFormat;
import java.util.List;
import org.jpasst.linux.Errno;
import org.jpasst.linux.LinuxSockets;
import org.jpasst.linux.Sockets;
import org.jpasst.log.Log;
import org.jpasst.proto.GuestFrames;
import org.jpasst.proto.socket.FailingSockets;
import org.jpasst.proto.socket.LoopbackHost;
import org.jpasst.stack.StackGuest;
import org.jpasst.stats.Counter;
import org.jpasst.vectors.Frame;
import org.jpasst.wire.ArpHeader;
import org.jpasst.wire.IpProtocol;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A guest's frames, of which the stack drops some: a capture says which, and why. */
final class DropReasonsTest {
  private static final int PORT = 40_000;
  private static final int UNUSED = 9;
  private static final String NONE = "";

  @TempDir Path directory;

  private final List<Frame> sent = new ArrayList<>();
  private final List<String> reasons = new ArrayList<>();

  private interface Play {
    void with(StackGuest guest);
  }

  /** Records what a guest does, and compares it with what was said of its frames. */
  private void record(Sockets sockets, Play play) throws IOException {
    Path path = directory.resolve("c.pcapng");
    try (var guest = new StackGuest(sockets, LoopbackHost.configuration());
        PcapNgFile file =
            PcapNgFile.at(List.of(path), Long.MAX_VALUE, guest.host::now, Log.none())) {
      file.begin();
      guest.interpose(
          receiver -> {
            var between = new DropReasons(receiver, file, guest.host.counters);
            guest.host.counters.observe(between);
            return between;
          });
      play.with(guest);
    }
    List<PcapNg.Packet> packets = PcapNg.read(path);
    assertThat(packets).hasSameSizeAs(sent);
    for (int i = 0; i < packets.size(); i++) {
      assertThat(Frame.of(packets.get(i).frame())).as("frame %d", i).isEqualTo(sent.get(i));
      String comment = packets.get(i).comment().orElse(NONE);
      assertThat(comment.split(":")[0]).as("reason of frame %d", i).isEqualTo(reasons.get(i));
    }
  }

  private Frame noted(Frame frame, Counter reason) {
    return noted(frame, reason.id());
  }

  private Frame noted(Frame frame, String reason) {
    sent.add(frame);
    reasons.add(reason);
    return frame;
  }

  private static Frame datagram(int sourcePort) {
    return LoopbackHost.datagram(GUEST4, sourcePort, GATEWAY4, UNUSED, new byte[40]);
  }

  private static byte[] hex(String text) {
    return HexFormat.of().parseHex(text);
  }

  private static Frame arp() {
    return Frame.of(GuestFrames.arp(ArpHeader.REQUEST, "192.0.2.15", "192.0.2.2"));
  }

  @Test
  void whatIsDroppedAtOnceSaysWhyAndTheOthersSayNothing() throws IOException {
    record(
        new LinuxSockets(),
        guest -> {
          guest.show(noted(arp(), NONE));
          guest.show(noted(datagram(PORT).with(24, hex("0001")), Counter.DROP_IP_CHECKSUM));
          guest.show(noted(datagram(PORT), NONE));
          guest.show(noted(datagram(PORT).with(40, hex("1234")), Counter.DROP_UDP_CHECKSUM));
          guest.show(noted(arp().with(12, hex("88cc")), Counter.DROP_ETHERTYPE));
          guest.endBatch();
          guest.send(noted(arp(), NONE));
          guest.send(noted(arp().with(12, hex("88cc")), Counter.DROP_ETHERTYPE));
        });
  }

  @Test
  void whatIsDroppedWhenItsBatchEndsSaysWhy() throws IOException {
    record(
        FailingSockets.failing("sendmmsg", -Errno.ENOBUFS),
        guest -> {
          guest.show(noted(arp(), NONE));
          guest.show(noted(datagram(PORT), Counter.DROP_UDP_SEND));
          guest.show(noted(datagram(PORT + 1), Counter.DROP_UDP_SEND));
          guest.show(noted(arp(), NONE));
          guest.show(noted(datagram(PORT), Counter.DROP_UDP_SEND));
          guest.endBatch();
          guest.send(noted(arp(), NONE));
        });
  }

  /** Short frames in pieces are moved together before they are looked at. */
  @Test
  void aFrameThatIsMovedMeanwhileIsKnownAgain() throws IOException {
    record(
        FailingSockets.failing("sendmmsg", -Errno.ENOBUFS),
        guest -> {
          guest.showInPieces(noted(datagram(PORT), Counter.DROP_UDP_SEND), 60);
          guest.show(noted(arp(), NONE));
          guest.showInPieces(noted(datagram(PORT + 1), Counter.DROP_UDP_SEND), 60);
          guest.endBatch();
        });
  }

  /** TTL is the socket's: what waits with another one is sent before the next is taken. */
  @Test
  void whatAnotherFrameHasSentEarlyIsNotTakenForThatOne() throws IOException {
    record(
        FailingSockets.failing("sendmmsg", -Errno.ENOBUFS),
        guest -> {
          guest.show(noted(datagram(PORT), Counter.DROP_UDP_SEND));
          Frame other = datagram(PORT).with(22, (byte) 7).withHeaderChecksum();
          guest.show(noted(other, Counter.DROP_UDP_SEND));
          guest.endBatch();
        });
    record(
        FailingSockets.failingOnce("sendmmsg", -Errno.ENOBUFS),
        guest -> {
          sent.clear();
          reasons.clear();
          guest.show(noted(datagram(PORT), Counter.DROP_UDP_SEND));
          Frame other = datagram(PORT).with(22, (byte) 7).withHeaderChecksum();
          guest.show(noted(other, NONE));
          guest.endBatch();
        });
  }

  @Test
  void aBatchOfMoreFramesThanAreCollectedLosesNoReason() throws IOException {
    record(
        FailingSockets.failing("sendmmsg", -Errno.ENOBUFS),
        guest -> {
          for (Frame each : Collections.nCopies(20_000, datagram(PORT))) {
            guest.show(noted(each, Counter.DROP_UDP_SEND));
          }
          guest.endBatch();
        });
  }

  /** The other answers and doesn't drop, but nobody has taken what was sent. */
  @Test
  void segmentsThatNobodyTakesSayWhy() throws IOException {
    try (var server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      int port = server.getLocalPort();
      record(
          new LinuxSockets(),
          guest -> {
            guest.send(noted(segment(port, 2000, 1, ACK, 0), Counter.TCP_NO_FLOW));
            guest.host.sink.clear();
            guest.send(noted(segment(port, 1000, 0, SYN, 0), NONE));
            long theirs = guest.host.frame().sequence() + 1;
            guest.show(noted(segment(port, 1001, theirs, ACK, 10), NONE));
            guest.show(noted(arp(), NONE));
            guest.show(noted(segment(port, 1001, theirs, ACK, 10), Counter.TCP_DUPLICATE));
            guest.show(noted(segment(port, 9_001_001, theirs, ACK, 10), Counter.TCP_OUT_OF_WINDOW));
            guest.show(noted(segment(port, 1011, theirs, ACK, 10), NONE));
            guest.endBatch();
          });
    }
  }

  private static Frame segment(int port, long number, long acknowledged, int flags, int length) {
    ByteBuffer header = ByteBuffer.allocate(20 + length);
    header.putShort((short) PORT).putShort((short) port).putInt((int) number);
    header.putInt((int) acknowledged).put((byte) 0x50).put((byte) flags).putShort((short) 0xffff);
    return LoopbackHost.datagram(GUEST4, PORT, GATEWAY4, port, new byte[12 + length])
        .with(23, (byte) IpProtocol.TCP)
        .with(34, header.array())
        .withHeaderChecksum()
        .withTransportChecksum();
  }
}
