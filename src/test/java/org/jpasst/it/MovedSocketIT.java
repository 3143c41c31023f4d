package org.jpasst.it;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.Random;
import org.jpasst.lab.Await;
import org.jpasst.lab.LabTest;
import org.jpasst.lab.NetworkNamespace;
import org.jpasst.linux.AddressFamily;
import org.jpasst.linux.Errno;
import org.jpasst.linux.ErrnoException;
import org.jpasst.linux.LinuxSockets;
import org.jpasst.linux.MessageFlag;
import org.jpasst.linux.Shutdown;
import org.jpasst.linux.SocketAddress;
import org.jpasst.linux.SocketType;
import org.jpasst.linux.TcpInfo;
import org.jpasst.migrate.repair.DirectRepair;
import org.jpasst.migrate.repair.RepairCommand;
import org.jpasst.migrate.socket.SocketDump;
import org.jpasst.migrate.socket.SocketFreeze;
import org.jpasst.migrate.socket.SocketRestore;
import org.jpasst.migrate.stream.SocketRecord;
import org.jpasst.migrate.stream.TcpState;
import org.jpasst.net.Endpoint;
import org.jpasst.net.IpAddress;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.RepetitionInfo;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.AfterParameterizedClassInvocation;
import org.junit.jupiter.params.BeforeParameterizedClassInvocation;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * A socket that is frozen, dumped, closed and made anew is the same to its peer: every byte comes
 * once and in order, in both directions, and so do both ends of the stream.
 */
@LabTest
@ParameterizedClass
@CsvSource({"127.0.0.1, 1", "::1, 1", "127.0.0.1, 0", "::1, 0"})
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class MovedSocketIT {
  private static final Duration SOON = Duration.ofSeconds(20);
  private static final int CHUNK = 1 << 16;
  private static final int DONT_WAIT = MessageFlag.DONTWAIT | MessageFlag.NOSIGNAL;

  @Parameter(0)
  private String host;

  /** Whether timestamps, SACK and window scaling are in use. */
  @Parameter(1)
  private int options;

  private NetworkNamespace namespace;
  private final LinuxSockets sockets = new LinuxSockets();
  private final DirectRepair repair = new DirectRepair(sockets);
  private final SocketFreeze freeze = new SocketFreeze(sockets, repair);
  private final MemorySegment buffer = Arena.global().allocate(CHUNK);
  private final TcpInfo info = new TcpInfo();

  /** The peer, and our socket. */
  private SocketChannel peer;

  private int fd;

  @BeforeParameterizedClassInvocation
  void makeNamespace(String address, int on) {
    namespace = NetworkNamespace.create("sockets");
    for (String each : new String[] {"timestamps", "sack", "window_scaling"}) {
      namespace.sysctl("net.ipv4.tcp_" + each, Integer.toString(on));
    }
  }

  @AfterParameterizedClassInvocation
  void removeNamespace() {
    namespace.close();
  }

  @BeforeEach
  void connect() throws IOException {
    try (ServerSocketChannel listener = namespace.call(ServerSocketChannel::open)) {
      listener.bind(new InetSocketAddress(InetAddress.getByName(host), 0));
      int port = ((InetSocketAddress) listener.getLocalAddress()).getPort();
      fd = namespace.call(() -> connectTo(port));
      peer = listener.accept();
      peer.configureBlocking(false);
    }
  }

  @AfterEach
  void disconnect() throws IOException {
    peer.close();
    sockets.close(fd);
  }

  private int connectTo(int port) throws ErrnoException {
    int family = host.contains(":") ? AddressFamily.INET6 : AddressFamily.INET;
    int made = sockets.socket(family, SocketType.STREAM, 0);
    IpAddress to = IpAddress.parse(host).orElseThrow();
    var address = new SocketAddress();
    address.set(to.hi(), to.lo(), port, 0);
    ErrnoException.check(sockets.connect(made, address), "connect");
    return made;
  }

  @Test
  void anIdleConnectionGoesOn() throws IOException {
    assertThat(move()).isEqualTo(TcpState.ESTABLISHED);
    exchange();
    endBoth();
  }

  @Test
  void bytesInBothQueuesArrive() throws IOException {
    long sent = fill();
    long received = fillPeer();
    assertThat(move()).isEqualTo(TcpState.ESTABLISHED);
    drain(received);
    drainPeer(sent);
    exchange();
    endBoth();
  }

  @Test
  void aConnectionMovesManyTimesWithFullQueues() throws IOException {
    long sent = fill();
    long received = fillPeer();
    for (int i = 0; i < 5; i++) {
      assertThat(move()).isEqualTo(TcpState.ESTABLISHED);
    }
    drain(received);
    drainPeer(sent);
    exchange();
  }

  @Test
  void whatThePeerSentBeforeItsEndIsReadAndItIsAnswered() throws IOException {
    long received = fillPeer(0, 30_000);
    peer.shutdownOutput();
    awaitState(TcpState.CLOSE_WAIT, received);
    assertThat(move()).isEqualTo(TcpState.CLOSE_WAIT);
    drain(received);
    send("answer");
    sockets.shutdown(fd, Shutdown.WR);
    expectFromPeer("answer");
    expectPeersEnd();
  }

  @Test
  void ourEndComesBehindWhatThePeerHasNotReadYet() throws IOException {
    long sent = fill();
    sockets.shutdown(fd, Shutdown.WR);
    assertThat(move()).isEqualTo(TcpState.FIN_WAIT1);
    drainPeer(sent);
    expectPeersEnd();
    write("answer");
    peer.shutdownOutput();
    expect("answer");
    expectEnd();
  }

  @Test
  void afterOurEndThePeersBytesStillCome() throws IOException {
    send("request");
    sockets.shutdown(fd, Shutdown.WR);
    expectFromPeer("request");
    expectPeersEnd();
    awaitState(TcpState.FIN_WAIT2);
    assertThat(move()).isEqualTo(TcpState.FIN_WAIT2);
    write("answer");
    peer.shutdownOutput();
    expect("answer");
    expectEnd();
  }

  @Test
  void ourEndComesAlsoAfterThePeers() throws IOException {
    peer.shutdownOutput();
    awaitState(TcpState.CLOSE_WAIT);
    long sent = fill();
    sockets.shutdown(fd, Shutdown.WR);
    assertThat(move()).isEqualTo(TcpState.LAST_ACK);
    drainPeer(sent);
    expectPeersEnd();
  }

  @Test
  void bothEndsAtOnceComeThrough() throws IOException {
    long sent = fill();
    sockets.shutdown(fd, Shutdown.WR);
    write("last words");
    peer.shutdownOutput();
    awaitState(TcpState.CLOSING);
    assertThat(move()).isEqualTo(TcpState.CLOSING);
    expect("last words");
    drainPeer(sent);
    expectPeersEnd();
  }

  @Test
  void aThawedSocketGoesOnWhereItWas() throws IOException {
    long sent = fill();
    long received = fillPeer();
    freeze.freeze(new int[] {fd});
    try (Arena arena = Arena.ofConfined()) {
      new SocketDump(sockets).dump(fd, arena);
    }
    peer.write(ByteBuffer.wrap(new byte[0]));
    freeze.thaw(new int[] {fd});
    drain(received);
    drainPeer(sent);
    exchange();
    endBoth();
  }

  @Test
  void notAByteIsAcknowledgedAfterTheDump() throws IOException {
    assertThat(bytesLostBy(() -> freeze.freeze(new int[] {fd}))).isZero();
  }

  /** So that the test before is known to be able to fail. */
  @Test
  void repairModeAloneWouldLoseBytes() throws IOException {
    assertThat(bytesLostBy(() -> repair.set(new int[] {fd}, RepairCommand.ON))).isPositive();
  }

  @RepeatedTest(40)
  void anythingInTheQueuesArrives(RepetitionInfo info) throws IOException {
    Random random = new Random(info.getCurrentRepetition());
    long sent = 0;
    long received = 0;
    for (int i = 0; i < 6; i++) {
      sent += fill(sent, random.nextInt(300_000));
      received += fillPeer(received, random.nextInt(300_000));
      if (random.nextBoolean()) {
        move();
      }
    }
    move();
    drain(received);
    drainPeer(sent);
    exchange();
    endBoth();
  }

  private interface Freezing {
    void run() throws ErrnoException;
  }

  /** Bytes that the peer believes to have delivered after the dump. */
  private long bytesLostBy(Freezing freezing) throws IOException {
    long before = fillPeer(0, 10_000);
    awaitUnread(before);
    freezing.run();
    SocketRecord.Dumped dumped;
    try (Arena arena = Arena.ofConfined()) {
      dumped = new SocketDump(sockets).dump(fd, arena);
    }
    fillPeer(before, 100_000);
    // The peer sends again after 200 ms at the latest; what is taken would be so at once.
    Await.until(
        "the peer's second attempt, or its success",
        SOON,
        () -> namespace.counter("Tcp", "RetransSegs") > retransmitted || unread() > before);
    long lost = unread() - dumped.fields().rcvq();
    freeze.thaw(new int[] {fd});
    return lost;
  }

  private long retransmitted;

  @BeforeEach
  void count() {
    retransmitted = namespace.counter("Tcp", "RetransSegs");
  }

  /** Moves our socket; answers the state it was in. */
  private TcpState move() throws IOException {
    var local = new SocketAddress();
    var remote = new SocketAddress();
    sockets.getsockname(fd, local);
    sockets.getpeername(fd, remote);
    freeze.freeze(new int[] {fd});
    try (Arena arena = Arena.ofConfined()) {
      SocketRecord.Dumped dumped = new SocketDump(sockets).dump(fd, arena);
      sockets.close(fd);
      SocketRestore restore = new SocketRestore(sockets);
      fd = namespace.call(() -> restore.open(endpoint(local).address()));
      repair.set(new int[] {fd}, RepairCommand.ON);
      restore.restore(fd, endpoint(local), endpoint(remote), 0, dumped);
      repair.set(new int[] {fd}, RepairCommand.OFF);
      MemorySegment unsent = dumped.unsentPart();
      int sent = restore.resume(fd, unsent, dumped.state());
      sendRest(unsent, sent, dumped.state());
      return dumped.state();
    }
  }

  private void sendRest(MemorySegment unsent, int from, TcpState state) {
    int sent = from;
    while (sent < unsent.byteSize()) {
      int count = sockets.send(fd, unsent, sent, unsent.byteSize() - sent, DONT_WAIT);
      if (count == -Errno.EAGAIN) {
        // The peer reads nothing by itself: only a larger buffer helps.
        throw new AssertionError("no room for " + (unsent.byteSize() - sent) + " bytes");
      }
      sent += count;
    }
    if (from < unsent.byteSize() && state.finPending()) {
      sockets.shutdown(fd, Shutdown.WR);
    }
  }

  private static Endpoint endpoint(SocketAddress address) {
    return new Endpoint(new IpAddress(address.hi(), address.lo()), address.port());
  }

  private void awaitState(TcpState state) {
    Await.until(
        state.toString(), SOON, () -> info.read(sockets, fd) >= 0 && info.state() == state.code());
  }

  private void awaitState(TcpState state, long unread) {
    awaitState(state);
    awaitUnread(unread);
  }

  private void awaitUnread(long bytes) {
    Await.until(bytes + " bytes to be read", SOON, () -> unread() == bytes);
  }

  private long unread() {
    return sockets.ioctl(fd, org.jpasst.linux.Ioctl.SIOCINQ);
  }

  // ---- both directions carry a pattern that depends on the position

  private static byte pattern(long position) {
    return (byte) (position * 31 + (position >> 8) * 7 + (position >> 16));
  }

  /** Sends until the socket takes no more; answers how many bytes. */
  private long fill() {
    return fill(0, Long.MAX_VALUE);
  }

  private long fill(long from, long most) {
    long position = from;
    while (position - from < most) {
      int length = (int) Math.min(CHUNK, most - (position - from));
      for (int i = 0; i < length; i++) {
        buffer.set(ValueLayout.JAVA_BYTE, i, pattern(position + i));
      }
      int count = sockets.send(fd, buffer, 0, length, DONT_WAIT);
      if (count < 0) {
        assertThat(count).isEqualTo(-Errno.EAGAIN);
        break;
      }
      position += count;
    }
    return position - from;
  }

  private long fillPeer() throws IOException {
    return fillPeer(0, Long.MAX_VALUE);
  }

  private long fillPeer(long from, long most) throws IOException {
    long position = from;
    while (position - from < most) {
      ByteBuffer bytes = ByteBuffer.allocate((int) Math.min(CHUNK, most - (position - from)));
      for (int i = 0; i < bytes.capacity(); i++) {
        bytes.put(i, pattern(position + i));
      }
      int count = peer.write(bytes);
      if (count == 0) {
        break;
      }
      position += count;
    }
    return position - from;
  }

  /** Reads what the peer has sent and compares it. */
  private void drain(long length) {
    long[] position = {0};
    Await.until(
        "all of " + length + " bytes from the peer",
        SOON,
        () -> {
          int count = sockets.recv(fd, buffer, 0, CHUNK, DONT_WAIT);
          while (count > 0) {
            for (int i = 0; i < count; i++) {
              compare(buffer.get(ValueLayout.JAVA_BYTE, i), position[0]++);
            }
            count = position[0] < length ? sockets.recv(fd, buffer, 0, CHUNK, DONT_WAIT) : 0;
          }
          return position[0] == length;
        });
  }

  /** Has the peer read what we have sent and compare it. */
  private void drainPeer(long length) {
    long[] position = {0};
    ByteBuffer bytes = ByteBuffer.allocate(CHUNK);
    Await.until(
        "all of " + length + " bytes at the peer",
        SOON,
        () -> {
          int count = readPeer(bytes);
          while (count > 0) {
            for (int i = 0; i < count; i++) {
              compare(bytes.get(i), position[0]++);
            }
            count = position[0] < length ? readPeer(bytes) : 0;
          }
          return position[0] == length;
        });
  }

  private int readPeer(ByteBuffer bytes) {
    try {
      return peer.read(bytes.clear());
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  private static void compare(byte got, long position) {
    if (got != pattern(position)) {
      throw new AssertionError("byte " + position + " is wrong");
    }
  }

  private void exchange() throws IOException {
    send("to the peer");
    write("from the peer");
    expectFromPeer("to the peer");
    expect("from the peer");
  }

  private void endBoth() throws IOException {
    sockets.shutdown(fd, Shutdown.WR);
    expectPeersEnd();
    peer.shutdownOutput();
    expectEnd();
  }

  private void send(String text) {
    byte[] bytes = text.getBytes(US_ASCII);
    MemorySegment.copy(bytes, 0, buffer, ValueLayout.JAVA_BYTE, 0, bytes.length);
    assertThat(sockets.send(fd, buffer, 0, bytes.length, DONT_WAIT)).isEqualTo(bytes.length);
  }

  private void write(String text) throws IOException {
    peer.write(ByteBuffer.wrap(text.getBytes(US_ASCII)));
  }

  private void expect(String text) {
    int[] count = {0};
    Await.until(
        text, SOON, () -> (count[0] = sockets.recv(fd, buffer, 0, text.length(), DONT_WAIT)) > 0);
    byte[] bytes = buffer.asSlice(0, count[0]).toArray(ValueLayout.JAVA_BYTE);
    assertThat(new String(bytes, US_ASCII)).isEqualTo(text);
  }

  private void expectEnd() {
    Await.until("the peer's end", SOON, () -> sockets.recv(fd, buffer, 0, 1, DONT_WAIT) == 0);
  }

  private void expectFromPeer(String text) {
    ByteBuffer bytes = ByteBuffer.allocate(text.length());
    Await.until(
        text,
        SOON,
        () -> {
          try {
            peer.read(bytes);
          } catch (IOException e) {
            throw new AssertionError(e);
          }
          return !bytes.hasRemaining();
        });
    assertThat(new String(bytes.array(), US_ASCII)).isEqualTo(text);
  }

  private void expectPeersEnd() {
    Await.until("our end at the peer", SOON, () -> readPeer(ByteBuffer.allocate(1)) < 0);
  }
}
