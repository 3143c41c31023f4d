package org.jpasst.demo;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.lang.foreign.ValueLayout;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import org.jpasst.lab.BackEnd;
import org.jpasst.lab.Lab;
import org.jpasst.lab.LabTest;
import org.jpasst.lab.TapGuest;
import org.jpasst.lab.TcpPair;
import org.jpasst.net.IpAddress;
import org.jpasst.wire.IpProtocol;
import org.jpasst.wire.UdpHeader;
import org.junit.jupiter.api.Test;

/** The host's network comes, changes and goes while a guest is there. */
@LabTest
final class HostChangesIT {
  private static final IpAddress REMOTE = ip(Lab.REMOTE4);
  private static final IpAddress GATEWAY = ip(Lab.GATEWAY4);
  private static final IpAddress OTHER = ip("192.0.2.9");
  private static final IpAddress LOCAL_MODE = ip("169.254.2.1");
  private static final int PORT = 5001;
  private static final int DNS = 53;

  /** A loaded machine takes its time; an idle one, a tenth of a second. */
  private static final Duration SOON = Duration.ofSeconds(20);

  private static IpAddress ip(String text) {
    return IpAddress.parse(text).orElseThrow();
  }

  private static void takeNetworkDown(Lab lab) {
    lab.host().ip("link set vh down");
    lab.host().ip("addr flush dev vh");
  }

  private static void bringNetworkUp(Lab lab, String address) {
    lab.host().ip("link set vh up");
    lab.host().ip("addr add " + address + "/24 dev vh");
    lab.host().ip("addr add " + Lab.HOST6 + "/64 dev vh nodad");
    lab.host().ip("route add default via " + Lab.GATEWAY4);
    lab.host().ip("-6 route add default via " + Lab.GATEWAY6);
  }

  private static DhcpClient.Lease lease(Guest guest) throws IOException {
    return new DhcpClient(guest).lease().orElseThrow();
  }

  /** A request that meets the change between its offer and itself gets no answer. */
  private static DhcpClient.Lease awaitLease(Guest guest, Predicate<DhcpClient.Lease> wanted)
      throws IOException {
    long deadline = System.nanoTime() + SOON.toNanos();
    Optional<DhcpClient.Lease> lease = new DhcpClient(guest).lease();
    while (lease.filter(wanted).isEmpty()) {
      assertThat(System.nanoTime()).as("no other lease than " + lease).isLessThan(deadline);
      lease = new DhcpClient(guest).lease();
    }
    return lease.get();
  }

  private static void awaitPing(Guest guest, IpAddress from, IpAddress to) throws IOException {
    var ping = new Ping(guest);
    long deadline = System.nanoTime() + SOON.toNanos();
    while (ping.send(from, to).isEmpty()) {
      assertThat(System.nanoTime()).as("no ping to " + to).isLessThan(deadline);
    }
  }

  @Test
  void aBackEndThatWasThereBeforeTheNetworkTakesItUp() throws IOException {
    try (Lab lab = Lab.open()) {
      takeNetworkDown(lab);
      try (BackEnd backEnd = BackEnd.start(lab);
          GuestPort port = GuestPort.connect(backEnd.socket())) {
        var guest = new Guest(port);
        assertThat(lease(guest).address()).isEqualTo(LOCAL_MODE);
        assertThat(new Neighbours(guest).solicit().orElseThrow().prefix()).isEmpty();

        bringNetworkUp(lab, Lab.HOST4);
        // It needn't have the new address to be online.
        awaitPing(guest, LOCAL_MODE, REMOTE);
        DhcpClient.Lease lease = awaitLease(guest, l -> l.address().equals(ip(Lab.HOST4)));
        assertThat(lease.router()).isEqualTo(GATEWAY);
        assertThat(lease.resolvers()).containsExactly(REMOTE);
        awaitPing(guest, lease.address(), REMOTE);
        assertThat(new Neighbours(guest).solicit().orElseThrow().prefix())
            .contains(ip("2001:db8::"));
      }
    }
  }

  @Test
  void anotherAddressOfTheHostIsForNewFlowsAndOldOnesLiveOn() throws IOException {
    try (Lab lab = Lab.open();
        BackEnd backEnd = BackEnd.start(lab);
        TapGuest tap = TapGuest.connect(lab, backEnd.socket(), 1500).configure("cubic");
        ServerSocketChannel onHost = TcpPair.listen(lab.host(), "127.0.0.1", PORT);
        ServerSocketChannel onRemote = TcpPair.listen(lab.remote(), Lab.REMOTE4, PORT);
        TcpPair old = TcpPair.connect(tap.namespace(), Lab.GATEWAY4, PORT, onHost)) {
      old.exchange((byte) 1);
      lab.host().ip("addr del " + Lab.HOST4 + "/24 dev vh");
      lab.host().ip("addr add " + OTHER + "/24 dev vh");
      lab.host().ip("route add default via " + Lab.GATEWAY4);
      backEnd.process().awaitLine("assign: " + OTHER, SOON);

      try (SocketChannel client = TcpPair.connect(tap.namespace(), Lab.REMOTE4, PORT);
          SocketChannel server = onRemote.accept()) {
        assertThat(client.isConnected()).isTrue();
        assertThat(((InetSocketAddress) server.getRemoteAddress()).getAddress().getHostAddress())
            .isEqualTo(OTHER.toString());
      }
      old.exchange((byte) 2);
    }
  }

  @Test
  void anInterfaceThatGoesAndComesBackChangesNothingForTheGuest() throws IOException {
    try (Lab lab = Lab.open();
        BackEnd backEnd = BackEnd.start(lab);
        GuestPort port = GuestPort.connect(backEnd.socket())) {
      var guest = new Guest(port);
      awaitPing(guest, lease(guest).address(), REMOTE);
      takeNetworkDown(lab);
      // Where it comes back with another address, the change before it was looked at too.
      assertThat(lease(guest).address()).isEqualTo(ip(Lab.HOST4));
      bringNetworkUp(lab, Lab.HOST4);
      awaitPing(guest, ip(Lab.HOST4), REMOTE);
      assertThat(lease(guest).address()).isEqualTo(ip(Lab.HOST4));

      takeNetworkDown(lab);
      bringNetworkUp(lab, OTHER.toString());
      awaitLease(guest, l -> l.address().equals(OTHER));
      awaitPing(guest, OTHER, REMOTE);
    }
  }

  @Test
  void theGuestIsToldOfOtherResolversAndItsQuestionsFollowAtOnce() throws IOException {
    try (Lab lab = Lab.open();
        BackEnd backEnd = BackEnd.start(lab);
        GuestPort port = GuestPort.connect(backEnd.socket());
        DatagramChannel stub = bound(lab, "127.0.0.53")) {
      var guest = new Guest(port);
      assertThat(lease(guest).resolvers()).containsExactly(REMOTE);
      lab.resolvConf("nameserver 127.0.0.53\n");
      DhcpClient.Lease lease = awaitLease(guest, l -> l.resolvers().equals(List.of(GATEWAY)));
      // The address told now, and the one told before.
      assertThat(ask(guest, lease.address(), GATEWAY, stub)).contains("answer");
      assertThat(ask(guest, lease.address(), REMOTE, stub)).contains("answer");
    }
  }

  private static DatagramChannel bound(Lab lab, String address) throws IOException {
    DatagramChannel channel = lab.host().call(DatagramChannel::open);
    return channel
        .setOption(StandardSocketOptions.SO_REUSEADDR, true)
        .bind(new InetSocketAddress(address, DNS));
  }

  /** What a server says to a question, if it gets there: it is sent once, as over any network. */
  private static Optional<String> ask(
      Guest guest, IpAddress from, IpAddress to, DatagramChannel server) throws IOException {
    int source = 40_000 + (int) (to.lo() & 0xff);
    guest.sendUdp(from, source, to, DNS, "question".getBytes(StandardCharsets.US_ASCII));
    ByteBuffer question = ByteBuffer.allocate(100);
    server.send(
        ByteBuffer.wrap("answer".getBytes(StandardCharsets.US_ASCII)), server.receive(question));
    return guest.awaitPacket(
        IpProtocol.UDP,
        packet ->
            packet.source().equals(to)
                ? Optional.of(
                    new String(
                        packet.payload().asSlice(UdpHeader.LENGTH).toArray(ValueLayout.JAVA_BYTE),
                        StandardCharsets.US_ASCII))
                : Optional.empty());
  }
}
