package org.jpasst.demo;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** A web server on the host's loopback that has one page. */
final class PageServer implements AutoCloseable {
  private static final int BACKLOG = 4;
  private static final int PAGE_LENGTH = 1 << 20;

  private final ServerSocket listener;

  private PageServer(ServerSocket listener) {
    this.listener = listener;
  }

  /**
   * Starts to serve.
   *
   * @param loopback the address to listen at
   * @throws IOException if the host does not have it
   */
  static PageServer start(String loopback) throws IOException {
    var server = new PageServer(new ServerSocket(0, BACKLOG, InetAddress.getByName(loopback)));
    Thread.ofPlatform().daemon().name("page server").start(server::serve);
    return server;
  }

  int port() {
    return listener.getLocalPort();
  }

  /** The page's content. */
  static byte[] page() {
    byte[] line = "All of this came through the guest's link.\n".getBytes(StandardCharsets.UTF_8);
    byte[] page = new byte[PAGE_LENGTH];
    for (int at = 0; at < page.length; at++) {
      page[at] = line[at % line.length];
    }
    return page;
  }

  /** The request for the page (HTTP/1.0). */
  static byte[] request() {
    return "GET / HTTP/1.0\r\n\r\n".getBytes(StandardCharsets.US_ASCII);
  }

  /** Whether these bytes are the server's whole answer. */
  static boolean isAnswer(byte[] received) {
    return Arrays.equals(received, answer());
  }

  @Override
  public void close() throws IOException {
    listener.close();
  }

  private static byte[] answer() {
    byte[] page = page();
    String head = "HTTP/1.0 200 OK\r\nContent-Length: " + page.length + "\r\n\r\n";
    byte[] answer =
        Arrays.copyOf(head.getBytes(StandardCharsets.US_ASCII), head.length() + page.length);
    System.arraycopy(page, 0, answer, head.length(), page.length);
    return answer;
  }

  private void serve() {
    while (!listener.isClosed()) {
      try (Socket client = listener.accept()) {
        InputStream request = client.getInputStream();
        request.readNBytes(request().length);
        OutputStream to = client.getOutputStream();
        to.write(answer());
        client.shutdownOutput();
        request.readAllBytes();
      } catch (IOException e) {
        // The client is gone, or the server was closed: the loop's condition tells which.
      }
    }
  }
}
