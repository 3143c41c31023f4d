package org.jpasst.control.pesto;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.jpasst.config.Configuration;
import org.jpasst.config.ForwardRule;
import org.jpasst.linux.Errno;
import org.jpasst.linux.PeerCredentials;
import org.jpasst.linux.SocketType;
import org.jpasst.linux.Sockets;
import org.jpasst.log.Log;
import org.jpasst.loop.Acceptor;
import org.jpasst.loop.EventHandler;
import org.jpasst.loop.EventKey;
import org.jpasst.loop.EventKeys;
import org.jpasst.loop.EventKind;
import org.jpasst.loop.EventLoop;
import org.jpasst.loop.TimerWheel;
import org.jpasst.proto.listen.ForwardFailure;
import org.jpasst.proto.listen.ForwardTable;
import org.jpasst.unix.UnixListener;

/**
 * Where pesto(1) connects. Clients are served one after the other, as passt does it: what a client
 * sends back is the table it was told, changed, so nobody else may change that meanwhile. The
 * others wait in the listening socket's queue, and a client has {@link #PATIENCE} to finish.
 *
 * <p>Whoever may connect may change what is forwarded: its directory's and the file's permissions
 * are what protects it.
 */
public final class ConfigurationSocket implements AutoCloseable {
  /** A client connects. */
  public static final EventKind LISTENER_EVENTS = new EventKind("listening configuration socket");

  /** The client's connection is ready. */
  public static final EventKind CLIENT_EVENTS = new EventKind("configuration socket");

  /** How long one client may keep others waiting; pesto takes some milliseconds. */
  private static final long PATIENCE = TimeUnit.SECONDS.toNanos(5);

  private final UnixListener listener;
  private final Sockets sockets;
  private final EventLoop loop;
  private final ForwardTable table;
  private final Set<Capability> capabilities;
  private final Log log;
  private final TimerWheel patience;
  private final Acceptor acceptor;
  private final EventKeys clientKeys;
  private Optional<ConfigurationClient> client = Optional.empty();
  private String process = "";

  /** The rules that the client was told, and has changed. */
  private List<ForwardRule> told = List.of();

  private int generation;
  private int watchedFor;

  private ConfigurationSocket(
      UnixListener listener,
      Sockets sockets,
      EventLoop loop,
      ForwardTable table,
      Set<Capability> capabilities,
      Log log) {
    this.listener = listener;
    this.sockets = sockets;
    this.loop = loop;
    this.table = table;
    this.capabilities = capabilities;
    this.log = log;
    patience = loop.newTimers((id, now) -> onImpatience());
    clientKeys = loop.handle(CLIENT_EVENTS, new ClientEvents());
    acceptor =
        new Acceptor(
            loop,
            sockets,
            LISTENER_EVENTS,
            listener.fd(),
            "a configuration client",
            SocketType.NONBLOCK | SocketType.CLOEXEC,
            this::serve,
            log);
  }

  /**
   * Listens at a path.
   *
   * @param table is shown and replaced
   * @throws IOException with one line for the user if it can't
   */
  public static ConfigurationSocket open(
      Path path,
      Configuration configuration,
      ForwardTable table,
      Sockets sockets,
      EventLoop loop,
      Log log)
      throws IOException {
    Set<Capability> capabilities =
        Capability.of(configuration, BindToDeviceProbe.succeeds(sockets));
    UnixListener listener = UnixListener.open(path);
    return new ConfigurationSocket(listener, sockets, loop, table, capabilities, log);
  }

  private long clientKey() {
    return clientKeys.of(generation, 0);
  }

  private void serve(int fd, long now) {
    process = PeerCredentials.process(sockets, fd);
    log.info("accepted configuration client" + process);
    told = table.rules();
    var greeting = new Greeting(capabilities, told);
    var next = new ConfigurationClient(sockets, fd, greeting, new RequestReader(capabilities));
    watchedFor = next.interest();
    int result = loop.add(fd, watchedFor, clientKey());
    if (result < 0) {
      log.warn("cannot watch a configuration client: " + Errno.name(result));
      next.close();
      return;
    }
    client = Optional.of(next);
    patience.schedule(0, now + PATIENCE);
    acceptor.pause();
  }

  private final class ClientEvents implements EventHandler {
    @Override
    public void onReady(int index, int of, int events, long now) {
      if (client.isPresent() && of == (generation & EventKey.GENERATION_MASK)) {
        advance(client.get());
      }
    }

    @Override
    public void onFailure(int index, int of, long now) {
      hangUp();
    }
  }

  private void advance(ConfigurationClient served) {
    switch (served.advance()) {
      case Progress.Pending() -> {
        if (served.interest() != watchedFor) {
          watchedFor = served.interest();
          loop.modify(served.fd(), watchedFor, clientKey());
        }
      }
      case Progress.Asked(List<ForwardRule> rules) -> {
        apply(rules);
        hangUp();
      }
      case Progress.Refused(String reason) ->
          unchanged("sent a request that is refused: " + reason);
      case Progress.Gone(String reason) -> {
        if (!reason.isEmpty()) {
          unchanged(reason);
        }
        hangUp();
      }
    }
  }

  /** The protocol has no answer: the log is where a failure is told. */
  private void apply(List<ForwardRule> rules) {
    if (!table.rules().equals(told)) {
      unchanged("was told rules that others have changed since");
      return;
    }
    Optional<ForwardFailure> failure = table.replace(rules);
    if (failure.isPresent()) {
      unchanged("asked for rules that can't be had: " + failure.get().text());
      return;
    }
    log.info("new forwarding rules for " + Table.HOST_NAME + ":");
    rules.forEach(rule -> log.info("    " + rule));
  }

  private void unchanged(String reason) {
    log.warn(
        "configuration client"
            + process
            + ", "
            + reason
            + "; the forwarding rules stay as they are");
  }

  private void onImpatience() {
    unchanged("took longer than " + TimeUnit.NANOSECONDS.toSeconds(PATIENCE) + " s");
    hangUp();
  }

  /** The next one's turn. */
  private void hangUp() {
    client.ifPresent(ConfigurationClient::close);
    client = Optional.empty();
    generation++;
    patience.cancel(0);
    acceptor.resume();
  }

  /** Hangs up, stops listening and removes the socket's file. */
  @Override
  public void close() throws IOException {
    client.ifPresent(ConfigurationClient::close);
    client = Optional.empty();
    listener.close();
  }
}
