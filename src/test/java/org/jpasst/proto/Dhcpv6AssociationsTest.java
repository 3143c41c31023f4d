package org.jpasst.proto;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.jpasst.net.IpAddress;
import org.jpasst.vectors.Frame;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Every identity association of a message is in the answer with what it gets or why it gets
 * nothing, and no other is (RFC 8415 section 18.3).
 */
final class Dhcpv6AssociationsTest {
  private static final int MESSAGE = 62;
  private static final int SOLICIT = 1;
  private static final int REQUEST = 3;
  private static final int CONFIRM = 4;
  private static final int RENEW = 5;
  private static final int REBIND = 6;
  private static final int RELEASE = 8;
  private static final int DECLINE = 9;
  private static final String RAPID = "000e0000";
  private static final String SERVER = "0002000e00010001000000009a559a559a55";
  private static final String OURS = "20010db8000000000000000000000001";
  private static final String OTHER = "20010db8000000000000000000000077";

  private static final byte[] OUR_LINK_LOCAL = {
    (byte) 0xfe, (byte) 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, (byte) 0xff, (byte) 0xfe, 0, 0, 1
  };

  private final GuestServices services = TestConfiguration.services();

  private static String option(int code, String content) {
    return "%04x%04x%s".formatted(code, content.length() / 2, content);
  }

  private static String address(String address) {
    return option(5, address + "0000006400000064");
  }

  private static String prefix() {
    return option(26, "000000640000006438" + OTHER);
  }

  private static String na(int id, String... options) {
    return option(3, "%08x".formatted(id) + "00000064000000c8" + String.join("", options));
  }

  private static String ta(int id, String... options) {
    return option(4, "%08x".formatted(id) + String.join("", options));
  }

  private static String pd(int id, String... options) {
    return option(25, "%08x".formatted(id) + "0000000000000000" + String.join("", options));
  }

  private List<String> answer(int type, String... options) {
    boolean named = List.of(REQUEST, RENEW, RELEASE, DECLINE).contains(type);
    String all = (named ? SERVER : "") + String.join("", options);
    return services
        .answer(GuestFrames.dhcpv6(type, all))
        .map(Dhcpv6AssociationsTest::associations)
        .orElse(List.of("silence"));
  }

  /** The associations of an answer: {@code na 1: ::1 3600}, {@code pd 2: status 6}. */
  private static List<String> associations(Frame frame) {
    assertThat(frame.checksumsHold()).isTrue();
    var found = new ArrayList<String>();
    int end = frame.transportEnd();
    int at = MESSAGE + 4;
    while (at < end) {
      int code = frame.u16(at);
      int length = frame.u16(at + 2);
      assertThat(at + 4 + length).isLessThanOrEqualTo(end);
      if (code == 3 || code == 4 || code == 25) {
        String kind = code == 3 ? "na" : code == 4 ? "ta" : "pd";
        int fixed = code == 4 ? 4 : 12;
        found.add(kind + " " + frame.u32(at + 4) + content(frame, at + 4 + fixed, at + 4 + length));
      } else if (code == 13) {
        found.add("status " + frame.u16(at + 4));
      }
      at += 4 + length;
    }
    assertThat(at).isEqualTo(end);
    return found;
  }

  private static String content(Frame frame, int from, int end) {
    var text = new StringBuilder(":");
    for (int at = from; at < end; at += 4 + frame.u16(at + 2)) {
      if (frame.u16(at) == 5) {
        text.append(' ').append(frame.u16(at + 18)).append(" for ").append(frame.u32(at + 24));
      } else {
        text.append(" status ").append(frame.u16(at + 4));
      }
    }
    return text.toString();
  }

  @ParameterizedTest
  @ValueSource(ints = {SOLICIT, REQUEST, REBIND})
  void whatIsNotToBeHadHasItsStatus(int type) {
    assertThat(answer(type, na(1), ta(2), pd(3), na(4), pd(5)))
        .containsExactly(
            "na 1: 1 for 3600",
            "ta 2: status 2",
            "pd 3: status 6",
            "na 4: status 2",
            "pd 5: status 6");
  }

  @ParameterizedTest
  @ValueSource(ints = {SOLICIT, REQUEST, RENEW, REBIND})
  void nothingIsGrantedThatWasNotAskedFor(int type) {
    assertThat(answer(type, pd(7))).containsExactly("pd 7: status 6");
    assertThat(answer(type, ta(7))).containsExactly("ta 7: status 2");
    assertThat(answer(type)).isEmpty();
    IpAddress seen = new IpAddress(services.guest.seen6Hi(), services.guest.seen6Lo());
    assertThat(seen).isEqualTo(services.guest.assigned6());
  }

  @Test
  void rapidCommitGrantsTheSame() {
    assertThat(answer(SOLICIT, RAPID, na(1), pd(1)))
        .containsExactly("na 1: 1 for 3600", "pd 1: status 6");
  }

  @ParameterizedTest
  @ValueSource(ints = {REQUEST, RENEW, REBIND})
  void theAddressStaysWithTheAssociationThatHasIt(int type) {
    assertThat(answer(type, na(1), na(2, address(OURS))))
        .containsExactly("na 1: status 2", "na 2: 1 for 3600");
  }

  @ParameterizedTest
  @ValueSource(ints = {RENEW, REBIND})
  void whatNobodyLeasedHasNoBinding(int type) {
    assertThat(
            answer(
                type,
                na(1, address(OURS), address(OTHER)),
                na(2, address(OTHER)),
                ta(3, address(OTHER)),
                pd(4, prefix())))
        .containsExactly(
            "na 1: 1 for 3600 119 for 0", "na 2: status 3", "ta 3: status 3", "pd 4: status 3");
  }

  @Test
  void aRequestForAnAddressOfAnotherLinkIsRefusedForThatAssociationOnly() {
    assertThat(answer(REQUEST, na(1, address(OTHER)), na(2), pd(3)))
        .containsExactly("na 1: status 4", "na 2: 1 for 3600", "pd 3: status 6");
    assertThat(answer(REQUEST, na(1, address(OTHER)), pd(3)))
        .containsExactly("na 1: status 4", "pd 3: status 6");
  }

  @Test
  void allAddressesAreConfirmedOrNone() {
    assertThat(answer(CONFIRM, na(1, address(OURS)))).containsExactly("na 1: 1 for 3600");
    assertThat(answer(CONFIRM, na(1, address(OURS)), na(2, address(OTHER))))
        .containsExactly("status 4");
    assertThat(answer(CONFIRM, na(1), ta(2, address(OTHER)))).containsExactly("status 4");
  }

  @ParameterizedTest
  @ValueSource(ints = {RELEASE, DECLINE})
  void onlyTheLeaseCanBeGivenBack(int type) {
    assertThat(answer(type, na(1, address(OURS)))).containsExactly("status 0");
    assertThat(answer(type, na(1, address(OURS)), na(2, address(OTHER)), pd(3, prefix())))
        .containsExactly("status 0", "na 2: status 3", "pd 3: status 3");
  }

  @ParameterizedTest
  @CsvSource({"3,status 5", "5,status 5", "8,status 5", "9,status 5", "1,silence", "4,silence"})
  void whatComesToOurAddressIsToldToUseMulticast(int type, String expected) {
    String server = type == SOLICIT || type == CONFIRM ? "" : SERVER;
    Frame frame = Frame.of(GuestFrames.dhcpv6(type, server + na(1, address(OURS))));
    String answer =
        services
            .answer(frame.with(38, OUR_LINK_LOCAL).withTransportChecksum().bytes())
            .map(f -> String.join(", ", associations(f)))
            .orElse("silence");
    assertThat(answer).isEqualTo(expected);
  }

  @ParameterizedTest
  @ValueSource(ints = {SOLICIT, REQUEST, RENEW, REBIND, RELEASE, DECLINE})
  void aThousandAssociationsGetAnAnswerThatFits(int type) {
    String many =
        IntStream.range(0, 1000).mapToObj(i -> pd(i, prefix())).collect(Collectors.joining());
    Frame frame = Frame.of(GuestFrames.dhcpv6(type, SERVER.repeat(isNamed(type)) + many));
    Frame answer = services.answer(frame.bytes()).orElseThrow();
    assertThat(answer.length()).isLessThanOrEqualTo(14 + 1280);
    assertThat(associations(answer)).hasSizeGreaterThan(30);
  }

  @Test
  void theAddressIsGrantedBehindManyOthersThatTakeAllTheRoom() {
    String many = IntStream.range(0, 31).mapToObj(i -> pd(i)).collect(Collectors.joining());
    List<String> options = new ArrayList<>();
    for (int i = 0; i < 6; i++) {
      options.addAll(List.of("--search", "s".repeat(50 + i) + "." + "t".repeat(60)));
      options.addAll(List.of("--dns", "2001:db8::5" + i));
    }
    GuestServices with = TestConfiguration.services(options.toArray(String[]::new));
    Frame answer = with.answer(GuestFrames.dhcpv6(REQUEST, SERVER + many + na(99))).orElseThrow();
    assertThat(answer.length()).isLessThanOrEqualTo(14 + 1280);
    assertThat(associations(answer)).contains("na 99: 1 for 3600").hasSizeLessThan(32);
  }

  private static int isNamed(int type) {
    return List.of(REQUEST, RENEW, RELEASE, DECLINE).contains(type) ? 1 : 0;
  }
}
