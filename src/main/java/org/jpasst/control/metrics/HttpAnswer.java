package org.jpasst.control.metrics;

import java.nio.charset.StandardCharsets;

/** Answers of HTTP/1.1 (RFC 9112), each the last of its connection. */
final class HttpAnswer {
  private static final String PLAIN = "text/plain; charset=utf-8";

  private HttpAnswer() {}

  /** One that tells what was asked for. */
  static byte[] of(HttpRequest request, String metrics) {
    return bytes("200 OK", request.dialect().contentType(), "", metrics, request.withBody());
  }

  /** One that says why it doesn't. */
  static byte[] refusal(HttpRequest request) {
    String reason =
        switch (request.status()) {
          case HttpRequest.NOT_FOUND -> "404 Not Found";
          case HttpRequest.METHOD_NOT_ALLOWED -> "405 Method Not Allowed";
          case HttpRequest.HEAD_TOO_LARGE -> "431 Request Header Fields Too Large";
          case HttpRequest.VERSION_NOT_SUPPORTED -> "505 HTTP Version Not Supported";
          default -> "400 Bad Request";
        };
    // RFC 9110 section 15.5.6.
    String allow = request.status() == HttpRequest.METHOD_NOT_ALLOWED ? "Allow: GET, HEAD\r\n" : "";
    return bytes(
        reason, PLAIN, allow, "There is GET /metrics, and nothing else.\n", request.withBody());
  }

  private static byte[] bytes(
      String status, String contentType, String headers, String body, boolean withBody) {
    String head =
        "HTTP/1.1 "
            + status
            + "\r\nContent-Type: "
            + contentType
            + "\r\nContent-Length: "
            + body.getBytes(StandardCharsets.UTF_8).length
            + "\r\n"
            + headers
            + "Connection: close\r\n\r\n";
    return (withBody ? head + body : head).getBytes(StandardCharsets.UTF_8);
  }
}
