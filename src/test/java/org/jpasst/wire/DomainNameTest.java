package org.jpasst.wire;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class DomainNameTest {
  private static final byte[] EXAMPLE = "\7example\3org\0".getBytes(StandardCharsets.UTF_8);

  @Test
  void labelsComeWithTheirLengthsAndAZeroEndsThem() {
    assertThat(DomainName.encode("example.org")).hasValue(EXAMPLE);
    assertThat(DomainName.encode("example.org.")).hasValue(EXAMPLE);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", ".", "a..b", ".a", "a.."})
  void emptyLabelsMakeNoName(String text) {
    assertThat(DomainName.encode(text)).isEmpty();
  }

  @Test
  void labelsAndNamesHaveALongestLength() {
    assertThat(DomainName.encode("a".repeat(63))).isPresent();
    assertThat(DomainName.encode("a".repeat(64))).isEmpty();
    String longest = ("a".repeat(62) + ".").repeat(4) + "a";
    assertThat(DomainName.encode(longest).orElseThrow()).hasSize(255);
    assertThat(DomainName.encode(longest + "a")).isEmpty();
  }
}
