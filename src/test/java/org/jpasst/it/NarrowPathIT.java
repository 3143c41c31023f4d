package org.jpasst.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.List;
import org.jpasst.lab.BackEnd;
import org.jpasst.lab.Lab;
import org.jpasst.lab.LabTest;
import org.jpasst.lab.NetworkNamespace;
import org.jpasst.lab.TapGuest;
import org.jpasst.lab.TcpPair;
import org.jpasst.lab.TrafficStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * A guest that is a router for another machine, by a link that is narrower than either of them
 * knows: as tunnels are.
 */
@LabTest
final class NarrowPathIT {
  private static final int PORT = 7000;
  private static final int SIZE = 1 << 20;
  private static final Duration SOON = Duration.ofSeconds(20);

  @ParameterizedTest
  @CsvSource({"-4, 192.0.2.3, 192.0.2.77, 32", "-6, 2001:db8::3, 2001:db8::77, 128"})
  void aMachineBehindANarrowLinkOfTheGuestsDownloads(
      String family, String server, String address, int length) throws Exception {
    try (Lab lab = Lab.open();
        BackEnd backEnd = BackEnd.start(lab);
        TapGuest guest = TapGuest.connect(lab, backEnd.socket(), 1500).configure("cubic");
        NetworkNamespace machine = NetworkNamespace.create("machine");
        ServerSocketChannel listener = TcpPair.listen(lab.remote(), "::", PORT)) {
      join(guest.namespace(), machine, family, address, length);
      try (SocketChannel client = TcpPair.connect(machine, server, PORT);
          SocketChannel peer = listener.accept()) {
        TrafficStream.together(
            SOON,
            List.of(
                TrafficStream.task(
                    () -> {
                      ByteBuffer data = ByteBuffer.allocate(SIZE);
                      while (data.hasRemaining()) {
                        peer.write(data);
                      }
                      peer.shutdownOutput();
                    }),
                TrafficStream.task(
                    () -> {
                      InputStream in = Channels.newInputStream(client);
                      assertThat(in.readAllBytes()).hasSize(SIZE);
                    })));
      }
    }
  }

  /** The machine takes 1500 bytes, what the guest has on its way there less. */
  private static void join(
      NetworkNamespace guest, NetworkNamespace machine, String family, String address, int length) {
    guest.sysctl("net.ipv4.ip_forward", "1");
    guest.sysctl("net.ipv6.conf.all.forwarding", "1");
    guest.ip(
        "link add narrow type veth peer name eth0 netns %s mtu 1500".formatted(machine.name()));
    guest.ip("link set narrow mtu 1300 up");
    machine.ip("link set eth0 up");
    machine.ip(family + " addr add %s/%d dev eth0".formatted(address, length));
    machine.ip(family + " route add default dev eth0");
    guest.ip(family + " route add %s/%d dev narrow".formatted(address, length));
    // The machine takes the guest for the whole network.
    guest.sysctl("net.ipv4.conf.narrow.proxy_arp", "1");
    guest.sysctl("net.ipv6.conf.narrow.proxy_ndp", "1");
    if (family.equals("-6")) {
      guest.ip("-6 neigh add proxy " + Lab.REMOTE6 + " dev narrow");
    }
  }
}
