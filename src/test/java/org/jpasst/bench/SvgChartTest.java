package org.jpasst.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Test;
import org.w3c.dom.Document;
import org.w3c.dom.Element;

final class SvgChartTest {
  private static final Cell ONE = streams(1);
  private static final Cell MANY = streams(16);
  private static final Cell OTHER = new PingTime(10);

  private final Results results =
      new Results(List.of(ONE, MANY, OTHER), List.of("ours", "passt", "R&D <1>"));

  @Test
  void barsAreAsLongAsMediansAndHaveTheirValues() throws Exception {
    measured(ONE, "ours", 2);
    measured(ONE, "passt", 1);
    measured(ONE, "R&D <1>", 0.5);
    Document chart = chart();
    List<Double> lengths = bars(chart).stream().map(each -> number(each, "width")).toList();
    assertThat(lengths.get(1)).isCloseTo(lengths.get(0) / 2, within(0.2));
    assertThat(lengths.get(2)).isCloseTo(lengths.get(0) / 4, within(0.2));
    assertThat(texts(chart, "value")).containsExactly("2", "1", "0.500");
  }

  @Test
  void titleCaptionLegendAxisAndRowsAreThere() throws Exception {
    measured(ONE, "ours", 2);
    Document chart = chart();
    assertThat(texts(chart, "title")).containsExactly("TCP streams: throughput");
    assertThat(texts(chart, "caption")).containsExactly("here & now", "by us");
    assertThat(texts(chart, "legend")).containsExactly("ours", "passt", "R&D <1>");
    assertThat(texts(chart, "mark"))
        .contains("0.0", "0.5", "2.0")
        .last()
        .asString()
        .startsWith("Gbit/s");
    assertThat(texts(chart, "cell")).containsExactly(ONE.title(), MANY.title());
  }

  @Test
  void chartsStandOneBelowTheOther() throws Exception {
    measured(ONE, "ours", 2);
    SvgChart chart =
        new SvgChart(results, Group.TCP, Metric.THROUGHPUT, List.of("here & now", "by us"));
    Document both = parsed(SvgChart.stacked(List.of(chart, chart)));
    List<Element> charts =
        elements(both, "svg", "").stream().filter(each -> each.hasAttribute("y")).toList();
    assertThat(charts).hasSize(2);
    assertThat(number(charts.get(0), "y")).isZero();
    assertThat(number(charts.get(1), "y")).isEqualTo(number(charts.get(0), "height"));
    assertThat(number(both.getDocumentElement(), "height"))
        .isEqualTo(2 * number(charts.get(0), "height"));
  }

  @Test
  void severalRoundsHaveALineFromLeastToMost() throws Exception {
    measured(ONE, "ours", 1, 2, 4);
    measured(ONE, "passt", 3);
    Document chart = chart();
    List<Element> ranges = elements(chart, "line", "range");
    assertThat(ranges).hasSize(1);
    double zero = number(bars(chart).getFirst(), "x");
    double least = number(ranges.getFirst(), "x1") - zero;
    double most = number(ranges.getFirst(), "x2") - zero;
    assertThat(most).isCloseTo(least * 4, within(0.5));
    assertThat(texts(chart, "value")).containsExactly("2", "3");
  }

  @Test
  void whatWasNotMeasuredSaysSo() throws Exception {
    measured(ONE, "ours", 1);
    Document chart = chart();
    assertThat(texts(chart, "none")).hasSize(5).containsOnly("not measured");
    assertThat(bars(chart)).hasSize(1);
  }

  @Test
  void allIsWithinThePicture() throws Exception {
    measured(ONE, "ours", 1_999);
    measured(MANY, "passt", 0);
    Document chart = chart();
    double width = number(chart.getDocumentElement(), "width");
    double height = number(chart.getDocumentElement(), "height");
    for (Element each : elements(chart, "rect", "")) {
      assertThat(number(each, "x") + number(each, "width")).isLessThanOrEqualTo(width);
    }
    for (Element each : elements(chart, "text", null)) {
      assertThat(number(each, "x")).isBetween(0.0, width - 20);
      assertThat(number(each, "y")).isBetween(0.0, height - 5);
    }
  }

  private Document chart() throws Exception {
    return parsed(
        new SvgChart(results, Group.TCP, Metric.THROUGHPUT, List.of("here & now", "by us")).text());
  }

  private static Document parsed(String text) throws Exception {
    return DocumentBuilderFactory.newInstance()
        .newDocumentBuilder()
        .parse(new ByteArrayInputStream(text.getBytes(StandardCharsets.UTF_8)));
  }

  /** Rectangles of the picture that are neither background nor legend. */
  private static List<Element> bars(Document chart) {
    return elements(chart, "rect", "").stream()
        .filter(each -> each.hasAttribute("x") && !each.hasAttribute("rx"))
        .toList();
  }

  private static List<String> texts(Document chart, String kind) {
    return elements(chart, "text", kind).stream().map(Element::getTextContent).toList();
  }

  /**
   * @param kind the class, empty for those without, null for any
   */
  private static List<Element> elements(Document chart, String name, String kind) {
    var all = chart.getElementsByTagName(name);
    return IntStream.range(0, all.getLength())
        .mapToObj(each -> (Element) all.item(each))
        .filter(each -> kind == null || each.getAttribute("class").equals(kind))
        .toList();
  }

  private static double number(Element element, String attribute) {
    String value = element.getAttribute(attribute);
    return value.isEmpty() ? 0 : Double.parseDouble(value);
  }

  private void measured(Cell cell, String candidate, double... rounds) {
    for (double each : rounds) {
      results.add(cell, candidate, new Sample(Map.of(Metric.THROUGHPUT, each)));
    }
  }

  private static Cell streams(int count) {
    return new TcpStreams(Direction.FROM_GUEST, Peer.REMOTE, 1500, count, Duration.ofSeconds(1));
  }
}
