package org.jpasst.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.io.IOException;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import jdk.net.ExtendedSocketOptions;
import org.jpasst.lab.Await;
import org.jpasst.lab.BackEnd;
import org.jpasst.lab.Lab;
import org.jpasst.lab.LabTest;
import org.jpasst.lab.TapGuest;
import org.jpasst.lab.TcpPair;
import org.jpasst.lab.TrafficStream;
import org.junit.jupiter.api.Test;

/** A peer that vanishes without a word is missed by a guest that asks for it. */
@LabTest
final class DeadPeerIT {
  private static final int PORT = 5001;
  private static final int MTU = 1500;

  /** The guest asks after a second of silence, and so does the host then, up to nine times. */
  private static final Duration LIMIT = Duration.ofSeconds(40);

  @Test
  void aGuestWithKeepAlivesLearnsThatItsPeerIsGone() throws Exception {
    try (Lab lab = Lab.open();
        BackEnd backEnd = BackEnd.start(lab);
        TapGuest guest = TapGuest.connect(lab, backEnd.socket(), MTU).configure("cubic");
        ServerSocketChannel server = TcpPair.listen(lab.remote(), Lab.REMOTE4, PORT);
        TcpPair pair = TcpPair.connect(guest.namespace(), Lab.REMOTE4, PORT, server);
        TcpPair silent = TcpPair.connect(guest.namespace(), Lab.REMOTE4, PORT, server)) {
      askEachSecond(pair.client());
      pair.exchange((byte) 1);
      silent.exchange((byte) 2);
      Await.until("the host's keep-alives", LIMIT, () -> asksItsPeer(lab));

      lab.remote().ip("link set vr down");
      awaitReset(pair);

      // Who doesn't ask isn't told: the peer may come back.
      lab.remote().ip("link set vr up");
      silent.exchange((byte) 3);
    }
  }

  /** What the guest asked for goes with it: its peer is asked before it asks again. */
  @Test
  void aGuestThatHasMovedLearnsThatItsPeerIsGone() throws Exception {
    try (Lab lab = Lab.open();
        Lab twin = lab.twin();
        BackEnd source = BackEnd.start(lab, BackEnd.controlOption(lab).toArray(String[]::new));
        TapGuest guest = TapGuest.connect(lab, source.socket(), MTU).configure("cubic");
        ServerSocketChannel server = TcpPair.listen(lab.remote(), Lab.REMOTE4, PORT);
        TcpPair pair = TcpPair.connect(guest.namespace(), Lab.REMOTE4, PORT, server)) {
      askEachSecond(pair.client());
      pair.exchange((byte) 1);
      Await.until("the host's keep-alives", LIMIT, () -> asksItsPeer(lab));

      guest.stop();
      BackEnd.control(lab, "migrate", "pause");
      String state = lab.directory().resolve("state").toString();
      BackEnd.control(lab, "migrate", "save", state);
      assertThat(asksItsPeer(lab)).as("on behalf of a guest that isn't here").isFalse();
      List<String> options = new ArrayList<>(BackEnd.controlOption(twin));
      options.addAll(List.of("--restore", state));
      try (BackEnd target = BackEnd.start(twin, options.toArray(String[]::new))) {
        target.process().awaitLine("TCP connections keep asking their peers", LIMIT);
        assertThat(asksItsPeer(twin)).isTrue();
        twin.becomeReachable();
        try (TapGuest _ = guest.moveTo(target.socket())) {
          pair.exchange((byte) 2);
          lab.remote().ip("link set vt down");
          awaitReset(pair);
        }
      }
    }
  }

  private static void awaitReset(TcpPair pair) throws Exception {
    TrafficStream.together(
        LIMIT,
        List.of(
            TrafficStream.task(
                () ->
                    assertThatExceptionOfType(IOException.class)
                        .isThrownBy(() -> pair.client().read(ByteBuffer.allocate(1)))
                        .withMessageContaining("reset"))));
  }

  private static void askEachSecond(SocketChannel channel) throws IOException {
    channel.setOption(ExtendedSocketOptions.TCP_KEEPIDLE, 1);
    channel.setOption(ExtendedSocketOptions.TCP_KEEPINTERVAL, 1);
    channel.setOption(ExtendedSocketOptions.TCP_KEEPCOUNT, 60);
    channel.setOption(StandardSocketOptions.SO_KEEPALIVE, true);
  }

  /** Whether one of the back-end's sockets, and one only, has a keep-alive timer. */
  private static boolean asksItsPeer(Lab lab) {
    return lab.host().run("ss", "-tnoH").lines().filter(each -> each.contains("keepalive")).count()
        == 1;
  }

  @Test
  void aPeerThatAnswersIsKept() throws Exception {
    try (Lab lab = Lab.open();
        BackEnd backEnd = BackEnd.start(lab);
        TapGuest guest = TapGuest.connect(lab, backEnd.socket(), MTU).configure("cubic");
        ServerSocketChannel server = TcpPair.listen(lab.remote(), Lab.REMOTE4, PORT);
        TcpPair pair = TcpPair.connect(guest.namespace(), Lab.REMOTE4, PORT, server)) {
      askEachSecond(pair.client());
      long before = lab.remote().counter("TcpExt", "TCPKeepAlive");
      assertThat(before).isZero();
      Await.until(
          "the host's keep-alives", LIMIT, () -> lab.host().counter("TcpExt", "TCPKeepAlive") > 3);
      pair.exchange((byte) 1);
    }
  }
}
