package org.jpasst.demo;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Optional;

/**
 * A web server of the host that has one page, in which every byte tells its place: one that is
 * lost, or comes twice, shows.
 */
final class PageServer implements AutoCloseable {
  private static final int CHUNK = 1 << 16;
  private static final byte[] END_OF_HEAD = {'\r', '\n', '\r', '\n'};

  private final HttpServer server;

  private PageServer(HttpServer server) {
    this.server = server;
  }

  /**
   * Starts to serve.
   *
   * @param address to listen at
   * @param length of the page
   * @param pause after each 64 KiB of it
   * @throws IOException if the host does not have the address
   */
  static PageServer start(String address, int length, Duration pause) throws IOException {
    var at = new InetSocketAddress(InetAddress.getByName(address), 0);
    HttpServer server = HttpServer.create(at, 0);
    server.createContext("/", exchange -> answer(exchange, length, pause));
    server.setExecutor(task -> Thread.ofPlatform().daemon().name("page server").start(task));
    server.start();
    return new PageServer(server);
  }

  int port() {
    return server.getAddress().getPort();
  }

  /** The request for the page (HTTP/1.0). */
  static byte[] request() {
    return "GET / HTTP/1.0\r\n\r\n".getBytes(StandardCharsets.US_ASCII);
  }

  /** Whether these bytes are the server's whole answer. */
  static boolean isAnswer(byte[] received, int length) {
    Optional<Integer> begin = page(received, received.length);
    return begin.isPresent()
        && received.length - begin.get() == length
        && isPage(received, begin.get(), length, 0);
  }

  /** Where the page begins in the first bytes of an answer, if that has come. */
  static Optional<Integer> page(byte[] received, int length) {
    for (int i = 0; i + END_OF_HEAD.length <= length; i++) {
      int at = 0;
      while (at < END_OF_HEAD.length && received[i + at] == END_OF_HEAD[at]) {
        at++;
      }
      if (at == END_OF_HEAD.length) {
        return Optional.of(i + at);
      }
    }
    return Optional.empty();
  }

  /** Whether these bytes are those of the page from a place on. */
  static boolean isPage(byte[] bytes, int from, int count, long place) {
    for (int i = 0; i < count; i++) {
      if (bytes[from + i] != at(place + i)) {
        return false;
      }
    }
    return true;
  }

  @Override
  public void close() {
    server.stop(0);
  }

  private static byte at(long place) {
    return (byte) (place * 0x9e37_79b9_7f4a_7c15L >>> 56);
  }

  private static void answer(HttpExchange exchange, int length, Duration pause) throws IOException {
    try (exchange) {
      exchange.sendResponseHeaders(200, length);
      OutputStream to = exchange.getResponseBody();
      byte[] chunk = new byte[CHUNK];
      for (int place = 0; place < length; place += CHUNK) {
        int count = Math.min(CHUNK, length - place);
        for (int i = 0; i < count; i++) {
          chunk[i] = at(place + i);
        }
        to.write(chunk, 0, count);
        Thread.sleep(pause);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
