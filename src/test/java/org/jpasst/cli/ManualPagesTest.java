package org.jpasst.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

final class ManualPagesTest {
  private static final String PASST = page();

  private static String page() {
    try {
      return ManualPages.passt("2026-11-26");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Test
  void everyOptionThatDoesSomethingIsExplainedAtLength() throws IOException {
    OptionDetails details = OptionDetails.read();
    List<PasstOption> working =
        Arrays.stream(PasstOption.values()).filter(PasstOption::isSupported).toList();
    assertThat(working).allMatch(each -> details.of(each).isPresent());
    assertThat(details.count()).isEqualTo(working.size());
  }

  @ParameterizedTest
  @EnumSource(PasstOption.class)
  void everyOptionThatIsTakenIsOnThePageAndNoOther(PasstOption option) {
    boolean taken =
        switch (option.availability()) {
          case SUPPORTED, OURS, WITHOUT_EFFECT -> true;
          case PASTA_ONLY -> false;
        };

    for (String name : option.synopsis().names()) {
      String roff = "\\-\\-" + name.replace("-", "\\-");
      String term = "\\.B \"(.*, )?\\Q" + roff + "\\E([, ].*)?\"";
      assertThat(PASST.lines().anyMatch(line -> line.matches(term))).as(name).isEqualTo(taken);
    }
  }

  @Test
  void whatLooksLikeARequestIsText() {
    assertThat(new Roff().text(".so a-b\\c").toString()).isEqualTo("\\&.so a\\-b\\ec\n");
  }

  @Test
  void aUsageTextBecomesAPage() {
    String page =
        ManualPages.fromUsage(
            "passtctl",
            "2026-11-26",
            """
            Usage: passtctl -s PATH pause
                   passtctl show FILE

            PATH is the socket,
            a long one.

            pause    stand still
            show A   print the state,
                     line by line
            """);

    assertThat(page)
        .contains(".nf\npasstctl \\-s PATH pause\npasstctl show FILE\n.fi\n")
        .contains(".PP\nPATH is the socket,\na long one.\n")
        .contains(
            ".TP\n.B \"pause\"\nstand still\n.TP\n.B \"show A\"\nprint the state,\nline by line\n");
  }
}
