package org.jpasst.proto;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.jpasst.stats.Counter;
import org.jpasst.vectors.Frame;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class DhcpResponderTest {
  private static final String DISCOVER = "350101";
  private static final String REQUEST = "350103";
  private static final int OPTIONS = 42 + 240;

  private final GuestServices services = TestConfiguration.services();

  private static String options(Frame frame) {
    return frame.toString().substring(OPTIONS * 2);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "3204c0000263", // init-reboot, 192.0.2.99
        "3604c0000202" + "3204c0000263", // selecting us
      })
  void requestForAnotherAddressIsRefused(String more) {
    Frame answer =
        services.answer(GuestFrames.dhcp("0.0.0.0", REQUEST + more + "ff")).orElseThrow();
    assertThat(options(answer)).startsWith("350106" + "3604c0000202" + "38");
    assertThat(answer.destination().getHostAddress()).isEqualTo("255.255.255.255");
    assertThat(answer.u32(42 + 16)).as("yiaddr").isZero();
  }

  @Test
  void renewalOfAnotherAddressIsRefused() {
    assertThat(services.answer(GuestFrames.dhcp("192.0.2.99", REQUEST + "ff")))
        .hasValueSatisfying(f -> assertThat(options(f)).startsWith("350106"));
    assertThat(services.answer(GuestFrames.dhcp("192.0.2.1", REQUEST + "ff")))
        .hasValueSatisfying(f -> assertThat(options(f)).contains("350105"));
  }

  @Test
  void aLeaseLastsAnHour() {
    assertThat(services.answer(GuestFrames.dhcp("192.0.2.1", REQUEST + "ff")))
        .hasValueSatisfying(f -> assertThat(options(f)).contains("3304" + "00000e10"));
  }

  @Test
  void aRenewalAtAFormerServerIsRefusedInItsName() {
    byte[] request = GuestFrames.dhcp("169.254.2.1", "169.254.2.2", REQUEST + "ff");
    assertThat(services.answer(request))
        .hasValueSatisfying(
            f -> assertThat(options(f)).startsWith("350106" + "3604a9fe0202" + "38"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "350101" + "37", // no length
        "350101" + "3740010306", // overrun
        "35020101ff", // wrong length
        "350103" + "3203c00002ff",
        "350103" + "3605c000020200ff",
        "350104ff", // DECLINE
        "350107ff", // RELEASE
        "350102ff", // OFFER
        "3501ffff",
      })
  void malformedAndForeignMessagesAreNotAnsweredButCounted(String options) {
    assertThat(services.answer(GuestFrames.dhcp("0.0.0.0", options))).isEmpty();
    assertThat(services.counters.value(Counter.DROP_DHCP)).isEqualTo(1);
  }

  @Test
  void messageTypeComesWhereItIsAskedFor() {
    assertThat(services.answer(GuestFrames.dhcp("0.0.0.0", DISCOVER + "370403350106" + "ff")))
        .hasValueSatisfying(
            f ->
                assertThat(options(f))
                    .startsWith(
                        "0304c0000202" + "350102" + "0104ffffff00" + "0604c0000235" + "1a"));
  }

  @Test
  void informNeedsAnAddressToAnswerTo() {
    assertThat(services.answer(GuestFrames.dhcp("0.0.0.0", "350108ff"))).isEmpty();
  }

  @Test
  void suffixesOfTheSearchListArePointedTo() {
    GuestServices with =
        TestConfiguration.services(
            "--search",
            "example.org",
            "--search",
            "a.example.org",
            "--search",
            "b.a.example.org.",
            "--search",
            "org",
            "--search",
            "bad..name");
    assertThat(with.answer(GuestFrames.dhcp("0.0.0.0", DISCOVER + "370177ff")))
        .hasValueSatisfying(
            f ->
                assertThat(options(f))
                    .startsWith(
                        "350102"
                            + "7717"
                            + "076578616d706c65036f726700"
                            + "0161c000"
                            + "0162c00d"
                            + "c008"));
  }

  @Test
  void everythingFitsIntoWhatAClientMustTake() {
    List<String> options = new ArrayList<>(List.of("--hostname", "h".repeat(253), "--fqdn"));
    options.add(("f".repeat(60) + ".").repeat(4) + "org");
    for (int i = 0; i < 6; i++) {
      options.add("--search");
      options.add(("s".repeat(50 + i) + ".").repeat(4) + "org");
    }
    GuestServices with = TestConfiguration.services(options.toArray(String[]::new));
    Frame frame = with.answer(GuestFrames.dhcp("0.0.0.0", DISCOVER + "ff")).orElseThrow();
    assertThat(frame.length() - 14).isLessThanOrEqualTo(576);
    int at = OPTIONS;
    while (frame.u8(at) != 255) {
      at += 2 + frame.u8(at + 1);
    }
    assertThat(at).isLessThan(frame.length());
  }
}
