package org.jpasst.control.pesto;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.SplittableRandom;
import org.jpasst.config.ForwardRule;
import org.jpasst.config.ForwardRules;
import org.jpasst.net.IpAddress;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What clients send, well-formed or not. */
final class RequestReaderTest {
  private static final Set<Capability> ALL = EnumSet.allOf(Capability.class);
  private static final long SEED = 20261126;
  private static final int MUTATIONS = 300_000;
  private static final byte[] EMPTY_TABLE = {Table.HOST, 0, 0, 0, 0};

  /** Where a request's only rule has its fields, after interface number and count. */
  private static final int NAME_AT = 5 + 32;

  static List<PestoVectors.RawCase> rawCases() {
    return PestoVectors.rawCases();
  }

  @ParameterizedTest
  @ValueSource(strings = {"add", "delete", "clear", "replace", "best-effort", "port-in-use"})
  void requestsOfPestoAreUnderstood(String name) throws Exception {
    byte[] request = PestoVectors.exchange(name).sentBy("client").orElseThrow();
    List<ForwardRule> rules = read(request).orElseThrow();
    assertThat(written(rules)).isEqualTo(request);
  }

  @ParameterizedTest
  @MethodSource("rawCases")
  void requestsByHandAreTakenOrRefusedAsByPasst(PestoVectors.RawCase recorded) throws Exception {
    if (recorded.what().startsWith("closed")) {
      assertThat(read(recorded.bytes())).isEmpty();
    } else if (recorded.unchanged() || recorded.what().startsWith("auto-scan")) {
      assertThatThrownBy(() -> read(recorded.bytes()))
          .isInstanceOf(RefusedRequestException.class)
          .message()
          .isNotBlank()
          .doesNotContain("\n");
    } else {
      List<String> shown = read(recorded.bytes()).orElseThrow().stream().map(this::shown).toList();
      assertThat(shown).isEqualTo(recorded.shown().stream().skip(1).map(String::strip).toList());
    }
  }

  /** As pesto prints it. */
  private String shown(ForwardRule rule) {
    return rule.toString().replace(" => ", "  =>  ");
  }

  @Test
  void everyBeginningWaitsForMore() throws Exception {
    byte[] request = PestoVectors.exchange("replace").sentBy("client").orElseThrow();
    for (int length = 0; length < request.length; length++) {
      assertThat(read(Arrays.copyOf(request, length))).as("%d bytes", length).isEmpty();
    }
  }

  @Test
  void piecesOfOneByteAreARequestToo() throws Exception {
    byte[] request = PestoVectors.exchange("replace").sentBy("client").orElseThrow();
    var reader = new RequestReader(ALL);
    Optional<List<ForwardRule>> rules = Optional.empty();
    for (byte each : request) {
      assertThat(rules).isEmpty();
      rules = reader.read(ByteBuffer.wrap(new byte[] {each}));
    }
    assertThat(rules).isEqualTo(read(request));
  }

  @Test
  void whatComesBehindTheEndIsLeftAlone() throws Exception {
    ByteBuffer bytes = ByteBuffer.wrap(new byte[] {Table.END, 1, 2, 3});
    assertThat(new RequestReader(ALL).read(bytes)).contains(List.of());
    assertThat(bytes.remaining()).isEqualTo(3);
  }

  @Test
  void tablesWithoutEndAreCutOff() {
    byte[] request = new byte[RequestReader.MAX_SIZE + EMPTY_TABLE.length];
    for (int at = 0; at + EMPTY_TABLE.length <= request.length; at += EMPTY_TABLE.length) {
      System.arraycopy(EMPTY_TABLE, 0, request, at, EMPTY_TABLE.length);
    }
    assertThatThrownBy(() -> read(request)).hasMessageContaining("longer than 65536 bytes");
  }

  @Test
  void anyCountBeyondTheLimitIsRefusedBeforeARuleComes() {
    for (byte[] count : List.of(new byte[] {0, 0, 1, 0}, new byte[] {-1, -1, -1, -1})) {
      byte[] request = {Table.HOST, count[0], count[1], count[2], count[3]};
      assertThatThrownBy(() -> read(request)).hasMessageContaining("at most 255");
    }
  }

  @Test
  void rulesOfSeveralTablesTogetherAreLimited() throws Exception {
    ByteBuffer bytes = ByteBuffer.allocate(2 * (5 + 128 * WireRule.SIZE) + 1);
    for (int half = 0; half < 2; half++) {
      bytes.put((byte) Table.HOST).putInt(128);
      for (int i = 0; i < 128; i++) {
        int port = 1 + half * 128 + i;
        new WireRule(any(), any(), "", port, port, port, 6, RuleFlag.ANY_FAMILY).write(bytes);
      }
    }
    assertThatThrownBy(() -> read(bytes.array())).hasMessageContaining("at most 255");
  }

  @Test
  void portsTogetherAreLimited() {
    ByteBuffer bytes = ByteBuffer.allocate(5 + 6 * WireRule.SIZE);
    bytes.put((byte) Table.HOST).putInt(6);
    for (int i = 0; i < 6; i++) {
      // Each at an address of its own: they don't conflict.
      var address = new IpAddress(0x2001_0db8_0000_0000L, 1 + i);
      new WireRule(address, any(), "", 1, 65535, 1, 17, 0).write(bytes);
    }
    assertThatThrownBy(() -> read(bytes.array())).hasMessageContaining("too many ports");
  }

  @ParameterizedTest
  @ValueSource(strings = {"a\nb", "a b", "a/b", "a:b", ".", "..", "\u001b[2J", "\u202eabc"})
  void namesThatNoInterfaceHasAreRefusedAndNotRepeated(String name) {
    ByteBuffer bytes = ByteBuffer.allocate(5 + WireRule.SIZE);
    bytes.put((byte) Table.HOST).putInt(1);
    new WireRule(any(), any(), name, 80, 80, 80, 6, RuleFlag.ANY_FAMILY).write(bytes);
    assertThatThrownBy(() -> read(bytes.array()))
        .hasMessage("a rule's interface name can't be one");
  }

  @Test
  void aNameThatIsNoTextIsRefused() throws Exception {
    byte[] request = PestoVectors.rawCases().getFirst().bytes();
    request[NAME_AT] = (byte) 0xff;
    assertThatThrownBy(() -> read(request)).hasMessageContaining("isn't UTF-8");
  }

  @Test
  void whatTheRunCannotDoIsRefused() throws Exception {
    byte[] anyFamily = PestoVectors.rawCases().getFirst().bytes();
    assertThat(read(anyFamily)).isPresent();
    for (Capability each :
        List.of(Capability.IPV4, Capability.IPV6, Capability.TCP, Capability.BIND_TO_DEVICE)) {
      Set<Capability> without = EnumSet.complementOf(EnumSet.of(each));
      byte[] request = anyFamily.clone();
      if (each == Capability.BIND_TO_DEVICE) {
        request[NAME_AT] = 'x';
      }
      assertThatThrownBy(() -> new RequestReader(without).read(ByteBuffer.wrap(request)))
          .as("without %s", each)
          .isInstanceOf(RefusedRequestException.class);
    }
  }

  @Tag("fuzz")
  @Test
  void everyFlippedBitGivesRulesThatAreWrittenAgainOrARefusal() {
    for (byte[] request : PestoVectors.requests()) {
      for (int at = 0; at < request.length; at++) {
        for (int bit = 0; bit < 8; bit++) {
          byte[] flipped = request.clone();
          flipped[at] ^= (byte) (1 << bit);
          takeOrRefuse(flipped);
        }
      }
    }
  }

  @Tag("fuzz")
  @Test
  void randomMutationsGiveRulesThatAreWrittenAgainOrARefusal() {
    var random = new SplittableRandom(SEED);
    List<byte[]> requests = PestoVectors.requests();
    int taken = 0;
    for (int i = 0; i < MUTATIONS; i++) {
      byte[] request = requests.get(random.nextInt(requests.size()));
      byte[] mutated = Arrays.copyOf(request, 1 + random.nextInt(request.length + 60));
      for (int changes = random.nextInt(4); changes > 0; changes--) {
        mutated[random.nextInt(mutated.length)] = (byte) random.nextInt(256);
      }
      taken += takeOrRefuse(mutated) ? 1 : 0;
    }
    assertThat(taken).as("seed %d", SEED).isPositive();
  }

  /** Whether it is a request; whatever it is, nothing else may come of it. */
  private static boolean takeOrRefuse(byte[] bytes) {
    try {
      Optional<List<ForwardRule>> rules = read(bytes);
      if (rules.isPresent()) {
        assertThat(rules.get()).hasSizeLessThanOrEqualTo(ForwardRules.MAX_RULES);
        assertThat(read(written(rules.get()))).isEqualTo(rules);
      }
      return rules.isPresent();
    } catch (RefusedRequestException e) {
      assertThat(e.getMessage()).isNotBlank().matches("\\P{Cntrl}*");
      return false;
    }
  }

  private static Optional<List<ForwardRule>> read(byte[] bytes) throws RefusedRequestException {
    return new RequestReader(ALL).read(ByteBuffer.wrap(bytes));
  }

  /** The request for these rules, as pesto has it. */
  private static byte[] written(List<ForwardRule> rules) {
    ByteBuffer table = ByteBuffer.allocate(5 + rules.size() * WireRule.SIZE);
    table.put((byte) Table.HOST).putInt(rules.size());
    rules.forEach(each -> WireRule.of(each).write(table));
    var request = new ByteArrayOutputStream();
    request.writeBytes(table.array());
    request.write(Table.END);
    return request.toByteArray();
  }

  private static IpAddress any() {
    return IpAddress.ANY6;
  }
}
