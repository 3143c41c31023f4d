package org.jpasst.proto.udp;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.jpasst.net.IpAddress;
import org.jpasst.proto.socket.LoopbackHost;
import org.jpasst.proto.udp.UdpGuest.Peer;
import org.jpasst.stats.Counter;
import org.jpasst.vectors.Frame;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Long runs of everything at once: nothing is left over, nothing fails inside. */
@Tag("fuzz")
class UdpSoakTest {
  private static final int STEPS = 20_000;
  private static final int PEERS = 4;

  @Test
  void randomTrafficLeavesNeitherFlowsNorDescriptors() throws IOException {
    long seed = Long.getLong("jpasst.seed", 20261122);
    var random = new Random(seed);
    int port = freePort();
    var peers = new Peer[PEERS];
    try (UdpGuest guest = new UdpGuest()) {
      assertThat(guest.listen(UdpGuest.rule(port, 7, Optional.empty()))).isEmpty();
      for (int i = 0; i < PEERS; i++) {
        peers[i] = new Peer(i % 2 == 0 ? "127.0.0.1" : "::1");
        peers[i].socket.setSoTimeout(1);
      }
      long descriptors = descriptors();
      for (int step = 0; step < STEPS; step++) {
        step(guest, random, peers, port);
        guest.host.sink.clear();
      }
      guest.host.sink.setRoom(Integer.MAX_VALUE);
      guest.host.settle();
      guest.host.advance(1, TimeUnit.HOURS);
      guest.udp.onTick(guest.host.now());
      guest.host.settle();
      // The last datagrams at the listener may have opened flows again.
      guest.host.advance(1, TimeUnit.HOURS);
      guest.udp.onTick(guest.host.now());

      assertThat(guest.udp.flowCount()).as("seed %d", seed).isZero();
      assertThat(guest.stack.flows().size()).isZero();
      assertThat(guest.host.counters.value(Counter.LOOP_FAILURES)).isZero();
      assertThat(guest.host.sink.isLending()).isFalse();
      assertThat(descriptors()).isLessThanOrEqualTo(descriptors);
      guest.stopListening();
    } finally {
      for (Peer peer : peers) {
        peer.close();
      }
    }
  }

  private static void step(UdpGuest guest, Random random, Peer[] peers, int port)
      throws IOException {
    Peer peer = peers[random.nextInt(PEERS)];
    boolean ipv4 = peer.socket.getLocalAddress().getAddress().length == 4;
    IpAddress source = ipv4 ? LoopbackHost.GUEST4 : LoopbackHost.GUEST6;
    IpAddress gateway = ipv4 ? LoopbackHost.GATEWAY4 : LoopbackHost.GATEWAY6;
    switch (random.nextInt(10)) {
      case 0, 1, 2, 3 -> {
        int count = 1 + random.nextInt(5);
        for (int i = 0; i < count; i++) {
          int destination = random.nextInt(4) == 0 ? port : peer.port();
          byte[] payload = new byte[random.nextInt(100)];
          Frame frame =
              LoopbackHost.datagram(
                  source,
                  40_000 + random.nextInt(50),
                  gateway,
                  destination,
                  1 + random.nextInt(255),
                  random.nextInt(256),
                  payload);
          guest.show(random.nextInt(5) == 0 ? damaged(frame, random) : frame);
        }
        guest.endBatch();
      }
      case 4, 5 -> {
        var request = new DatagramPacket(new byte[200], 200);
        try {
          peer.socket.receive(request);
          peer.socket.send(request);
        } catch (IOException e) {
          // Nothing there, or nobody any more.
        }
      }
      case 6 -> {
        byte[] bytes = new byte[random.nextInt(100)];
        InetAddress host = InetAddress.getByName(ipv4 ? "127.0.0.1" : "::1");
        try {
          peer.socket.send(new DatagramPacket(bytes, bytes.length, host, port));
        } catch (IOException e) {
          // An earlier error of this socket.
        }
      }
      case 7 -> {
        guest.host.sink.setRoom(random.nextInt(3) * random.nextInt(20));
        guest.udp.onRoom(guest.host.now());
      }
      case 8 -> {
        guest.host.advance(random.nextInt(20), TimeUnit.SECONDS);
        guest.udp.onTick(guest.host.now());
      }
      default -> {
        guest.host.sink.setRoom(Integer.MAX_VALUE);
        guest.udp.onRoom(guest.host.now());
      }
    }
    guest.host.loop.turn(0);
  }

  /** Other bytes in the UDP header; not in the IP header, for nothing may leave this machine. */
  private static Frame damaged(Frame frame, Random random) {
    int at = frame.transportAt() + random.nextInt(8);
    Frame damaged = frame.with(at, (byte) random.nextInt(256));
    // A destination port of its own choice is a closed one, or somebody's.
    return at < frame.transportAt() + 4 ? damaged.with(frame.transportAt() + 2, (byte) 0) : damaged;
  }

  private static long descriptors() {
    return new File("/proc/self/fd").list().length;
  }

  private static int freePort() throws IOException {
    try (var socket = new ServerSocket(0);
        var datagrams = new DatagramSocket(socket.getLocalPort())) {
      return datagrams.getLocalPort();
    }
  }
}
