package org.jpasst.qmp;

import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jpasst.config.QemuSettings;
import org.jpasst.guest.cache.CachePolicy;
import org.jpasst.guest.cache.PacketCache;
import org.jpasst.guest.stream.StreamLink;
import org.jpasst.linux.SocketPair;
import org.jpasst.linux.SocketType;
import org.jpasst.log.Log;
import org.jpasst.log.LogLevel;
import org.jpasst.migrate.LoneMigration;
import org.jpasst.migrate.Migration;
import org.jpasst.proto.DescriptorReserve;
import org.jpasst.proto.socket.LoopbackHost;
import org.jpasst.stack.NetStack;

/** A back-end in this process that watches a QEMU whose monitor the test plays. */
final class WatchedQemu implements AutoCloseable {
  final LoopbackHost host = new LoopbackHost();
  final List<String> messages = new ArrayList<>();
  final StreamLink link;
  final Migration migration;
  int moved; // how often the guest went on elsewhere
  private final Log log = new Log(LogLevel.INFO, () -> 0);
  private final ServerSocketChannel server;
  private final QemuMigration followed;
  private Optional<SocketChannel> monitor = Optional.empty();

  /** A back-end with a guest, whose link it is. */
  WatchedQemu(Path directory, Optional<Path> to, Optional<Path> from) throws IOException {
    log.addSink((level, time, text) -> messages.add(text));
    Path path = directory.resolve("monitor");
    server = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
    server.bind(UnixDomainSocketAddress.of(path));
    server.configureBlocking(false);
    link = new StreamLink(host.loop, host.sockets, host.counters, log);
    NetStack stack = host.stack(link.sink(), DescriptorReserve.none(), log);
    var cache =
        new PacketCache(link, link.sink(), CachePolicy.never(), 0, host.loop::now, host.counters);
    migration = LoneMigration.of(stack.state(link, cache), host.sockets, host.loop, log);
    followed =
        new QemuMigration(
            new QemuSettings(Optional.of(path), to, from),
            migration,
            link,
            () -> moved++,
            host.sockets,
            host.loop,
            log);
    link.attach(SocketPair.create(SocketType.STREAM | SocketType.NONBLOCK).ours());
  }

  /** QEMU sends a line. */
  void send(String line) throws IOException {
    if (monitor.isEmpty()) {
      monitor = Optional.of(server.accept());
    }
    String text = line.replace('\'', '"') + "\r\n";
    monitor.get().write(ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8)));
    host.settle();
  }

  /** QEMU has started. */
  void answer(String state, String lastMigration) throws IOException {
    send("{'QMP': {}}");
    send("{'return': {}}");
    send("{'return': {}}");
    send("{'return': {" + lastMigration + "}}");
    send("{'return': {'status': '" + state + "'}}");
  }

  void tell(String event) throws IOException {
    send("{'event': '" + event + "'}");
  }

  void tellMigration(String status) throws IOException {
    send("{'event': 'MIGRATION', 'data': {'status': '" + status + "'}}");
  }

  /** Whether somebody has connected to the monitor who hasn't been answered yet. */
  boolean hasNewClient() throws IOException {
    try (SocketChannel next = server.accept()) {
      return next != null;
    }
  }

  /** QEMU ends. */
  void hangUp() throws IOException {
    monitor.orElseThrow().close();
    host.settle();
  }

  @Override
  public void close() throws IOException {
    followed.close();
    server.close();
    host.close();
  }
}
