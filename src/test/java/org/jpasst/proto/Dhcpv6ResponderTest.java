package org.jpasst.proto;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.jpasst.stats.Counter;
import org.jpasst.vectors.Frame;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class Dhcpv6ResponderTest {
  private static final String SERVER = "0002000e" + "0001000100000000" + "9a559a559a55";
  private static final String OURS = "20010db8000000000000000000000001";
  private static final String OTHER = "20010db8000000000000000000000077";
  private static final String HALF_AND_FOUR_FIFTHS = "00000708" + "00000b40";
  private static final String AN_HOUR = "00000e10" + "00000e10";
  private static final int MESSAGE = 62;

  private final GuestServices services = TestConfiguration.services();

  private static String ia(String... addresses) {
    StringBuilder options = new StringBuilder();
    for (String address : addresses) {
      options.append("00050018").append(address).append("0000006400000064");
    }
    int length = 12 + options.length() / 2;
    return "0003%04x".formatted(length) + "11223344" + "0000000000000000" + options;
  }

  private String answer(int type, String options) {
    return services
        .answer(GuestFrames.dhcpv6(type, options))
        .map(f -> f.toString().substring(MESSAGE * 2))
        .orElse("");
  }

  @Test
  void renewAndRebindRevokeOtherAddresses() {
    String granted =
        "07abcdef"
            + SERVER
            + "00030044"
            + "11223344"
            + HALF_AND_FOUR_FIFTHS
            + "00050018"
            + OURS
            + AN_HOUR
            + "00050018"
            + OTHER
            + "0000000000000000"
            + "0001000400030001";
    assertThat(answer(5, SERVER + ia(OTHER))).isEqualTo(granted);
    assertThat(answer(6, ia(OTHER))).isEqualTo(granted);
  }

  @Test
  void guestIsKnownByItsAddressOnceItIsTold() {
    services.guest.uses(0x2001_0db8_0001_0000L, 2, 0x5254_0012_3456L);
    answer(1, ia());
    assertThat(services.guest.seen6Lo()).isEqualTo(2);
    answer(3, SERVER + ia());
    assertThat(services.guest.isAssigned(services.guest.seen6Hi(), services.guest.seen6Lo()))
        .isTrue();
  }

  @ParameterizedTest
  @ValueSource(ints = {3, 5, 8, 9})
  void messagesToOneServerNeedItsIdentifier(int type) {
    assertThat(answer(type, ia(OURS))).isEmpty();
    assertThat(answer(type, SERVER.replace("9a559a559a55", "9a559a559a56") + ia(OURS))).isEmpty();
    assertThat(answer(type, SERVER + ia(OURS))).startsWith("07abcdef" + SERVER);
    assertThat(services.counters.value(Counter.DROP_DHCP6)).isEqualTo(2);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 4, 6})
  void messagesToAllServersMustNotNameOne(int type) {
    assertThat(answer(type, SERVER + ia(OURS))).isEmpty();
    assertThat(answer(type, ia(OURS))).isNotEmpty();
  }

  @Test
  void thereIsNothingToConfirmWithoutAnAddress() {
    assertThat(answer(4, ia())).isEmpty();
  }

  @Test
  void informationRequestWithAnAssociationIsDiscarded() {
    assertThat(answer(11, ia())).isEmpty();
    assertThat(answer(11, "")).isEqualTo("07abcdef" + SERVER + "0001000400030001");
  }

  @Test
  void longestAnswerFitsIntoTheLeastMtu() {
    List<String> options =
        new ArrayList<>(List.of("--fqdn", ("f".repeat(60) + ".").repeat(4) + "o"));
    for (int i = 0; i < 6; i++) {
      options.addAll(List.of("--search", "s".repeat(50 + i) + "." + "t".repeat(60)));
      options.addAll(List.of("--dns", "2001:db8::5" + i));
    }
    GuestServices with = TestConfiguration.services(options.toArray(String[]::new));
    String client = "00010080" + "ab".repeat(128);
    Frame frame =
        with.answer(GuestFrames.dhcpv6(5, SERVER + client + ia(OTHER, OTHER, OTHER, OTHER, OTHER)))
            .orElseThrow();
    assertThat(frame.length()).isLessThanOrEqualTo(14 + 1280);
    assertThat(frame.checksumsHold()).isTrue();
  }

  @Test
  void clientIdentifierLongerThanAnyIsDiscarded() {
    assertThat(answer(1, "00010081" + "ab".repeat(129))).isEmpty();
  }
}
