package org.jpasst.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.net.StandardProtocolFamily;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
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
  private record Member(DatagramChannel channel, InetSocketAddress group, List<String> all)
      implements AutoCloseable {
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
            return new Member(channel, new InetSocketAddress(address, port), new ArrayList<>());
          });
    }

    /** Sends to the group, as soon as the kernel has a link-local address for that. */
    void tell(String text) {
      Await.until("a way to the group", SOON, () -> isSent(text));
    }

    private boolean isSent(String text) {
      try {
        answer(group, text);
        return true;
      } catch (SocketException e) {
        return false;
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }

    void answer(InetSocketAddress to, String text) throws IOException {
      channel.send(ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8)), to);
    }

    /** Takes what has come, up to a text. */
    Optional<Heard> hears(String text) {
      Optional<Heard> next = poll();
      while (next.isPresent() && !next.get().text().equals(text)) {
        next = poll();
      }
      return next;
    }

    private Optional<Heard> poll() {
      try {
        ByteBuffer bytes = ByteBuffer.allocate(2000);
        var from = (InetSocketAddress) channel.receive(bytes);
        if (from == null) {
          return Optional.empty();
        }
        String text = StandardCharsets.UTF_8.decode(bytes.flip()).toString();
        all.add(text);
        return Optional.of(new Heard(from, text));
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
      Heard question = heard(ofGuest, "who is there?", ofRemote);
      assertThat(question.from().getPort()).isEqualTo(port);
      heard(ofGuest, "is the host?", ofHost);
      Heard answer = heard(ofRemote, "I am", ofGuest);
      assertThat(answer.from().getPort()).isEqualTo(port);
      if (!group.startsWith("ff")) {
        assertThat(answer.address()).isEqualTo(Lab.REMOTE4);
        ofGuest.answer(answer.from(), "welcome");
        Await.until("an answer", SOON, () -> ofRemote.hears("welcome").isPresent());
      }
      heard(ofHost, "I am, too", ofGuest);
      assertThat(ofGuest.all()).as("not what it sent").containsOnly("I am", "I am, too");
    }
  }

  /**
   * One says something to the group until another one hears it: before the guest's report has come,
   * and while a kernel still tries its link-local address, nobody does.
   */
  private static Heard heard(Member from, String text, Member by) {
    return Await.value(
        "what is said to the group",
        SOON,
        () -> {
          from.tell(text);
          return by.hears(text);
        });
  }

  /** The guest has the port alone on this host, and the host joins again when it begins anew. */
  @ParameterizedTest
  @CsvSource({"224.0.0.251,5353", "ff02::fb,5353"})
  void aGroupIsHeardWhereNobodyElseOfTheHostIs(String group, int port) throws IOException {
    try (Lab lab = Lab.open();
        BackEnd backEnd = BackEnd.start(lab);
        TapGuest guest = TapGuest.connect(lab, backEnd.socket(), MTU).configure("cubic");
        Member ofRemote = Member.join(lab.remote(), "vr", group, port)) {
      for (int round = 0; round < 2; round++) {
        try (Member ofGuest = Member.join(guest.namespace(), TapGuest.DEVICE, group, port)) {
          heard(ofGuest, "who is there?", ofRemote);
          heard(ofRemote, "I am", ofGuest);
          heard(ofGuest, "and now?", ofRemote);
          heard(ofRemote, "still here", ofGuest);
          assertThat(ofGuest.all()).as("not what it sent").containsOnly("I am", "still here");
        }
      }
    }
  }
}
