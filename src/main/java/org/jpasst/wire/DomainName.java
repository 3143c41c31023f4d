package org.jpasst.wire;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;

/** Domain names in DNS encoding (RFC 1035 section 3.1): labels with their lengths, then a zero. */
public final class DomainName {
  /** Longest encoded name, with all lengths and the final zero. */
  public static final int MAX_LENGTH = 255;

  private static final int MAX_LABEL = 63;

  private DomainName() {}

  /**
   * Encodes a name, without compression. One dot at its end is allowed.
   *
   * @return empty where it isn't a name: no label, an empty or too long one, too long in all
   */
  public static Optional<byte[]> encode(String name) {
    return labels(name).map(labels -> encode(labels, 0));
  }

  /** The labels of a name, under the same conditions as {@link #encode(String)}. */
  public static Optional<List<String>> labels(String name) {
    String text = name.endsWith(".") ? name.substring(0, name.length() - 1) : name;
    List<String> labels = List.of(text.split("\\.", -1));
    int length = 1;
    for (String label : labels) {
      int bytes = label.getBytes(StandardCharsets.UTF_8).length;
      if (bytes == 0 || bytes > MAX_LABEL) {
        return Optional.empty();
      }
      length += 1 + bytes;
    }
    return length > MAX_LENGTH ? Optional.empty() : Optional.of(labels);
  }

  private static byte[] encode(List<String> labels, int from) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    for (String label : labels.subList(from, labels.size())) {
      byte[] bytes = label.getBytes(StandardCharsets.UTF_8);
      out.write(bytes.length);
      out.writeBytes(bytes);
    }
    out.write(0);
    return out.toByteArray();
  }
}
