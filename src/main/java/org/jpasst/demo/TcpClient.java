package org.jpasst.demo;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.time.Duration;
import java.util.Arrays;
import java.util.Optional;
import org.jpasst.net.IpAddress;
import org.jpasst.wire.IpProtocol;
import org.jpasst.wire.TcpHeader;
import org.jpasst.wire.TcpOptions;

/**
 * One TCP connection (RFC 9293) after another. The link loses nothing and keeps the order, so
 * nothing is sent again; what comes again, after the guest has moved, is known already.
 */
final class TcpClient {
  /** As on an Ethernet link of 1500 bytes. */
  private static final int MSS = 1460;

  private static final int WINDOW = 0xffff;
  private static final int FIRST_PORT = 49_152;
  private static final int INITIAL_SEQUENCE = 0x1000_0000;
  private static final byte[] NOTHING = {};

  /** What is lost on the host's side is sent again, at times of its kernel's choice. */
  private static final Duration PATIENCE = Duration.ofSeconds(10);

  private final Guest guest;
  private int lastPort = FIRST_PORT;

  private IpAddress own;
  private IpAddress peer;
  private int ownPort;
  private int peerPort;
  private int sequence;
  private int acknowledged;
  private int window;
  private int expected;
  private boolean ended;
  private ByteArrayOutputStream received = new ByteArrayOutputStream();

  TcpClient(Guest guest) {
    this.guest = guest;
    own = IpAddress.ANY4;
    peer = IpAddress.ANY4;
  }

  private record Segment(int sequence, int acknowledgment, int flags, int window, byte[] data) {}

  /**
   * The server's whole answer to a request, or nothing if it does not answer in time.
   *
   * @throws IOException if the connection is refused or reset
   */
  Optional<byte[]> exchange(IpAddress from, IpAddress to, int port, byte[] request)
      throws IOException {
    return open(from, to, port) && send(request) && awaitEnd()
        ? Optional.of(received.toByteArray())
        : Optional.empty();
  }

  /**
   * Connects to a server; false if it does not answer in time.
   *
   * @throws IOException if the connection is refused or reset
   */
  boolean open(IpAddress from, IpAddress to, int port) throws IOException {
    own = from;
    peer = to;
    ownPort = ++lastPort;
    peerPort = port;
    sequence = INITIAL_SEQUENCE;
    expected = 0;
    ended = false;
    received = new ByteArrayOutputStream();
    send(TcpHeader.SYN, NOTHING);
    sequence++;
    Optional<Segment> answer = await();
    if (answer.isEmpty()) {
      return false;
    }
    expected = answer.get().sequence() + 1;
    acknowledged = answer.get().acknowledgment();
    window = answer.get().window();
    send(TcpHeader.ACK, NOTHING);
    return true;
  }

  /** Waits for somebody to connect to a port of the guest's; false if nobody does in time. */
  boolean accept(IpAddress at, int port) throws IOException {
    own = at;
    ownPort = port;
    sequence = INITIAL_SEQUENCE;
    ended = false;
    received = new ByteArrayOutputStream();
    if (guest.awaitPacket(PATIENCE, IpProtocol.TCP, this::opening).isEmpty()) {
      return false;
    }
    send(TcpHeader.SYN | TcpHeader.ACK, NOTHING);
    sequence++;
    acknowledged = sequence;
    return take();
  }

  private Optional<Boolean> opening(Packet packet) {
    MemorySegment s = packet.payload();
    if (!TcpHeader.valid(s, 0, (int) s.byteSize())
        || TcpHeader.destinationPort(s, 0) != ownPort
        || (TcpHeader.flags(s, 0) & TcpHeader.SYN) == 0) {
      return Optional.empty();
    }
    peer = packet.source();
    peerPort = TcpHeader.sourcePort(s, 0);
    expected = TcpHeader.sequence(s, 0) + 1;
    window = TcpHeader.window(s, 0);
    return Optional.of(true);
  }

  /** Sends as the server's window allows; false if that does not open in time. */
  boolean send(byte[] data) throws IOException {
    int at = 0;
    while (at < data.length) {
      int room = window - (sequence - acknowledged);
      if (room <= 0) {
        if (!take()) {
          return false;
        }
        continue;
      }
      int end = Math.min(data.length, at + Math.min(MSS, room));
      int push = end == data.length ? TcpHeader.PSH : 0;
      send(TcpHeader.ACK | push, Arrays.copyOfRange(data, at, end));
      sequence += end - at;
      at = end;
    }
    return true;
  }

  /** Waits for so many bytes more and forgets them; false if they do not come in time. */
  boolean skip(int count) throws IOException {
    while (received.size() < count) {
      if (ended || !take()) {
        return false;
      }
    }
    received.reset();
    return true;
  }

  /** What has come since this was asked, after waiting for more; nothing if none comes in time. */
  Optional<byte[]> receive() throws IOException {
    if (!take()) {
      return Optional.empty();
    }
    byte[] bytes = received.toByteArray();
    received.reset();
    return Optional.of(bytes);
  }

  /** Closes the connection first, and waits until the peer does; false if it does not. */
  boolean close() throws IOException {
    send(TcpHeader.FIN | TcpHeader.ACK, NOTHING);
    sequence++;
    while (!ended) {
      if (!take()) {
        return false;
      }
    }
    send(TcpHeader.ACK, NOTHING);
    return true;
  }

  /** Waits until the server has closed the connection and closes it too; false if it does not. */
  boolean awaitEnd() throws IOException {
    while (!ended) {
      if (!take()) {
        return false;
      }
    }
    send(TcpHeader.FIN | TcpHeader.ACK, NOTHING);
    return true;
  }

  /** Takes the next segment; false if none comes in time. */
  private boolean take() throws IOException {
    Optional<Segment> next = await();
    if (next.isEmpty()) {
      return false;
    }
    Segment segment = next.get();
    acknowledged = segment.acknowledgment();
    window = segment.window();
    byte[] data = segment.data();
    int known = expected - segment.sequence();
    if (known >= 0 && known <= data.length && !ended) {
      received.write(data, known, data.length - known);
      expected += data.length - known;
      if ((segment.flags() & TcpHeader.FIN) != 0) {
        expected++;
        ended = true;
      }
    }
    if (data.length > 0) {
      send(TcpHeader.ACK, NOTHING);
    }
    return true;
  }

  private void send(int flags, byte[] data) throws IOException {
    int header = TcpHeader.LENGTH + ((flags & TcpHeader.SYN) != 0 ? TcpOptions.MSS_LENGTH : 0);
    byte[] segment = new byte[header + data.length];
    MemorySegment s = MemorySegment.ofArray(segment);
    TcpHeader.write(s, 0, ownPort, peerPort, sequence, expected, header, flags, WINDOW);
    if (header > TcpHeader.LENGTH) {
      TcpOptions.writeMss(s, TcpHeader.LENGTH, MSS);
    }
    System.arraycopy(data, 0, segment, header, data.length);
    long pseudo = Packet.pseudoHeader(own, peer, IpProtocol.TCP, segment.length);
    TcpHeader.fillChecksum(s, 0, segment.length, pseudo);
    guest.send(own, peer, IpProtocol.TCP, segment);
  }

  private Optional<Segment> await() throws IOException {
    Optional<Segment> segment = guest.awaitPacket(PATIENCE, IpProtocol.TCP, this::segment);
    if (segment.isPresent() && (segment.get().flags() & TcpHeader.RST) != 0) {
      throw new IOException("the connection was refused or reset");
    }
    return segment;
  }

  private Optional<Segment> segment(Packet packet) {
    MemorySegment s = packet.payload();
    if (!TcpHeader.valid(s, 0, (int) s.byteSize())
        || TcpHeader.destinationPort(s, 0) != ownPort
        || TcpHeader.sourcePort(s, 0) != peerPort) {
      return Optional.empty();
    }
    byte[] data = s.asSlice(TcpHeader.headerLength(s, 0)).toArray(ValueLayout.JAVA_BYTE);
    return Optional.of(
        new Segment(
            TcpHeader.sequence(s, 0),
            TcpHeader.acknowledgment(s, 0),
            TcpHeader.flags(s, 0),
            TcpHeader.window(s, 0),
            data));
  }
}
