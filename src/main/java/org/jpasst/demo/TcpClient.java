package org.jpasst.demo;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Optional;
import org.jpasst.net.IpAddress;
import org.jpasst.wire.IpProtocol;
import org.jpasst.wire.TcpHeader;
import org.jpasst.wire.TcpOptions;

/**
 * One TCP connection (RFC 9293) that sends one request and takes the answer up to the server's FIN.
 * The link loses nothing and keeps the order, so nothing is sent again.
 */
final class TcpClient {
  private static final int WINDOW = 0xffff;
  private static final int MSS = 16_384;
  private static final int FIRST_PORT = 49_152;
  private static final int INITIAL_SEQUENCE = 0x1000_0000;

  private final Guest guest;
  private int lastPort = FIRST_PORT;

  private IpAddress own;
  private IpAddress peer;
  private int ownPort;
  private int peerPort;
  private int sequence;
  private int expected;

  TcpClient(Guest guest) {
    this.guest = guest;
    own = IpAddress.ANY4;
    peer = IpAddress.ANY4;
  }

  private record Segment(int sequence, int flags, byte[] data) {}

  /**
   * The server's whole answer to a request, or nothing if it does not answer in time.
   *
   * @throws IOException if the connection is refused or reset
   */
  Optional<byte[]> exchange(IpAddress from, IpAddress to, int port, byte[] request)
      throws IOException {
    own = from;
    peer = to;
    ownPort = ++lastPort;
    peerPort = port;
    sequence = INITIAL_SEQUENCE;
    expected = 0;
    send(TcpHeader.SYN, new byte[0]);
    sequence++;
    Optional<Segment> answer = await();
    if (answer.isEmpty()) {
      return Optional.empty();
    }
    expected = answer.get().sequence() + 1;
    send(TcpHeader.ACK, new byte[0]);
    send(TcpHeader.ACK | TcpHeader.PSH, request);
    sequence += request.length;
    return takeAll();
  }

  private Optional<byte[]> takeAll() throws IOException {
    var all = new ByteArrayOutputStream();
    while (true) {
      Optional<Segment> next = await();
      if (next.isEmpty()) {
        return Optional.empty();
      }
      Segment segment = next.get();
      if (segment.sequence() == expected) {
        all.write(segment.data());
        expected += segment.data().length;
        if ((segment.flags() & TcpHeader.FIN) != 0) {
          expected++;
          send(TcpHeader.FIN | TcpHeader.ACK, new byte[0]);
          return Optional.of(all.toByteArray());
        }
      }
      if (segment.data().length > 0) {
        send(TcpHeader.ACK, new byte[0]);
      }
    }
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
    Optional<Segment> segment = guest.awaitPacket(IpProtocol.TCP, this::segment);
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
    return Optional.of(new Segment(TcpHeader.sequence(s, 0), TcpHeader.flags(s, 0), data));
  }
}
