package org.jpasst.proto.udp;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.DatagramPacket;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.jpasst.guest.LinkCapabilities;
import org.jpasst.proto.icmp.ErrorFrames;
import org.jpasst.proto.udp.UdpGuest.Peer;
import org.jpasst.stats.Counter;
import org.jpasst.vectors.Cut;
import org.jpasst.vectors.Frame;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Datagrams that are longer than the guest's link takes, which is 1500 bytes. */
final class UdpFragmentsTest {
  private static final int PORT = 40_000;
  private static final int MTU = 1500;
  private static final int ETHERNET = 14;

  private final byte[] data = new byte[4000];
  private UdpGuest guest;

  @BeforeEach
  void start() throws IOException {
    guest = new UdpGuest();
    new Random(1).nextBytes(data);
  }

  @AfterEach
  void end() {
    guest.close();
  }

  /** The guest asks, and the peer answers with all of the data. */
  private DatagramPacket answer(Peer peer, boolean ipv4) throws IOException {
    if (ipv4) {
      guest.send4(PORT, peer.port(), "question");
    } else {
      guest.send6(PORT, peer.port(), "question");
    }
    DatagramPacket question = peer.receive();
    answer(peer, question);
    return question;
  }

  private void answer(Peer peer, DatagramPacket question) throws IOException {
    peer.socket.send(new DatagramPacket(data, data.length, question.getSocketAddress()));
  }

  private List<Frame> frames(int count) {
    List<Frame> frames = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      frames.add(guest.host.frame());
    }
    return frames;
  }

  private void assertWhole(List<Frame> fragments, int mtu) {
    assertThat(fragments).allMatch(each -> each.length() <= mtu + ETHERNET);
    Frame whole = Cut.together(fragments);
    assertThat(whole.payload()).isEqualTo(data);
    assertThat(whole.checksumsHold()).isTrue();
  }

  @ParameterizedTest
  @CsvSource({"127.0.0.1, true", "::1, false"})
  void theyComeInFragments(String address, boolean ipv4) throws IOException {
    try (Peer peer = new Peer(address)) {
      DatagramPacket question = answer(peer, ipv4);
      List<Frame> first = frames(3);
      assertWhole(first, MTU);
      answer(peer, question);
      List<Frame> second = frames(3);
      assertWhole(second, MTU);
      int number = ipv4 ? 18 : 60;
      assertThat(first.getFirst().u16(number)).isNotEqualTo(second.getFirst().u16(number));
    }
  }

  @ParameterizedTest
  @CsvSource({"127.0.0.1, true", "::1, false"})
  void theOthersFollowWhenThereIsRoom(String address, boolean ipv4) throws IOException {
    try (Peer peer = new Peer(address)) {
      guest.host.sink.setRoom(1);
      DatagramPacket question = answer(peer, ipv4);
      answer(peer, question);
      List<Frame> fragments = new ArrayList<>(frames(1));
      guest.host.settle();
      assertThat(guest.host.sink.frames()).isEmpty();
      guest.host.sink.setRoom(4);
      guest.udp.onRoom(guest.host.now());
      fragments.addAll(frames(4));
      guest.host.sink.setRoom(4);
      guest.udp.onRoom(guest.host.now());
      fragments.addAll(frames(1));
      assertWhole(fragments.subList(0, 3), MTU);
      assertWhole(fragments.subList(3, 6), MTU);
    }
  }

  @ParameterizedTest
  @CsvSource({"127.0.0.1, true, 1000", "::1, false, 1300"})
  void aNarrowerPathBehindTheGuestGetsShorterOnes(String address, boolean ipv4, int mtu)
      throws IOException {
    try (Peer peer = new Peer(address)) {
      DatagramPacket question = answer(peer, ipv4);
      guest.send(ErrorFrames.tooBig(frames(3).getFirst(), mtu));
      answer(peer, question);
      assertWhole(frames(ipv4 ? 5 : 4), mtu);
      assertThat(guest.host.counters.value(Counter.ICMP_TOO_BIG)).isOne();
    }
  }

  /** As the guest cuts up frames, it would make datagrams of one that is a single one. */
  @ParameterizedTest
  @CsvSource({"127.0.0.1, true", "::1, false"})
  void aGuestThatCutsUpFramesGetsFragmentsToo(String address, boolean ipv4) throws IOException {
    guest.host.sink.setCapabilities(new LinkCapabilities(true, true, true, true, true));
    try (Peer peer = new Peer(address)) {
      answer(peer, ipv4);
      assertWhole(frames(3), MTU);
    }
  }
}
