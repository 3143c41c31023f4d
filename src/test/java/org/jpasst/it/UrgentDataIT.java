package org.jpasst.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.SplittableRandom;
import org.jpasst.lab.BackEnd;
import org.jpasst.lab.Lab;
import org.jpasst.lab.LabTest;
import org.jpasst.lab.TapGuest;
import org.jpasst.lab.TcpPair;
import org.jpasst.lab.TrafficStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Urgent bytes arrive in their places, each once (RFC 6093 section 6), with the kernel as guest.
 * Which of them was urgent isn't told.
 */
@LabTest
final class UrgentDataIT {
  private static final int OUTBOUND = 7001;
  private static final int FORWARDED = 5001;
  private static final int MTU = 1500;
  private static final int LENGTH = 2_000_000;

  /** One byte of so many is urgent. */
  private static final int EVERY = 1_000;

  private static final Duration LIMIT = Duration.ofSeconds(60);

  private final byte[] data = new byte[LENGTH];

  UrgentDataIT() {
    new SplittableRandom(5).nextBytes(data);
  }

  @ParameterizedTest
  @ValueSource(strings = {Lab.REMOTE4, Lab.REMOTE6})
  void theyCrossBothWaysOnConnectionsOfTheGuest(String remote) throws Exception {
    try (Lab lab = Lab.open();
        BackEnd backEnd = BackEnd.start(lab);
        TapGuest guest = TapGuest.connect(lab, backEnd.socket(), MTU).configure("cubic");
        ServerSocketChannel server = TcpPair.listen(lab.remote(), remote, OUTBOUND);
        TcpPair pair = TcpPair.connect(guest.namespace(), remote, OUTBOUND, server)) {
      carry(pair.server(), pair.client());
      carry(pair.client(), pair.server());
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {Lab.HOST4, Lab.HOST6})
  void theyCrossBothWaysOnConnectionsToTheGuest(String host) throws Exception {
    try (Lab lab = Lab.open();
        BackEnd backEnd = BackEnd.start(lab, "--tcp-ports", Integer.toString(FORWARDED));
        TapGuest guest = TapGuest.connect(lab, backEnd.socket(), MTU).configure("cubic");
        ServerSocketChannel server = TcpPair.listen(guest.namespace(), host, FORWARDED);
        TcpPair pair = TcpPair.connect(lab.remote(), host, FORWARDED, server)) {
      carry(pair.client(), pair.server());
      carry(pair.server(), pair.client());
    }
  }

  @Test
  void whatIsBehindThemMovesWithTheGuest() throws Exception {
    try (Lab lab = Lab.open();
        Lab twin = lab.twin();
        BackEnd source = BackEnd.start(lab, options(lab));
        BackEnd target = BackEnd.start(twin, options(twin));
        TapGuest guest = TapGuest.connect(lab, source.socket(), MTU).configure("cubic");
        ServerSocketChannel server = TcpPair.listen(lab.remote(), Lab.REMOTE4, OUTBOUND);
        TcpPair pair = TcpPair.connect(guest.namespace(), Lab.REMOTE4, OUTBOUND, server)) {
      pair.exchange((byte) 1);
      guest.stop();
      SocketChannel peer = pair.server();
      peer.write(ByteBuffer.wrap("AAA".getBytes()));
      peer.socket().sendUrgentData('!');
      peer.write(ByteBuffer.wrap("BBB".getBytes()));
      Path state = lab.directory().resolve("state");
      BackEnd.control(lab, "migrate", "pause");
      BackEnd.control(lab, "migrate", "save", state.toString());
      assertThat(BackEnd.control(lab, "migrate", "show", state.toString()))
          .contains("receive queue: 7 bytes");
      BackEnd.control(twin, "migrate", "load", state.toString());
      twin.becomeReachable();
      TapGuest moved = guest.moveTo(target.socket());
      assertThat(new String(read(pair.client(), 7))).isEqualTo("AAA!BBB");
      peer.socket().sendUrgentData('?');
      assertThat(new String(read(pair.client(), 1))).isEqualTo("?");
      moved.close();
    }
  }

  private static String[] options(Lab lab) {
    return BackEnd.controlOption(lab).toArray(String[]::new);
  }

  private void carry(SocketChannel from, SocketChannel to) throws IOException {
    to.socket().setOOBInline(true);
    TrafficStream.together(
        LIMIT,
        List.of(
            TrafficStream.task(() -> send(from)),
            TrafficStream.task(() -> assertThat(read(to, LENGTH)).isEqualTo(data))));
  }

  private void send(SocketChannel channel) throws IOException {
    for (int at = 0; at < LENGTH; at += EVERY) {
      ByteBuffer ordinary = ByteBuffer.wrap(data, at, EVERY - 1);
      while (ordinary.hasRemaining()) {
        channel.write(ordinary);
      }
      channel.socket().sendUrgentData(data[at + EVERY - 1]);
    }
  }

  private static byte[] read(SocketChannel channel, int count) throws IOException {
    ByteBuffer buffer = ByteBuffer.allocate(count);
    while (buffer.hasRemaining() && channel.read(buffer) >= 0) {
      continue;
    }
    return buffer.array();
  }
}
