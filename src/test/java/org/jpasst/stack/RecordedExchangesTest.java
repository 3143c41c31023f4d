package org.jpasst.stack;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.jpasst.config.Configuration;
import org.jpasst.linux.Errno;
import org.jpasst.net.IpAddress;
import org.jpasst.net.MacAddress;
import org.jpasst.proto.RecordedConfiguration;
import org.jpasst.proto.socket.FailingSockets;
import org.jpasst.vectors.ExpectedFrame;
import org.jpasst.vectors.Frame;
import org.jpasst.vectors.FrameVector;
import org.jpasst.vectors.FrameVectors;
import org.jpasst.vectors.Step;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The recorded exchanges in which the host has no part, replayed to a stack that can't open a
 * socket: what the stack answers itself, and what it must not let pass.
 */
final class RecordedExchangesTest {
  private static final HexFormat HEX = HexFormat.of();

  /** The host is asked in these, too: something of what is sent is good, or pings. */
  private static final Set<String> GO_OUT =
      Set.of("bad-ip6-fragment", "bad-ip6-hop-by-hop", "bad-source-mac-change");

  static List<String> ofTheGuestServices() {
    return names("arp-", "ndp-", "dhcp", "startup");
  }

  static List<String> ofWhatIsDropped() {
    return Stream.concat(
            names("bad-").stream(),
            Stream.of("icmp-disabled", "udp-disabled", "tcp-disabled", "icmp-reply-from-guest"))
        .filter(name -> !GO_OUT.contains(name))
        .filter(name -> FrameVectors.load(name).steps().stream().noneMatch(each -> isOfHost(each)))
        .toList();
  }

  private static List<String> names(String... prefixes) {
    return FrameVectors.names().stream()
        .filter(name -> Stream.of(prefixes).anyMatch(name::startsWith))
        .toList();
  }

  /** Whether anything goes to the host or comes from there. */
  private static boolean isOfHost(Step step) {
    return switch (step) {
      case Step.Send _, Step.Expect _, Step.Silence _, Step.UdpBind _, Step.TcpListen _ -> false;
      case Step.UdpReceive receive -> receive.datagram().isPresent();
      default -> true;
    };
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource({"ofTheGuestServices", "ofWhatIsDropped"})
  void answersAsRecordedOrAsDocumentedOtherwise(String name) throws IOException {
    FrameVector vector = FrameVectors.load(name);
    Configuration configuration = RecordedConfiguration.of(vector);
    var sockets = FailingSockets.failing("socket", -Errno.EACCES);
    try (var guest = new StackGuest(sockets, configuration)) {
      learnNeighbours(guest.stack, vector);
      guest.connect();
      check(vector.startup(), guest.received());
      String recordedDuid = "";
      for (FrameVector.Exchange exchange : vector.exchanges()) {
        guest.send(withOurDuid(exchange.request(), recordedDuid, configuration));
        check(exchange.answers(), guest.received());
        recordedDuid = duid(exchange.answers()).orElse(recordedDuid);
      }
    }
  }

  private static void check(List<ExpectedFrame> expected, List<Frame> actual) {
    var differences = new ArrayList<String>();
    for (int i = 0; i < Math.min(expected.size(), actual.size()); i++) {
      expected.get(i).difference(actual.get(i)).ifPresent(differences::add);
    }
    assertThat(differences).isEmpty();
    assertThat(actual).hasSameSizeAs(expected);
  }

  /** All of the remote's addresses had neighbour entries. */
  private static void learnNeighbours(NetStack stack, FrameVector vector) {
    long mac = MacAddress.parse(vector.host().remoteMac()).orElseThrow().bits();
    for (String each : vector.host().remoteAddresses()) {
      IpAddress address = IpAddress.parse(each.substring(0, each.indexOf('/'))).orElseThrow();
      stack.neighbours().learn(address.hi(), address.lo(), mac);
    }
  }

  /** The server identifier in a recorded DHCPv6 answer, in hex: it comes first. */
  private static Optional<String> duid(List<ExpectedFrame> answers) {
    return answers.stream()
        .map(ExpectedFrame::frame)
        .filter(f -> f.etherType() == Frame.IPV6 && f.isUdp() && f.sourcePort() == 547)
        .map(f -> HEX.formatHex(f.range(70, 84)))
        .findFirst();
  }

  private static Frame withOurDuid(Frame frame, String recorded, Configuration configuration) {
    String hex = frame.toString();
    int at = recorded.isEmpty() ? -1 : hex.indexOf(recorded);
    if (at < 0) {
      return frame;
    }
    String ours = "0001000100000000" + configuration.ourMac().toString().replace(":", "");
    return frame.with(at / 2, HEX.parseHex(ours)).withTransportChecksum();
  }
}
