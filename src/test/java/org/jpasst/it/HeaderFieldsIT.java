package org.jpasst.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.StandardSocketOptions;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import org.jpasst.lab.BackEnd;
import org.jpasst.lab.Lab;
import org.jpasst.lab.LabProcess;
import org.jpasst.lab.LabTest;
import org.jpasst.lab.LabTree;
import org.jpasst.lab.NetworkNamespace;
import org.jpasst.lab.TapGuest;
import org.jpasst.lab.TcpPair;
import org.junit.jupiter.api.Test;

/** What the headers of IP ask of the network, with a kernel as the guest. */
@LabTest
final class HeaderFieldsIT {
  private static final int PORT = 7000;
  private static final Duration SOON = Duration.ofSeconds(30);
  private static final Pattern HOP = Pattern.compile("(?m)^ *\\d+ +(\\S+)");

  @Test
  void whatTheGuestAsksOfTheNetworkIsAskedByTheHost() throws Exception {
    try (Lab lab = Lab.open();
        BackEnd backEnd = BackEnd.start(lab);
        TapGuest guest = TapGuest.connect(lab, backEnd.socket(), 1500).configure("cubic")) {
      assertThat(hops(guest)).as("traceroute by datagrams").startsWith(Lab.GATEWAY4);
      assertThat(hops(guest)).last().isEqualTo(Lab.OFF_LINK4);
      assertThat(hops(guest, "-I")).containsExactly(Lab.GATEWAY4, Lab.OFF_LINK4);
      count(lab.remote());
      for (String address : List.of(Lab.REMOTE4, Lab.REMOTE6)) {
        connect(lab, address);
      }
      assertThat(counted(lab.remote(), "cs5")).as("the handshake").isGreaterThanOrEqualTo(2);
      assertThat(counted(lab.remote(), "ef")).as("what was sent later").isGreaterThanOrEqualTo(2);
    }
  }

  private static List<String> hops(TapGuest guest, String... options) {
    var command =
        new ArrayList<>(List.of("busybox", "traceroute", "-n", "-q", "1", "-w", "2", "-m", "5"));
    command.addAll(List.of(options));
    command.add(Lab.OFF_LINK4);
    try (LabProcess process = guest.namespace().start(LabTree.testing().inside(command))) {
      int status = process.awaitExit(SOON);
      assertThat(status).as(process.output()).isZero();
      String hops = process.output().lines().skip(1).reduce("", (all, line) -> all + line + "\n");
      return HOP.matcher(hops).results().map(each -> each.group(1)).toList();
    }
  }

  /** Has the remote count segments by their code point. */
  private static void count(NetworkNamespace remote) {
    for (String rule :
        List.of(
            "add table inet t",
            "add chain inet t c { type filter hook input priority 0; }",
            "add rule inet t c ip dscp cs5 tcp dport 7000 counter",
            "add rule inet t c ip6 dscp cs5 tcp dport 7000 counter",
            "add rule inet t c ip dscp ef tcp dport 7000 counter",
            "add rule inet t c ip6 dscp ef tcp dport 7000 counter")) {
      remote.run("nft", rule);
    }
  }

  /** How many rules of the code point have counted anything. */
  private static long counted(NetworkNamespace remote, String codePoint) {
    return remote
        .run("nft", "list", "chain", "inet", "t", "c")
        .lines()
        .filter(each -> each.contains("dscp " + codePoint))
        .filter(each -> !each.contains("packets 0 "))
        .count();
  }

  private static void connect(Lab lab, String address) throws Exception {
    try (ServerSocketChannel server = TcpPair.listen(lab.remote(), address, PORT);
        SocketChannel client = lab.guest().call(SocketChannel::open)) {
      client.setOption(StandardSocketOptions.IP_TOS, 0xa0);
      client.connect(server.getLocalAddress());
      try (var pair = new TcpPair(client, server.accept())) {
        pair.exchange((byte) 1);
        client.setOption(StandardSocketOptions.IP_TOS, 0xb8);
        pair.exchange((byte) 2);
      }
    }
  }
}
