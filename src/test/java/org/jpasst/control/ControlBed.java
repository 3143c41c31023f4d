package org.jpasst.control;

import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jpasst.config.PortRange;
import org.jpasst.control.metrics.Metrics;
import org.jpasst.guest.cache.CachePolicy;
import org.jpasst.guest.cache.PacketCache;
import org.jpasst.guest.capture.CaptureSwitch;
import org.jpasst.guest.stream.StreamLink;
import org.jpasst.log.Log;
import org.jpasst.log.LogLevel;
import org.jpasst.migrate.LoneMigration;
import org.jpasst.proto.DescriptorReserve;
import org.jpasst.proto.socket.LoopbackHost;
import org.jpasst.stack.NetStack;

/**
 * A whole back-end behind a control socket, on the loopback interface, with a clock moved by hand.
 */
final class ControlBed implements AutoCloseable {
  final LoopbackHost host = new LoopbackHost();
  final List<String> messages = new ArrayList<>();
  final Log log = new Log(LogLevel.INFO, () -> 0);
  final NetStack stack;
  final Controlled run;
  final Path path;
  private final ControlSocket socket;

  ControlBed(Path directory) throws IOException {
    log.addSink((level, time, text) -> messages.add(text));
    var link = new StreamLink(host.loop, host.sockets, host.counters, log);
    var capture = new CaptureSwitch(link, host.counters, log);
    stack = host.stack(capture.sink(), DescriptorReserve.none(), log);
    var cache =
        new PacketCache(
            link, capture.sink(), CachePolicy.never(), 0, host.loop::now, host.counters);
    var migration = LoneMigration.of(stack.state(link, cache), host.sockets, host.loop, log);
    run =
        new Controlled(
            host.configuration,
            PortRange.DYNAMIC,
            new Metrics.Sources(
                stack.flows(),
                stack.tcp(),
                stack.udp(),
                stack.ping(),
                host.counters,
                cache,
                migration,
                host.loop),
            stack.forwards(),
            capture,
            log);
    path = directory.resolve("control");
    socket = ControlSocket.open(path, host.sockets, run);
  }

  /** Connects, and lets the loop run. */
  SocketChannel connect() throws IOException {
    SocketChannel client = SocketChannel.open(StandardProtocolFamily.UNIX);
    client.connect(UnixDomainSocketAddress.of(path));
    client.configureBlocking(false);
    host.settle();
    return client;
  }

  /** Sends what the socket takes, and lets the loop run. */
  void send(SocketChannel client, String text) throws IOException {
    ByteBuffer left = ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8));
    while (left.hasRemaining()) {
      client.write(left);
      host.settle();
    }
  }

  /** Asks, and returns the answer. */
  String ask(SocketChannel client, String request) throws IOException {
    send(client, request + "\n");
    return read(client);
  }

  /** What there is to be read now. */
  String read(SocketChannel client) throws IOException {
    var got = new StringBuilder();
    var buffer = ByteBuffer.allocate(1 << 16);
    try {
      while (client.read(buffer.clear()) > 0) {
        got.append(new String(buffer.array(), 0, buffer.position(), StandardCharsets.UTF_8));
        host.settle();
      }
    } catch (IOException e) {
      // Reset behind what was read: what the client sent last hasn't been.
    }
    return got.toString();
  }

  /** Whether the client was hung up on, and has read all. */
  static boolean isAtEnd(SocketChannel client) {
    try {
      return client.read(ByteBuffer.allocate(1)) < 0;
    } catch (IOException e) {
      return true; // reset: what it sent last wasn't read
    }
  }

  static long descriptors() throws IOException {
    try (var all = Files.list(Path.of("/proc/self/fd"))) {
      return all.count();
    }
  }

  @Override
  public void close() throws IOException {
    socket.close();
    stack.forwards().replace(List.of());
    run.capture().close();
    host.close();
  }
}
