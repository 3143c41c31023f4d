package org.jpasst.proto.tcp;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.MemorySegment;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.function.IntConsumer;
import java.util.stream.Stream;
import org.jpasst.linux.AddressFamily;
import org.jpasst.linux.LinuxSockets;
import org.jpasst.linux.SocketAddress;
import org.jpasst.linux.SocketLevel;
import org.jpasst.linux.SocketOption;
import org.jpasst.linux.SocketType;
import org.jpasst.net.IpAddress;
import org.jpasst.wire.TcpHeader;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What peers do that connect to a forwarded port, and what the guest sees of it. */
@Timeout(60)
final class TcpInboundStrangersTest {
  private static final int ACK = TcpHeader.ACK;
  private static final int FIN = TcpHeader.FIN;
  private static final int RST = TcpHeader.RST;
  private static final int SYN = TcpHeader.SYN;

  private final LinuxSockets sockets = new LinuxSockets();
  private ScriptedGuest guest;
  private long descriptors;

  /** With its first socket the JDK opens one that it keeps, whatever test comes first. */
  @BeforeAll
  static void openFirst() throws IOException {
    new ServerSocket(0).close();
  }

  @BeforeEach
  void open() throws IOException {
    guest = new ScriptedGuest(sockets);
    descriptors = descriptors();
  }

  @AfterEach
  void close() {
    guest.close();
  }

  /** Open sockets of this process; a client's is closed when it is counted. */
  private static long descriptors() throws IOException {
    try (Stream<Path> all = Files.list(Path.of("/proc/self/fd"))) {
      return all.filter(TcpInboundStrangersTest::isSocket).count();
    }
  }

  private static boolean isSocket(Path descriptor) {
    try {
      return Files.readSymbolicLink(descriptor).toString().startsWith("socket:");
    } catch (IOException e) {
      return false; // the one by which the directory was read
    }
  }

  private void assertNothingIsLeft() throws IOException {
    assertThat(guest.flows.size()).isZero();
    assertThat(descriptors()).isLessThanOrEqualTo(descriptors);
    guest.received();
    for (int i = 0; i < 300; i++) {
      guest.advance(SECONDS.toNanos(5));
    }
    assertThat(guest.received()).isEmpty();
  }

  private Socket established() throws IOException {
    Socket client = guest.connectClient();
    guest.acceptClient();
    assertThat(guest.received()).extracting(Segment::flags).containsExactly(ACK);
    return client;
  }

  private static void reset(Socket client) throws IOException {
    client.setSoLinger(true, 0);
    client.close();
  }

  private Segment reset() {
    guest.until(() -> guest.flows.size() == 0);
    List<Segment> segments = guest.received();
    assertThat(segments).isNotEmpty();
    assertThat(segments.getLast().has(RST)).isTrue();
    return segments.getLast();
  }

  @Test
  void aPeerThatResetsBeforeTheGuestAnsweredIsResetToIt() throws IOException {
    Socket client = guest.connectClient();
    Segment syn = guest.expect();
    reset(client);
    // In SYN-RECEIVED the guest takes a reset with the next number (RFC 9293 section 3.10.7.4).
    assertThat(reset().sequence()).isEqualTo(syn.sequence() + 1);
    assertNothingIsLeft();
  }

  @Test
  void aPeerThatResetsAnEstablishedConnectionIsResetToTheGuest() throws IOException {
    reset(established());
    assertThat(reset().sequence()).isEqualTo(guest.expected);
    assertNothingIsLeft();
  }

  @Test
  void dataInFrontOfAResetReachesTheGuestFirst() throws IOException {
    Socket client = established();
    client.getOutputStream().write("last words".getBytes());
    assertThat(guest.expectText().text()).isEqualTo("last words");
    reset(client);
    assertThat(reset().sequence()).isEqualTo(guest.expected + "last words".length());
    assertNothingIsLeft();
  }

  @Test
  void aResetAfterThePeersFinReachesTheGuest() throws IOException {
    Socket client = established();
    client.shutdownOutput();
    assertThat(guest.expectText().has(FIN)).isTrue();
    guest.expected++;
    guest.send(ACK, "");
    reset(client);
    reset();
    assertNothingIsLeft();
  }

  @Test
  void aResetAfterTheGuestsFinReachesTheGuest() throws IOException {
    Socket client = established();
    guest.send(FIN | ACK, "");
    assertThat(client.getInputStream().read()).isEqualTo(-1);
    reset(client);
    reset();
    assertNothingIsLeft();
  }

  @Test
  void aPeerThatClosesWithUnreadDataIsAResetToTheGuest() throws IOException {
    Socket client = established();
    guest.send(ACK, "nobody reads this");
    guest.settle();
    guest.until(() -> hasInput(client));
    client.close(); // RFC 2525 section 2.17: the kernel sends a reset
    reset();
    assertNothingIsLeft();
  }

  private static boolean hasInput(Socket client) {
    try {
      return client.getInputStream().available() > 0;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Test
  void aPeerThatClosesBeforeTheGuestAnsweredIsSeenToEndAfterIt() throws IOException {
    Socket client = guest.connectClient();
    client.getOutputStream().write("short".getBytes());
    client.close();
    guest.acceptClient();
    Segment data = guest.expectText();
    assertThat(data.text()).isEqualTo("short");
    guest.expected += 5;
    assertThat(guest.expectText().has(FIN)).isTrue();
    guest.expected++;
    guest.send(FIN | ACK, "");
    guest.until(() -> guest.flows.size() == 0);
    assertNothingIsLeft();
  }

  @Test
  void halfClosedByThePeerTheGuestStillSends() throws IOException {
    try (Socket client = established()) {
      client.shutdownOutput();
      assertThat(guest.expectText().has(FIN)).isTrue();
      guest.expected++;
      guest.send(ACK, "");
      for (int i = 0; i < 100; i++) {
        guest.send(ACK, "x");
      }
      guest.send(FIN | ACK, "");
      assertThat(client.getInputStream().readAllBytes()).hasSize(100);
    }
    guest.until(() -> guest.flows.size() == 0);
    assertNothingIsLeft();
  }

  @Test
  void halfClosedByTheGuestThePeerStillSends() throws IOException {
    try (Socket client = established()) {
      guest.send(FIN | ACK, "");
      assertThat(client.getInputStream().read()).isEqualTo(-1);
      client.getOutputStream().write("still here".getBytes());
      assertThat(guest.expectText().text()).isEqualTo("still here");
      guest.expected += "still here".length();
      guest.send(ACK, "");
    }
    assertThat(guest.expectText().has(FIN)).isTrue();
    guest.expected++;
    guest.send(ACK, "");
    guest.until(() -> guest.flows.size() == 0);
    assertNothingIsLeft();
  }

  @Test
  void aPeerThatSendsNothingCostsNothing() throws IOException {
    try (Socket client = established()) {
      long turns = guest.loop.turn(0);
      assertThat(turns).isZero();
      for (int i = 0; i < 100; i++) {
        guest.advance(SECONDS.toNanos(1));
        assertThat(guest.loop.turn(0)).isZero();
      }
      assertThat(guest.received()).isEmpty();
      guest.send(ACK, "hello");
      assertThat(client.getInputStream().readNBytes(5)).asString().isEqualTo("hello");
    }
  }

  @Test
  void aPeerThatReadsNothingStopsTheGuestAndGetsAllWhenItReads() throws IOException {
    try (Socket client = established()) {
      var random = new Random(4);
      var sent = new ByteArrayOutputStream();
      int edge = guest.sequence + 65_535;
      for (int room = 1460; room > 0; room = Math.min(1460, edge - guest.sequence)) {
        byte[] payload = new byte[room];
        random.nextBytes(payload);
        sent.write(payload);
        guest.send(ACK, payload);
        for (Segment each : guest.received()) {
          assertThat(each.acknowledgment()).isEqualTo(guest.sequence);
          edge = each.acknowledgment() + (each.window() << 8);
        }
      }
      // For days, as long as it says that it is there, which its kernel does.
      guest.advance(SECONDS.toNanos(100_000));
      assertThat(guest.received()).isEmpty();
      assertThat(readAll(client, sent.size())).isEqualTo(sent.toByteArray());
      guest.until(() -> !guest.sink.frames().isEmpty());
      guest.send(ACK, "on");
      assertThat(client.getInputStream().readNBytes(2)).asString().isEqualTo("on");
    }
  }

  private byte[] readAll(Socket client, int length) throws IOException {
    var received = new ByteArrayOutputStream();
    while (received.size() < length) {
      guest.settle();
      byte[] some = new byte[Math.max(1, client.getInputStream().available())];
      received.write(some, 0, client.getInputStream().read(some));
    }
    return received.toByteArray();
  }

  /** Linux refuses less than 88 by TCP_MAXSEG (tcp_min_snd_mss is 48 with options). */
  @ParameterizedTest
  @ValueSource(ints = {88, 536})
  void aPeerWithTinySegmentsGetsAndSendsTheSameBytes(int mss) throws IOException {
    byte[] data = new byte[100_000];
    new Random(6).nextBytes(data);
    int fd = connecting(c -> sockets.setsockopt(c, SocketLevel.TCP, SocketOption.TCP_MAXSEG, mss));
    guest.acceptClient();
    guest.received();
    var received = new ByteArrayOutputStream();
    MemorySegment memory = MemorySegment.ofArray(data);
    MemorySegment buffer = java.lang.foreign.Arena.global().allocate(data.length);
    buffer.copyFrom(memory);
    int sent = 0;
    while (received.size() < data.length) {
      if (sent < data.length) {
        sent += Math.max(0, sockets.send(fd, buffer, sent, data.length - sent, 0x40));
      }
      Segment segment = guest.expectText();
      assertThat(segment.sequence()).isEqualTo(guest.expected);
      guest.expected += segment.payload().length;
      received.write(segment.payload());
      guest.send(ACK, "");
    }
    assertThat(received.toByteArray()).isEqualTo(data);

    for (int at = 0; at < 20_000; at += 1000) {
      guest.send(ACK, Arrays.copyOfRange(data, at, at + 1000));
    }
    int got = 0;
    while (got < 20_000) {
      guest.settle();
      got += Math.max(0, sockets.recv(fd, buffer, got, 20_000 - got, 0x40));
    }
    assertThat(buffer.asSlice(0, 20_000).mismatch(memory.asSlice(0, 20_000))).isEqualTo(-1);
    sockets.close(fd);
    guest.send(RST, "");
    assertNothingIsLeft();
  }

  /** A client's socket, not blocking, that was accepted for the guest. */
  private int connecting(IntConsumer prepare) {
    int listener = sockets.socket(AddressFamily.INET, SocketType.STREAM, 0);
    var address = new SocketAddress();
    IpAddress loopback = IpAddress.parse("127.0.0.1").orElseThrow();
    address.set(loopback.hi(), loopback.lo(), 0, 0);
    sockets.bind(listener, address);
    sockets.listen(listener, 1);
    sockets.getsockname(listener, address);
    int client = sockets.socket(AddressFamily.INET, SocketType.STREAM, 0);
    prepare.accept(client);
    assertThat(sockets.connect(client, address)).isZero();
    int fd = sockets.accept(listener, address, SocketType.NONBLOCK | SocketType.CLOEXEC);
    sockets.close(listener);
    guest.accepted(fd, loopback, address.port());
    return client;
  }

  @Test
  void aFloodOfConnectionsThatAreResetAtOnceLeavesNothingBehind() throws IOException {
    for (int i = 0; i < 500; i++) {
      reset(guest.connectClient());
      guest.settle();
    }
    guest.until(() -> guest.flows.size() == 0);
    List<Segment> segments = guest.received();
    assertThat(segments).filteredOn(each -> each.flags() == SYN).hasSize(500);
    assertThat(segments).filteredOn(each -> each.has(RST)).hasSize(500);
    assertNothingIsLeft();
  }

  @Test
  void aFloodOfConnectionsThatAreClosedAtOnceEndsWithTheGuestsAnswer() throws IOException {
    for (int i = 0; i < 200; i++) {
      guest.connectClient().close();
      guest.settle();
    }
    List<Segment> syns = guest.received();
    assertThat(syns).hasSize(200).allMatch(each -> each.flags() == SYN);
    for (Segment syn : syns) {
      guest.peerPort = syn.sourcePort();
      guest.segment(RST | ACK, 0, syn.sequence() + 1, new byte[0], new byte[0]);
    }
    guest.flush();
    assertNothingIsLeft();
  }

  @Test
  void twoPeersThatTheGuestWouldTakeForOneGetPortsOfTheirOwn() throws IOException {
    List<Socket> clients = new ArrayList<>();
    List<Integer> ports = new ArrayList<>();
    int port = 0;
    for (String from : List.of("127.0.0.1", "127.0.0.2", "127.0.0.3")) {
      Socket client = guest.connectClient(new InetSocketAddress(InetAddress.getByName(from), port));
      port = client.getLocalPort();
      clients.add(client);
      Segment syn = guest.expect();
      assertThat(syn.flags()).isEqualTo(SYN);
      ports.add(syn.sourcePort());
      guest.peerPort = syn.sourcePort();
      guest.sequence = 1000;
      guest.expected = syn.sequence() + 1;
      guest.segment(SYN | ACK, guest.sequence++, guest.expected, new byte[0], new byte[0]);
      guest.flush();
      guest.send(ACK, "for " + from);
      assertThat(client.getInputStream().readNBytes(13)).asString().isEqualTo("for " + from);
      guest.received();
    }
    assertThat(ports).doesNotHaveDuplicates().startsWith(port);
    for (Socket client : clients) {
      reset(client);
    }
    guest.until(() -> guest.flows.size() == 0);
    assertNothingIsLeft();
  }

  @ParameterizedTest
  @ValueSource(ints = {2, 3, 9, 10, 13})
  void aConnectionThatTheGuestRejectsByIcmpIsResetToThePeer(int code) throws IOException {
    try (Socket client = guest.connectClient()) {
      Segment syn = guest.expect();
      guest.rejects(code, syn, 0);
      assertThatThrownBy(() -> client.getInputStream().read()).isInstanceOf(SocketException.class);
    }
    assertNothingIsLeft();
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 4, 5})
  void softErrorsDoNotEndAnAttempt(int code) throws IOException {
    try (Socket client = guest.connectClient()) {
      Segment syn = guest.expect();
      guest.rejects(code, syn, 0);
      guest.rejects(3, syn, 1); // about a segment that was never sent
      assertThat(guest.flows.size()).isEqualTo(1);
      assertThat(client.isConnected()).isTrue();
    }
  }

  @Test
  void icmpErrorsDoNotEndAnEstablishedConnection() throws IOException {
    try (Socket client = guest.connectClient()) {
      Segment syn = guest.acceptClient();
      guest.rejects(3, syn, 0);
      guest.send(ACK, "alive");
      assertThat(client.getInputStream().readNBytes(5)).asString().isEqualTo("alive");
    }
  }
}
