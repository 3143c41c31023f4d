package org.jpasst.cli;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/** What the manual page says of options beyond their descriptions: a text of its own. */
final class OptionDetails {
  private static final String FILE = "option-details";

  private final Map<String, String> texts = new LinkedHashMap<>();

  private OptionDetails() {}

  /**
   * Reads them: paragraphs of an option's name in a line, and a text behind it.
   *
   * @throws IOException if they can't be read
   */
  static OptionDetails read() throws IOException {
    var details = new OptionDetails();
    try (InputStream in = OptionDetails.class.getResourceAsStream(FILE)) {
      if (in == null) {
        throw new IOException("there is no " + FILE);
      }
      String all = new String(in.readAllBytes(), StandardCharsets.UTF_8);
      for (String paragraph : all.strip().split("\n{2,}")) {
        if (!paragraph.startsWith("#")) {
          String[] parts = paragraph.split("\n", 2);
          details.texts.put(parts[0], parts[1].replace('\n', ' '));
        }
      }
    }
    return details;
  }

  /** The text for an option, if there is one. */
  Optional<String> of(PasstOption option) {
    return Optional.ofNullable(texts.get(option.toString()));
  }

  /** How many texts there are. */
  int count() {
    return texts.size();
  }
}
