package org.jpasst.rehearsal;

import java.io.UncheckedIOException;
import java.lang.foreign.MemorySegment;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.Map;
import java.util.Queue;
import org.jpasst.linux.Errno;
import org.jpasst.linux.FileDescriptors;
import org.jpasst.linux.SocketAddress;
import org.jpasst.linux.SocketPair;
import org.jpasst.linux.SocketType;
import org.jpasst.linux.ZeroPages;
import org.jpasst.net.Endpoint;

/** The peers' ends of one stack's {@link PairedSockets}, and the connections that come to it. */
final class OtherEnds implements AutoCloseable {
  /** As much as is ever in a socket. */
  private static final long SCRATCH = 1 << 18;

  private final MemorySegment scratch = ZeroPages.map(SCRATCH);

  /** By the stack's own end: of sockets that aren't connected yet. */
  private final Map<Integer, Integer> unconnected = new HashMap<>();

  private final Queue<Integer> connected = new ArrayDeque<>();
  private final Queue<Integer> coming = new ArrayDeque<>();
  private int bell = RehearsedSockets.NOBODY;
  private Endpoint own = new Endpoint(Play.HOST4, 0);
  private Endpoint peer = new Endpoint(Play.PEER4, 0);

  /** Bytes that nobody cares for. */
  MemorySegment scratch() {
    return scratch;
  }

  /** Who a socket's ends say they are, from now on. */
  void between(Endpoint nextPeer, Endpoint nextOwn) {
    peer = nextPeer;
    own = nextOwn;
  }

  /** The stack opens a socket: its descriptor, or the negated error number. */
  int open(int type) {
    try {
      SocketPair pair = SocketPair.create(type);
      unconnected.put(pair.ours(), pair.theirs());
      return pair.ours();
    } catch (UncheckedIOException e) {
      return -Errno.EMFILE;
    }
  }

  /** The stack has connected a socket. */
  void connected(int fd) {
    Integer other = unconnected.remove(fd);
    if (other != null) {
      connected.add(other);
    }
  }

  /** The stack listens by a socket. */
  void listening(int fd) {
    bell = unconnected.remove(fd);
  }

  /** The stack closes a socket. */
  void closed(int fd) {
    Integer other = unconnected.remove(fd);
    if (other != null) {
      FileDescriptors.close(other);
    }
  }

  /** Whether the stack has connected a socket whose other end nobody has taken yet. */
  boolean hasConnected() {
    return !connected.isEmpty();
  }

  /** The oldest of these, which is the caller's to close. */
  int takeConnected() {
    return connected.remove();
  }

  /** Has a connection come; the peer's end, which is the caller's to close. */
  int come() {
    SocketPair pair = SocketPair.create(SocketType.STREAM | SocketType.NONBLOCK);
    coming.add(pair.ours());
    FileDescriptors.write(bell, scratch, 0, 1);
    return pair.theirs();
  }

  /** As accept(2). */
  int accept(SocketAddress from) {
    Integer fd = coming.poll();
    if (fd == null) {
      return -Errno.EAGAIN;
    }
    fillPeer(from);
    return fd;
  }

  void fillPeer(SocketAddress address) {
    address.set(peer.address().hi(), peer.address().lo(), peer.port(), 0);
  }

  void fillOwn(SocketAddress address) {
    address.set(own.address().hi(), own.address().lo(), own.port(), 0);
  }

  @Override
  public void close() {
    unconnected.values().forEach(FileDescriptors::close);
    connected.forEach(FileDescriptors::close);
    coming.forEach(FileDescriptors::close);
    FileDescriptors.close(bell);
  }
}
