package org.jpasst.control.metrics;

import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What a client asks for by HTTP/1 (RFC 9112), as far as it matters here: the headers but one are
 * passed over, and so is a body.
 *
 * @param status what is to be answered: {@link #OK}, or why it isn't
 * @param withBody whether the answer has one, which that of HEAD hasn't
 * @param dialect of the answer, if there is one
 */
record HttpRequest(int status, boolean withBody, Dialect dialect) {
  static final int OK = 200;
  static final int BAD_REQUEST = 400;
  static final int NOT_FOUND = 404;
  static final int METHOD_NOT_ALLOWED = 405;
  static final int HEAD_TOO_LARGE = 431;
  static final int VERSION_NOT_SUPPORTED = 505;

  /** Where the metrics are, whatever query follows, and whatever host stands before. */
  private static final Pattern TARGET = Pattern.compile("(?i:http://[^/?#]*)?/metrics(?:\\?.*)?");

  private static final Pattern LINE =
      Pattern.compile("([!#$%&'*+.^_`|~0-9A-Za-z-]+) ([!-~]+) HTTP/(\\d)\\.\\d");

  private static final Pattern HEADER = Pattern.compile("([!#$%&'*+.^_`|~0-9A-Za-z-]+):(.*)");

  /**
   * Reads the part in front of the body.
   *
   * @param head its lines, without the empty one
   */
  static HttpRequest read(String head) {
    List<String> lines = head.lines().toList();
    Matcher line = LINE.matcher(lines.isEmpty() ? "" : lines.getFirst());
    if (!line.matches()) {
      return refused(BAD_REQUEST);
    }
    if (!line.group(3).equals("1")) {
      return refused(VERSION_NOT_SUPPORTED);
    }
    StringBuilder accept = new StringBuilder();
    for (String each : lines.subList(1, lines.size())) {
      Matcher header = HEADER.matcher(each);
      if (!header.matches()) {
        return refused(BAD_REQUEST);
      }
      if (header.group(1).equalsIgnoreCase("Accept")) {
        accept.append(header.group(2)).append(',');
      }
    }
    String method = line.group(1);
    boolean withBody = !method.equals("HEAD");
    if (withBody && !method.equals("GET")) {
      return refused(METHOD_NOT_ALLOWED);
    }
    return new HttpRequest(
        TARGET.matcher(line.group(2)).matches() ? OK : NOT_FOUND,
        withBody,
        dialect(accept.toString().toLowerCase(Locale.ROOT)));
  }

  /** One that isn't understood. */
  static HttpRequest refused(int status) {
    return new HttpRequest(status, true, Dialect.OPEN_METRICS);
  }

  /** The older format is only for who asks for it, and not for the newer. */
  private static Dialect dialect(String accept) {
    return accept.contains("text/plain") && !accept.contains("application/openmetrics-text")
        ? Dialect.PROMETHEUS_TEXT
        : Dialect.OPEN_METRICS;
  }
}
