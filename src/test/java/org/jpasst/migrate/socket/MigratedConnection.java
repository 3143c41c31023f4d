package org.jpasst.migrate.socket;

import java.lang.foreign.Arena;
import java.time.Duration;
import java.util.Optional;
import org.jpasst.lab.Await;
import org.jpasst.lab.Lab;
import org.jpasst.lab.NetworkNamespace;
import org.jpasst.linux.AddressFamily;
import org.jpasst.linux.Deafness;
import org.jpasst.linux.Deafness.Way;
import org.jpasst.linux.Errno;
import org.jpasst.linux.ErrnoException;
import org.jpasst.linux.LinuxSockets;
import org.jpasst.linux.SocketAddress;
import org.jpasst.linux.SocketLevel;
import org.jpasst.linux.SocketOption;
import org.jpasst.linux.SocketType;
import org.jpasst.linux.Sockets;
import org.jpasst.migrate.repair.DirectRepair;
import org.jpasst.migrate.repair.RepairCommand;
import org.jpasst.migrate.stream.SocketRecord;
import org.jpasst.net.Endpoint;
import org.jpasst.net.IpAddress;

/**
 * A TCP connection between the lab's host, whose end is migrated, and its remote. Either direction
 * of the path between them can be cut.
 */
final class MigratedConnection implements AutoCloseable {
  /** The addresses of both ends. */
  enum Family {
    IPV4("", "/32", Lab.HOST4, Lab.REMOTE4),
    IPV6("-6 ", "/128", Lab.HOST6, Lab.REMOTE6);

    private final String option;
    private final String mask;
    private final String host;
    private final String remote;

    Family(String option, String mask, String host, String remote) {
      this.option = option;
      this.mask = mask;
      this.host = host;
      this.remote = remote;
    }
  }

  private static final Duration SOON = Duration.ofSeconds(5);
  private static final int PORT = 7000;

  private final Lab lab;
  private final Family family;
  private final LinuxSockets sockets = new LinuxSockets();
  private final DirectRepair repair = new DirectRepair(sockets);
  private final SocketFreeze freeze;
  private final Arena arena = Arena.ofShared();
  private final StreamEnd ours;
  private final StreamEnd peer;
  private final Endpoint local;
  private final Endpoint remote;
  private boolean cutThere;
  private boolean cutBack;
  private boolean finReceived;

  /** Connects the host's end to the remote, with buffers of the kernel's choice. */
  static MigratedConnection connect(Lab lab, Family family) {
    return connect(lab, family, 0);
  }

  /** The same with buffers of so many bytes at both ends, whatever the limits are. */
  static MigratedConnection connect(Lab lab, Family family, int buffers) {
    return connect(lab, family, buffers, Way.FILTER);
  }

  /** The same on a kernel that lets us make sockets deaf by this way, but by no stronger one. */
  static MigratedConnection connect(Lab lab, Family family, int buffers, Way strongest) {
    return new MigratedConnection(lab, family, buffers, strongest);
  }

  private MigratedConnection(Lab lab, Family family, int buffers, Way strongest) {
    this.lab = lab;
    this.family = family;
    freeze = new SocketFreeze(sockets, repair, new Deafness(strongest));
    remote = new Endpoint(IpAddress.parse(family.remote).orElseThrow(), PORT);
    int listener = socket(lab.remote(), buffers);
    var address = new SocketAddress();
    set(address, remote);
    check(sockets.setsockopt(listener, SocketLevel.SOCKET, SocketOption.SO_REUSEADDR, 1));
    check(sockets.bind(listener, address));
    check(sockets.listen(listener, 1));
    int client = socket(lab.host(), buffers);
    int result = sockets.connect(client, address);
    if (result != -Errno.EINPROGRESS) {
      check(result);
    }
    var own = new SocketAddress();
    int accepted =
        Await.value(
            "the connection",
            SOON,
            () -> {
              int fd = sockets.accept(listener, own, SocketType.NONBLOCK | SocketType.CLOEXEC);
              return fd < 0 ? Optional.empty() : Optional.of(fd);
            });
    sockets.close(listener);
    local = new Endpoint(new IpAddress(own.hi(), own.lo()), own.port());
    StreamEnd[] ends = StreamEnd.pair(client, accepted, arena);
    ours = ends[0];
    peer = ends[1];
  }

  /** The end that is migrated. */
  StreamEnd ours() {
    return ours;
  }

  /** The end that must not notice. */
  StreamEnd peer() {
    return peer;
  }

  Endpoint local() {
    return local;
  }

  Endpoint remote() {
    return remote;
  }

  /** From now on nothing that our end sends arrives. */
  void cutThere() {
    if (cutThere) {
      return;
    }
    route(lab.host(), "add", family.remote);
    cutThere = true;
  }

  boolean isCutThere() {
    return cutThere;
  }

  /** From now on nothing that the peer sends arrives. */
  void cutBack() {
    if (cutBack) {
      return;
    }
    route(lab.remote(), "add", family.host);
    cutBack = true;
  }

  /** The path carries everything again. */
  void mend() {
    mendThere();
    if (cutBack) {
      route(lab.remote(), "del", family.host);
      cutBack = false;
    }
  }

  private void mendThere() {
    if (cutThere) {
      route(lab.host(), "del", family.remote);
      cutThere = false;
    }
  }

  /** Freezes our end, and tells how it was made deaf. */
  Way freeze() throws ErrnoException {
    return freeze.freeze(new int[] {ours.fd()});
  }

  void thaw() throws ErrnoException {
    freeze.thaw(new int[] {ours.fd()});
  }

  /** Reads all of our frozen end's state; it can be used as long as the connection. */
  SocketRecord.Dumped dump() throws ErrnoException {
    return new SocketDump(sockets).dump(ours.fd(), arena);
  }

  /** Freezes and dumps our end and closes it; the peer's segments find the path cut. */
  SocketRecord.Dumped takeAway() throws ErrnoException {
    freeze();
    SocketRecord.Dumped dumped = dump();
    finReceived = new SocketDump(sockets).isFinReceived(ours.fd());
    cutBack();
    ours.close();
    mendThere(); // connecting wants a route
    return dumped;
  }

  /** Whether the peer's FIN had come when our end was taken away. */
  boolean isFinReceived() {
    return finReceived;
  }

  /** Makes our end anew out of what was dumped, and mends the path. */
  void bringBack(SocketRecord.Dumped dumped) throws ErrnoException {
    bringBack(dumped, sockets);
  }

  /** The same by other calls. */
  void bringBack(SocketRecord.Dumped dumped, Sockets calls) throws ErrnoException {
    var restore = new SocketRestore(calls);
    int fd = lab.host().call(() -> restore.open(local.address()));
    ours.become(fd);
    repair.set(new int[] {fd}, RepairCommand.ON);
    restore.restore(fd, local, remote, 0, dumped);
    repair.set(new int[] {fd}, RepairCommand.OFF);
    mend();
    int[] sent = {0};
    Await.until(
        "the unsent part to be sent",
        StreamEnd.SOON,
        () -> {
          peer.readAvailable();
          try {
            sent[0] += restore.resume(fd, dumped.unsentPart().asSlice(sent[0]), dumped.state());
          } catch (ErrnoException e) {
            throw new AssertionError(e);
          }
          return sent[0] == dumped.unsentPart().byteSize();
        });
  }

  @Override
  public void close() {
    mend();
    ours.close();
    peer.close();
    arena.close();
  }

  private int socket(NetworkNamespace namespace, int buffers) {
    int inet = family == Family.IPV4 ? AddressFamily.INET : AddressFamily.INET6;
    int type = SocketType.STREAM | SocketType.NONBLOCK | SocketType.CLOEXEC;
    int fd = check(namespace.call(() -> sockets.socket(inet, type, 0)));
    if (buffers > 0) {
      check(sockets.setsockopt(fd, SocketLevel.SOCKET, SocketOption.SO_RCVBUFFORCE, buffers));
      check(sockets.setsockopt(fd, SocketLevel.SOCKET, SocketOption.SO_SNDBUFFORCE, buffers));
    }
    check(sockets.setsockopt(fd, SocketLevel.TCP, SocketOption.TCP_NODELAY, 1));
    return fd;
  }

  private void route(NetworkNamespace where, String action, String to) {
    where.ip(family.option + "route " + action + " blackhole " + to + family.mask);
  }

  private static void set(SocketAddress address, Endpoint endpoint) {
    address.set(endpoint.address().hi(), endpoint.address().lo(), endpoint.port(), 0);
  }

  private static int check(int result) {
    if (result < 0) {
      throw new AssertionError(Errno.name(result));
    }
    return result;
  }
}
