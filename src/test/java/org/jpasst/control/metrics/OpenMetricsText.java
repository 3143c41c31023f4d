package org.jpasst.control.metrics;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A text that is held to the rules of OpenMetrics 1.0 as it is read: its grammar, and what it says
 * of names, units, counters and histograms.
 */
public final class OpenMetricsText {
  private static final String NAME = "[a-zA-Z_:][a-zA-Z0-9_:]*";
  private static final String ESCAPED = "[^\\n\"\\\\]*+(?:\\\\[n\"\\\\][^\\n\"\\\\]*+)*+";
  private static final String LABEL = "[a-zA-Z_][a-zA-Z0-9_]*=\"" + ESCAPED + "\"";
  private static final Pattern METADATA = Pattern.compile("# (TYPE|UNIT|HELP) (" + NAME + ") (.*)");
  private static final Pattern HELP = Pattern.compile(ESCAPED);
  private static final Pattern SAMPLE =
      Pattern.compile(
          "(" + NAME + ")(\\{(?:" + LABEL + "(?:," + LABEL + ")*)?\\})? (\\d+(?:\\.\\d+)?)");
  private static final Pattern BOUND = Pattern.compile("\\{le=\"(\\+Inf|\\d+\\.\\d+)\"\\}");

  /** What the samples of a type may have behind the family's name. */
  private static final Map<String, Set<String>> SUFFIXES =
      Map.of(
          "counter", Set.of("_total"),
          "gauge", Set.of(""),
          "info", Set.of("_info"),
          "histogram", Set.of("_bucket", "_count", "_sum"));

  private final Map<String, Map<String, String>> families = new LinkedHashMap<>();
  private final Map<String, Double> samples = new LinkedHashMap<>();

  private OpenMetricsText() {}

  /** Reads one. */
  public static OpenMetricsText read(String text) {
    var read = new OpenMetricsText();
    assertThat(text).endsWith("\n# EOF\n");
    List<String> lines = new ArrayList<>(text.lines().toList());
    assertThat(lines.removeLast()).isEqualTo("# EOF");
    String family = "";
    for (String line : lines) {
      family = line.startsWith("#") ? read.metadata(line, family) : read.sample(line, family);
    }
    read.checkNames();
    read.checkHistograms();
    return read;
  }

  private String metadata(String line, String current) {
    Matcher parts = METADATA.matcher(line);
    assertThat(parts.matches()).as(line).isTrue();
    String name = parts.group(2);
    if (!name.equals(current)) {
      assertThat(families).as("families are in one piece: " + line).doesNotContainKey(name);
      families.put(name, new HashMap<>());
    }
    assertThat(samples.keySet().stream().filter(each -> isOf(each, name)))
        .as("metadata come first: " + line)
        .isEmpty();
    assertThat(families.get(name).put(parts.group(1), parts.group(3))).as(line).isNull();
    switch (parts.group(1)) {
      case "TYPE" -> assertThat(SUFFIXES).as(line).containsKey(parts.group(3));
      case "UNIT" -> assertThat(name).endsWith("_" + parts.group(3));
      default -> assertThat(HELP.matcher(parts.group(3)).matches()).as(line).isTrue();
    }
    return name;
  }

  private String sample(String line, String family) {
    Matcher parts = SAMPLE.matcher(line);
    assertThat(parts.matches()).as(line).isTrue();
    assertThat(isOf(parts.group(1), family)).as(line + " is of " + family).isTrue();
    String labels = parts.group(2) == null ? "" : parts.group(2);
    Double before = samples.put(parts.group(1) + labels, Double.valueOf(parts.group(3)));
    assertThat(before).as("once: " + line).isNull();
    return family;
  }

  private boolean isOf(String sample, String family) {
    String name = sample.replaceFirst("\\{.*", "");
    return families.containsKey(family)
        && SUFFIXES.getOrDefault(families.get(family).getOrDefault("TYPE", ""), Set.of()).stream()
            .anyMatch(suffix -> name.equals(family + suffix));
  }

  private void checkNames() {
    Set<String> all = new HashSet<>();
    families.forEach(
        (name, metadata) -> {
          assertThat(metadata).as(name).containsKeys("TYPE", "HELP");
          assertThat(all.add(name)).as(name).isTrue();
          for (String suffix : SUFFIXES.get(metadata.get("TYPE"))) {
            assertThat(suffix.isEmpty() || all.add(name + suffix)).as(name + suffix).isTrue();
          }
          assertThat(samples.keySet()).as(name).anyMatch(sample -> isOf(sample, name));
        });
  }

  private void checkHistograms() {
    families.forEach(
        (name, metadata) -> {
          if (metadata.get("TYPE").equals("histogram")) {
            checkHistogram(name);
          }
        });
  }

  private void checkHistogram(String name) {
    double bound = -1;
    double count = 0;
    for (Map.Entry<String, Double> each : samples.entrySet()) {
      if (each.getKey().startsWith(name + "_bucket")) {
        Matcher parts = BOUND.matcher(each.getKey().substring((name + "_bucket").length()));
        assertThat(parts.matches()).as(each.getKey()).isTrue();
        double next = Double.parseDouble(parts.group(1).replace("+Inf", "Infinity"));
        assertThat(next).as(each.getKey()).isGreaterThan(bound);
        assertThat(each.getValue()).as(each.getKey()).isGreaterThanOrEqualTo(count);
        bound = next;
        count = each.getValue();
      }
    }
    assertThat(bound).isInfinite();
    assertThat(samples.get(name + "_count")).isEqualTo(count);
    assertThat(samples).containsKey(name + "_sum");
  }

  /** A sample's value. */
  public double value(String sample) {
    assertThat(samples).containsKey(sample);
    return samples.get(sample);
  }

  /** A family's help text. */
  public String help(String family) {
    assertThat(families).containsKey(family);
    return families.get(family).get("HELP");
  }
}
