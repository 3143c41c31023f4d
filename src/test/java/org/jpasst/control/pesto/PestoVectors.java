package org.jpasst.control.pesto;

import com.google.gson.Gson;
import com.google.gson.annotations.SerializedName;
import java.io.IOException;
import java.io.Reader;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jpasst.config.ForwardRule;
import org.jpasst.config.ForwardRule.Protocol;
import org.jpasst.config.ForwardRules;
import org.jpasst.config.PortRange;

/** What pesto and passt have said to each other, test-vectors/pesto. */
final class PestoVectors {
  static final List<String> EXCHANGES =
      List.of(
          "show",
          "show-ipv4-only",
          "add",
          "delete",
          "clear",
          "replace",
          "best-effort",
          "port-in-use");

  /** One direction, until the other side spoke. */
  record Part(String from, String hex) {
    byte[] bytes() {
      return HexFormat.of().parseHex(hex);
    }
  }

  /** An exchange. */
  record Exchange(@SerializedName("passt_options") List<String> options, List<Part> exchange) {
    Optional<byte[]> sentBy(String side) {
      return exchange.stream()
          .filter(each -> each.from().equals(side) && each.hex() != null)
          .map(Part::bytes)
          .findFirst();
    }

    Set<Capability> capabilities() {
      Set<Capability> all = EnumSet.allOf(Capability.class);
      if (options.contains("-4")) {
        all.remove(Capability.IPV6);
      }
      return all;
    }

    /** The rules that passt was started with, by our own reading. */
    List<ForwardRule> rules() {
      Set<Capability> has = capabilities();
      var rules =
          new ForwardRules(
              has.contains(Capability.IPV4), has.contains(Capability.IPV6), PortRange.DYNAMIC);
      for (int i = 0; i + 1 < options.size(); i++) {
        switch (options.get(i)) {
          case "-t" -> rules.add(Protocol.TCP, options.get(i + 1));
          case "-u" -> rules.add(Protocol.UDP, options.get(i + 1));
          default -> {
            // An argument, or no forwarding.
          }
        }
      }
      return rules.rules();
    }
  }

  /** A request by hand, and what was shown to the next client. */
  record RawCase(
      String what,
      @SerializedName("client_hex") String hex,
      @SerializedName("show_after") List<String> shown) {
    byte[] bytes() {
      return HexFormat.of().parseHex(hex);
    }

    /** Whether the rule from the start was still there. */
    boolean unchanged() {
      return shown.stream().anyMatch(each -> each.contains(":5001"));
    }
  }

  private record RawCases(List<RawCase> cases) {}

  private PestoVectors() {}

  static Exchange exchange(String name) {
    return read(name, Exchange.class);
  }

  static List<RawCase> rawCases() {
    return read("raw-clients", RawCases.class).cases();
  }

  /** All requests that pesto has sent, and those of hand-made clients. */
  static List<byte[]> requests() {
    List<byte[]> requests =
        new ArrayList<>(
            EXCHANGES.stream()
                .map(PestoVectors::exchange)
                .flatMap(each -> each.sentBy("client").stream())
                .toList());
    rawCases().forEach(each -> requests.add(each.bytes()));
    return requests;
  }

  private static <T> T read(String name, Class<T> type) {
    try (Reader reader = Files.newBufferedReader(Path.of("test-vectors/pesto", name + ".json"))) {
      return new Gson().fromJson(reader, type);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
