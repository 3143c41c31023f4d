package org.jpasst.demo;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import org.jpasst.net.IpAddress;

/** A port of the host that leads to a server in the guest. */
record ForwardedPort(int port) {
  static final int IN_GUEST = 8080;

  private static final String HOST = "127.0.0.1";
  private static final int PATIENCE_MILLIS = 10_000;
  private static final byte[] ANSWER =
      "HTTP/1.0 200 OK\r\n\r\nhello from the guest\n".getBytes(StandardCharsets.US_ASCII);

  /** One that nobody uses now. */
  static ForwardedPort choose() throws IOException {
    try (var socket = new ServerSocket(0, 1, InetAddress.getByName(HOST))) {
      return new ForwardedPort(socket.getLocalPort());
    }
  }

  /** The argument of the back-end's option. */
  String rule() {
    return "%s/%d:%d".formatted(HOST, port, IN_GUEST);
  }

  String url() {
    return "http://%s:%d/".formatted(HOST, port);
  }

  /** Has a client of the host ask the guest, and tells whether it got the guest's answer. */
  boolean use(TcpClient tcp, IpAddress own) throws IOException, InterruptedException {
    CompletableFuture<byte[]> answer = CompletableFuture.supplyAsync(this::ask);
    int length = PageServer.request().length;
    boolean served = tcp.accept(own, IN_GUEST) && tcp.skip(length) && tcp.send(ANSWER);
    if (!served || !tcp.close()) {
      return false;
    }
    try {
      return new String(answer.get(), StandardCharsets.US_ASCII)
          .equals(new String(ANSWER, StandardCharsets.US_ASCII));
    } catch (ExecutionException e) {
      return false;
    }
  }

  private byte[] ask() {
    try (var client = new Socket(InetAddress.getByName(HOST), port)) {
      client.setSoTimeout(PATIENCE_MILLIS);
      client.getOutputStream().write(PageServer.request());
      return client.getInputStream().readAllBytes();
    } catch (IOException e) {
      return new byte[0];
    }
  }
}
