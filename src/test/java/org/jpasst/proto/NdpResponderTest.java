package org.jpasst.proto;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jpasst.config.ChangedConfiguration;
import org.jpasst.config.Configuration;
import org.jpasst.config.Ipv6Settings;
import org.jpasst.net.IpAddress;
import org.jpasst.proto.ndp.NdpResponder;
import org.jpasst.proto.ndp.Withdrawn;
import org.jpasst.vectors.Frame;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class NdpResponderTest {
  private final GuestServices services = TestConfiguration.services();

  @ParameterizedTest
  @ValueSource(strings = {"2001:db8::2", "fe80::ff:fe00:1"})
  void duplicateAddressDetectionFindsOurAddressesTaken(String address) {
    Frame answer = services.answer(GuestFrames.solicitation("::", address)).orElseThrow();
    assertThat(answer.toString()).startsWith("333300000001");
    assertThat(answer.destination().getHostAddress()).isEqualTo("ff02:0:0:0:0:0:0:1");
    assertThat(answer.u32(58)).as("router, override, not solicited").isEqualTo(0xa000_0000L);
    assertThat(answer.checksumsHold()).isTrue();
  }

  @Test
  void duplicateAddressDetectionFindsOtherAddressesFree() {
    assertThat(services.answer(GuestFrames.solicitation("::", "2001:db8::77"))).isEmpty();
    assertThat(services.answer(GuestFrames.solicitation("::", "2001:db8::1"))).isEmpty();
  }

  @Test
  void messagesThatRfc4861DiscardsAreDiscarded() {
    byte[] good = GuestFrames.solicitation("fe80::1234", "2001:db8::2");
    assertThat(services.answer(good)).isPresent();

    assertThat(services.answer(Frame.of(good).with(56, (byte) 1).bytes())).as("checksum").isEmpty();
    assertThat(services.answer(Frame.of(good).with(21, (byte) 254).bytes())).as("hops").isEmpty();
    assertThat(services.answer(Frame.of(good).with(55, (byte) 1).withTransportChecksum().bytes()))
        .as("code")
        .isEmpty();
    assertThat(services.answer(GuestFrames.solicitation("fe80::1234", "ff02::2")))
        .as("multicast target")
        .isEmpty();
    assertThat(answerTo("8700000000000000" + "20010db8000000000000000000000002" + "0100"))
        .as("option cut off")
        .isEmpty();
    assertThat(
            answerTo("8700000000000000" + "20010db8000000000000000000000002" + "0100525400123456"))
        .as("option of length 0")
        .isEmpty();
  }

  private Optional<Frame> answerTo(String message) {
    return services.answer(
        GuestFrames.icmpv6(GuestFrames.LINK_LOCAL, GuestServices.address("ff02::1"), message));
  }

  @Test
  void solicitationFromUnspecifiedWithSourceLinkLayerAddressIsDiscarded() {
    IpAddress routers = GuestServices.address("ff02::2");
    assertThat(services.answer(GuestFrames.icmpv6(IpAddress.ANY6, routers, "8500000000000000")))
        .isPresent();
    assertThat(
            services.answer(
                GuestFrames.icmpv6(
                    IpAddress.ANY6, routers, "8500000000000000" + "0101525400123456")))
        .isEmpty();
  }

  @Test
  void unsolicitedAdvertisementGoesToAllNodes() {
    Frame frame = services.frame(services.ndp.orElseThrow()::advertiseRouter).orElseThrow();
    assertThat(frame.destination().getHostAddress()).isEqualTo("ff02:0:0:0:0:0:0:1");
    assertThat(frame.checksumsHold()).isTrue();
  }

  @Test
  void announcementIsNotSolicited() {
    Frame frame =
        services
            .frame((s, at) -> services.ndp.orElseThrow().announce(s, at, 1, 2, 3))
            .orElseThrow();
    assertThat(frame.u32(58)).isEqualTo(0xa000_0000L);
    assertThat(frame.checksumsHold()).isTrue();
  }

  @Test
  void optionsOfTheAdvertisementAddUpForEverySearchList() {
    for (int length = 1; length <= 63; length++) {
      for (int names = 1; names <= 6; names++) {
        List<String> options = new ArrayList<>();
        for (int i = 0; i < names; i++) {
          options.add("--search");
          options.add("x".repeat(length) + "." + "y".repeat(60) + "." + "z".repeat(60));
        }
        checkOptions(
            advertisement(TestConfiguration.services(options.toArray(String[]::new))), true);
      }
    }
  }

  @Test
  void searchListIsToldWithoutResolvers() {
    Frame frame = advertisement(TestConfiguration.services("--dns", "none", "--search", "a.b"));
    assertThat(frame.toString()).contains("1f020000ffffffff" + "0161016200" + "000000");
    checkOptions(frame, true);
  }

  @Test
  void linkLocalAddressMakesNoPrefix() {
    checkOptions(advertisement(TestConfiguration.services("--address", "fe80::99")), false);
  }

  @Test
  void withoutAssignedAddressThereIsNeitherPrefixNorSolicitation() {
    Configuration c = TestConfiguration.with();
    Ipv6Settings s = c.ipv6().orElseThrow();
    Configuration local =
        ChangedConfiguration.from(c)
            .ipv4(Optional.empty())
            .ipv6(
                Optional.of(
                    new Ipv6Settings(
                        Optional.empty(),
                        Optional.empty(),
                        s.ourLinkLocal(),
                        s.template(),
                        s.resolvers(),
                        s.translation(),
                        s.outbound())))
            .get();
    GuestServices localMode = new GuestServices(local, (_, _) -> 1);
    checkOptions(advertisement(localMode), false);
    assertThat(localMode.onConnected()).isEmpty();
  }

  @Test
  void whatIsNotTrueAnyMoreIsTakenBack() {
    Configuration before =
        TestConfiguration.with(
            "--address", "2001:db8:9::1", "--dns", "2001:db8:9::53", "--search", "old.example");
    Configuration now = TestConfiguration.with("--dns", "2001:db8::53", "--search", "a.b");
    Withdrawn withdrawn = Withdrawn.NONE.after(before, now);
    var responder =
        new NdpResponder(
            now,
            now.ipv6().orElseThrow(),
            withdrawn,
            (_, _) -> 1,
            (_, _) -> false,
            services.counters);
    Frame frame = services.frame(responder::advertiseRouter).orElseThrow();
    checkOptions(frame, true);
    assertThat(frame.toString())
        .contains("030440c0" + "ffffffffffffffff" + "00000000" + "20010db8000000000000000000000000")
        .contains("030440c0" + "0000000000000000" + "00000000" + "20010db8000900000000000000000000")
        .contains("19030000" + "ffffffff" + "20010db8000000000000000000000053")
        .contains("19030000" + "00000000" + "20010db8000900000000000000000053")
        .contains("1f030000" + "00000000" + "036f6c64076578616d706c6500");
    // Back where it was, the prefix is a good one again.
    assertThat(withdrawn.after(now, before).prefixes()).containsExactly(ip("2001:db8::"));
    assertThat(withdrawn.after(now, now)).isEqualTo(withdrawn);
  }

  @Test
  void aRouterWhoseAddressChangesSaysGoodbye() {
    NdpResponder former = services.ndp.orElseThrow();
    NdpResponder same = TestConfiguration.services().ndp.orElseThrow();
    NdpResponder next = TestConfiguration.services("--gateway", "fe80::99").ndp.orElseThrow();
    assertThat(services.frame((s, at) -> former.retire(same, s, at))).isEmpty();
    Frame goodbye = services.frame((s, at) -> former.retire(next, s, at)).orElseThrow();
    assertThat(goodbye.source().getHostAddress()).startsWith("fe80:0:0:0:0:ff:fe00:1");
    assertThat(goodbye.u8(54)).isEqualTo(134);
    assertThat(goodbye.u16(54 + 6)).as("router lifetime").isZero();
    checkOptions(goodbye, false);
  }

  private static IpAddress ip(String text) {
    return IpAddress.parse(text).orElseThrow();
  }

  private static Frame advertisement(GuestServices services) {
    return services.frame(services.ndp.orElseThrow()::advertiseRouter).orElseThrow();
  }

  private static void checkOptions(Frame frame, boolean prefix) {
    assertThat(frame.length()).isLessThanOrEqualTo(14 + 1280);
    assertThat(frame.checksumsHold()).isTrue();
    int at = 54 + 16;
    boolean found = false;
    while (at < frame.length()) {
      int length = frame.u8(at + 1) * 8;
      assertThat(length).isPositive();
      found |= frame.u8(at) == 3;
      at += length;
    }
    assertThat(at).isEqualTo(frame.length());
    assertThat(found).isEqualTo(prefix);
  }
}
