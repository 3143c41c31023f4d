package org.jpasst.proto;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.jpasst.config.Configuration;
import org.jpasst.net.MacAddress;
import org.jpasst.net.MacLookup;
import org.jpasst.vectors.ExpectedFrame;
import org.jpasst.vectors.Frame;
import org.jpasst.vectors.FrameVector;
import org.jpasst.vectors.FrameVectors;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The recorded exchanges of the guest services, replayed without a back-end around them. */
class GuestServiceVectorsTest {
  private static final HexFormat HEX = HexFormat.of();

  static List<String> names() {
    return FrameVectors.names().stream()
        .filter(n -> Stream.of("arp-", "ndp-", "dhcp", "startup").anyMatch(n::startsWith))
        .toList();
  }

  @ParameterizedTest
  @MethodSource("names")
  void answersAsRecordedOrAsDocumentedOtherwise(String name) {
    FrameVector vector = FrameVectors.load(name);
    Configuration configuration = RecordedConfiguration.of(vector);
    GuestServices services = new GuestServices(configuration, neighbours(vector, configuration));

    check(vector.startup(), services.onConnected());
    String recordedDuid = "";
    for (FrameVector.Exchange exchange : vector.exchanges()) {
      Frame request = withOurDuid(exchange.request(), recordedDuid, configuration);
      List<Frame> answers = services.answer(request.bytes()).stream().toList();
      check(exchange.answers(), answers);
      recordedDuid = duid(exchange.answers()).orElse(recordedDuid);
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

  /** The remote's addresses have neighbour entries, but the gateways stand for the host itself. */
  private static MacLookup neighbours(FrameVector vector, Configuration configuration) {
    long ours = configuration.ourMac().bits();
    long remote = MacAddress.parse(vector.host().remoteMac()).orElseThrow().bits();
    var addresses =
        vector.host().remoteAddresses().stream()
            .map(a -> GuestServices.address(a.substring(0, a.indexOf('/'))))
            .filter(a -> !a.equals(configuration.ipv4().flatMap(s -> s.gateway()).orElse(null)))
            .filter(a -> !a.equals(configuration.ipv6().flatMap(s -> s.gateway()).orElse(null)))
            .toList();
    return (hi, lo) ->
        addresses.stream().anyMatch(a -> a.hi() == hi && a.lo() == lo) ? remote : ours;
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
