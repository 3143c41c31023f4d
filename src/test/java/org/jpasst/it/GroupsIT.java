package org.jpasst.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.net.StandardProtocolFamily;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import org.jpasst.lab.Await;
import org.jpasst.lab.BackEnd;
import org.jpasst.lab.Lab;
import org.jpasst.lab.LabTest;
import org.jpasst.lab.NetworkNamespace;
import org.jpasst.lab.TapGuest;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Groups that a kernel as guest joins, and programs with real sockets on the guest, the host and
 * another node, as those of mDNS and SSDP have them.
 */
@LabTest
final class GroupsIT {
  private static final Duration SOON = Duration.ofSeconds(30);
  private static final int MTU = 1500;

  /** A program that is in a group, at the group's port. */
  private record Member(DatagramChannel channel, InetSocketAddress group) implements AutoCloseable {
    static Member join(NetworkNamespace where, String device, String group, int port) {
      return where.call(
          () -> {
            var address = InetAddress.getByName(group);
            NetworkInterface on = NetworkInterface.getByName(device);
            boolean ipv4 = address.getAddress().length == 4;
            var channel =
                DatagramChannel.open(
                    ipv4 ? StandardProtocolFamily.INET : StandardProtocolFamily.INET6);
            channel.setOption(StandardSocketOptions.SO_REUSEADDR, true);
            channel.setOption(StandardSocketOptions.IP_MULTICAST_IF, on);
            channel.setOption(StandardSocketOptions.IP_MULTICAST_TTL, 255);
            // Programs on one host hear each other; the guest is to hear what comes by its link.
            boolean isHosts = device.equals("vh");
            channel.setOption(StandardSocketOptions.IP_MULTICAST_LOOP, isHosts);
            channel.bind(new InetSocketAddress(port));
            channel.join(address, on);
            channel.configureBlocking(false);
            return new Member(channel, new InetSocketAddress(address, port));
          });
    }

    void tell(String text) throws IOException {
      answer(group, text);
    }

    void answer(InetSocketAddress to, String text) throws IOException {
      channel.send(ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8)), to);
    }

    /** Awaits a datagram; as text, sender and what it says. */
    Heard hear() {
      var heard = new Heard[1];
      Await.until("a datagram", SOON, () -> (heard[0] = poll()) != null);
      return heard[0];
    }

    private Heard poll() {
      try {
        ByteBuffer bytes = ByteBuffer.allocate(2000);
        var from = (InetSocketAddress) channel.receive(bytes);
        return from == null
            ? null
            : new Heard(from, StandardCharsets.UTF_8.decode(bytes.flip()).toString());
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }

    @Override
    public void close() throws IOException {
      channel.close();
    }
  }

  private record Heard(InetSocketAddress from, String text) {
    String address() {
      return from.getAddress().getHostAddress().replaceAll("%.*", "");
    }
  }

  /** The guest asks the group, all others hear it and answer it, some to the group. */
  @ParameterizedTest
  @CsvSource({"224.0.0.251,5353", "239.255.255.250,1900", "ff02::fb,5353"})
  void aGroupIsHeardBothWays(String group, int port) throws IOException {
    try (Lab lab = Lab.open();
        Member ofHost = Member.join(lab.host(), "vh", group, port);
        BackEnd backEnd = BackEnd.start(lab);
        TapGuest guest = TapGuest.connect(lab, backEnd.socket(), MTU).configure("cubic");
        Member ofGuest = Member.join(guest.namespace(), TapGuest.DEVICE, group, port);
        Member ofRemote = Member.join(lab.remote(), "vr", group, port)) {
      // Until the guest's report has come, the remote isn't heard.
      Await.until(
          "the host to be in the group",
          SOON,
          () -> {
            try {
              ofRemote.tell("ready?");
            } catch (IOException e) {
              throw new UncheckedIOException(e);
            }
            return ofGuest.poll() != null;
          });
      ofGuest.tell("who is there?");
      Heard question = lastOf(ofRemote);
      assertThat(question.text()).isEqualTo("who is there?");
      assertThat(question.from().getPort()).isEqualTo(port);
      assertThat(lastOf(ofHost).text()).isEqualTo("who is there?");
      ofRemote.tell("I am");
      Heard answer = lastOf(ofGuest);
      assertThat(answer.text()).as("not what it has sent itself").isEqualTo("I am");
      assertThat(answer.from().getPort()).isEqualTo(port);
      if (!group.startsWith("ff")) {
        assertThat(answer.address()).isEqualTo(Lab.REMOTE4);
        ofGuest.answer(answer.from(), "welcome");
        assertThat(ofRemote.hear().text()).isEqualTo("welcome");
      }
      ofHost.tell("I am, too");
      assertThat(ofGuest.hear().text()).isEqualTo("I am, too");
    }
  }

  /** What comes after the calls by which both sides waited for each other. */
  private static Heard lastOf(Member member) {
    Heard heard = member.hear();
    while (heard.text().equals("ready?")) {
      heard = member.hear();
    }
    return heard;
  }
}
