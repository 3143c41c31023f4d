package org.jpasst.net;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Locale;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What inet_pton(3) of the GNU C library says to each, and inet_ntop(3) or RFC 5952 writes. */
final class AddressTextTest {
  @ParameterizedTest
  @CsvSource({
    "0.0.0.0, 0.0.0.0",
    "255.255.255.255, 255.255.255.255",
    "::, ::",
    "::1, ::1",
    "1::, 1::",
    "::0:0, ::",
    "::ffff:1.2.3.4, 1.2.3.4",
    "::ffff:0102:0304, 1.2.3.4",
    "1:2:3:4:5:6:7:8, 1:2:3:4:5:6:7:8",
    "1:2:3:4:5:6:7::, 1:2:3:4:5:6:7:0",
    "::2:3:4:5:6:7:8, 0:2:3:4:5:6:7:8",
    "1::3:4:5:6:7:8, 1:0:3:4:5:6:7:8",
    "1:2:3:4:5:6:1.2.3.4, 1:2:3:4:5:6:102:304",
    "::1:2:3:4:5:1.2.3.4, 0:1:2:3:4:5:102:304",
    "2001:DB8::A, 2001:db8::a",
    "2001:db8::00a, 2001:db8::a",
    "2001:db8:0:0:1:0:0:1, 2001:db8::1:0:0:1",
    "2001:db8:0:1:1:1:1:1, 2001:db8:0:1:1:1:1:1"
  })
  void anAddressIsReadAndWrittenInItsShortestForm(String text, String canonical) {
    assertThat(IpAddress.parse(text)).map(IpAddress::toString).contains(canonical);
    assertThat(IpAddress.parse(canonical)).isEqualTo(IpAddress.parse(text));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "256.0.0.0",
        "1.2.3",
        "1.2.3.4.5",
        "01.2.3.4",
        "1.2.3.04",
        "1.2.3.",
        "1..2.3",
        ".1.2.3",
        "1.2.3.4 ",
        " 1.2.3.4",
        "0x1.2.3.4",
        "1.2.3.4/24",
        "\u0661.2.3.4",
        "1:2:3:4:5:6:7",
        "1:2:3:4:5:6:7:8:9",
        "1::2::3",
        ":::",
        ":1::2",
        "1::2:",
        "1:2:3:4::5:6:7:8",
        "1:2:3:4:5:6:7:1.2.3.4",
        "1.2.3.4::",
        "::1.2.3.4:5",
        "::01.2.3.4",
        "2001:db8::0000a",
        "2001:db8::g",
        "fe80::1%eth0",
        "fe80::1%1",
        "[::1]",
        "\uff11::",
        "1:2:3:4:5:6::1.2.3.4",
        "a.b.c.d",
        "localhost"
      })
  void whatIsNoAddressIsRefused(String text) {
    assertThat(IpAddress.parse(text)).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"00:00:00:00:00:00", "ff:ff:ff:ff:ff:ff", "9a:55:0c:0d:0e:0f"})
  void anEthernetAddressIsReadAndWritten(String text) {
    assertThat(MacAddress.parse(text)).map(MacAddress::toString).contains(text);
    assertThat(MacAddress.parse(text.toUpperCase(Locale.ROOT))).isEqualTo(MacAddress.parse(text));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "00:00:00:00:00",
        "00:00:00:00:00:00:00",
        "0:0:0:0:0:0",
        "00-00-00-00-00-00",
        "000000000000",
        "00:00:00:00:00:0g",
        "00:00:00:00:00:00:",
        "00:00:0000::00:00",
        "\uff10\uff10:00:00:00:00:00"
      })
  void whatIsNoEthernetAddressIsRefused(String text) {
    assertThat(MacAddress.parse(text)).isEmpty();
  }
}
