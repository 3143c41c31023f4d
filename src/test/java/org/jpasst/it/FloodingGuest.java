package org.jpasst.it;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.MemorySegment;
import java.net.StandardProtocolFamily;
import java.net.StandardSocketOptions;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.AsynchronousCloseException;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.util.BitSet;
import java.util.concurrent.atomic.AtomicInteger;
import org.jpasst.wire.ArpHeader;
import org.jpasst.wire.EthernetHeader;
import org.jpasst.wire.IpProtocol;
import org.jpasst.wire.Ipv4Header;
import org.jpasst.wire.NetworkOrder;
import org.jpasst.wire.TcpHeader;

/**
 * A guest behind a stream socket that begins connections as fast as it can write, many by one call,
 * and reads what it is answered in a thread of its own. It asks by ARP as it goes on.
 */
final class FloodingGuest implements AutoCloseable {
  /** Connections begun by one write. */
  static final int BURST = 512;

  private static final long MAC = 0x5254_0012_3456L;
  private static final long BROADCAST = 0xffff_ffff_ffffL;
  private static final int SELF = 0xc000_0201; // 192.0.2.1
  private static final int REMOTE = 0xc000_0203; // 192.0.2.3
  private static final int NEIGHBOURS = 0xc000_0210; // 192.0.2.16 and on
  private static final int FIRST_PORT = 1024;

  /** Of these it begins connections in turn. */
  static final int PORTS = 60_000;

  private static final int SEQUENCE = 0x1000;
  private static final int WINDOW = 64_240;
  private static final int FRAME = 54;
  private static final int MTU_FRAME = 2048;
  private static final int DHCP_SERVER = 67;

  /** As much as the kernel grants: what waits in it is before us when we ask. */
  private static final int SEND_BUFFER = 4 << 20;

  private final SocketChannel channel;
  private final Thread reader;
  private final Output out = new Output();
  private final BitSet answered = new BitSet();
  private final AtomicInteger synAcks = new AtomicInteger();
  private final AtomicInteger resets = new AtomicInteger();
  private final AtomicInteger offers = new AtomicInteger();
  private volatile boolean confirming;
  private int begun;
  private int asked;

  private FloodingGuest(SocketChannel channel) {
    this.channel = channel;
    reader = Thread.ofPlatform().daemon().start(this::read);
  }

  /** Frames that go out by one write. One for each thread. */
  private final class Output {
    private final byte[] template = new byte[4 + MTU_FRAME];
    private final MemorySegment frame = MemorySegment.ofArray(template);
    private final ByteBuffer bytes = ByteBuffer.allocate(1 << 20);

    void putQuestion(int address) throws IOException {
      EthernetHeader.write(frame, 4, BROADCAST, MAC, EthernetHeader.TYPE_ARP);
      ArpHeader.write(frame, 4 + EthernetHeader.LENGTH, ArpHeader.REQUEST, MAC, SELF, 0, address);
      put(EthernetHeader.LENGTH + ArpHeader.LENGTH);
    }

    void putSegment(int source, int own, int port, int flags, int sequence, int acknowledgment)
        throws IOException {
      long ip = 4 + EthernetHeader.LENGTH;
      long tcp = ip + Ipv4Header.LENGTH;
      int length = Ipv4Header.LENGTH + TcpHeader.LENGTH;
      EthernetHeader.write(frame, 4, BROADCAST, MAC, EthernetHeader.TYPE_IPV4);
      Ipv4Header.write(frame, ip, length, IpProtocol.TCP, source, REMOTE);
      TcpHeader.write(
          frame, tcp, own, port, sequence, acknowledgment, TcpHeader.LENGTH, flags, WINDOW);
      long pseudo = Ipv4Header.pseudoHeader(frame, ip, IpProtocol.TCP, TcpHeader.LENGTH);
      TcpHeader.fillChecksum(frame, tcp, TcpHeader.LENGTH, pseudo);
      put(FRAME);
    }

    void put(byte[] whole) throws IOException {
      System.arraycopy(whole, 0, template, 4, whole.length);
      put(whole.length);
    }

    private void put(int length) throws IOException {
      if (bytes.remaining() < 4 + length) {
        write();
      }
      NetworkOrder.put32(frame, 0, length);
      bytes.put(template, 0, 4 + length);
    }

    void write() throws IOException {
      bytes.flip();
      synchronized (channel) {
        while (bytes.hasRemaining()) {
          channel.write(bytes);
        }
      }
      bytes.clear();
    }
  }

  static FloodingGuest connect(Path socket) throws IOException {
    SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX);
    channel.setOption(StandardSocketOptions.SO_SNDBUF, SEND_BUFFER);
    channel.connect(UnixDomainSocketAddress.of(socket));
    return new FloodingGuest(channel);
  }

  /** Asks who a neighbour is; each time for another address. */
  void ask() throws IOException {
    out.putQuestion(NEIGHBOURS + asked++);
    out.write();
  }

  /** Sends any frame. */
  void send(byte[] frame) throws IOException {
    out.put(frame);
    out.write();
  }

  /** From now on it answers each SYN and ACK, so that the connection is open. */
  void confirm() {
    confirming = true;
  }

  /** How many of the questions have been answered. */
  synchronized int answers() {
    return answered.cardinality();
  }

  /** How many have been asked. */
  int questions() {
    return asked;
  }

  /** How many connections have been begun. */
  int begun() {
    return begun;
  }

  /** How many SYNs were answered by SYN and ACK. */
  int synAcks() {
    return synAcks.get();
  }

  /** How many resets have come. */
  int resets() {
    return resets.get();
  }

  /** How many answers of a DHCP server have come. */
  int offers() {
    return offers.get();
  }

  /**
   * Begins {@link #BURST} connections.
   *
   * @param sources own addresses that are used in turn
   * @param reset whether each is reset at once
   */
  void burst(int port, int sources, boolean reset) throws IOException {
    for (int i = 0; i < BURST; i++) {
      putSegment(begun, sources, port, TcpHeader.SYN, SEQUENCE);
      if (reset) {
        putSegment(begun, sources, port, TcpHeader.RST, SEQUENCE + 1);
      }
      begun++;
    }
    out.write();
  }

  /** Resets what it has begun with so many addresses. */
  void resetAll(int port, int sources) throws IOException {
    for (int i = Math.max(0, begun - PORTS); i < begun; i++) {
      putSegment(i, sources, port, TcpHeader.RST, SEQUENCE + 1);
    }
    out.write();
  }

  private void putSegment(int number, int sources, int port, int flags, int sequence)
      throws IOException {
    int source = SELF + (number % sources << 8);
    out.putSegment(source, FIRST_PORT + number % PORTS, port, flags, sequence, 0);
  }

  private void read() {
    ByteBuffer in = ByteBuffer.allocate(1 << 20);
    Output answers = new Output();
    try {
      while (channel.read(in) >= 0) {
        in.flip();
        while (in.remaining() >= 4 && in.remaining() >= 4 + in.getInt(in.position())) {
          int length = in.getInt();
          take(in, in.position(), length, answers);
          in.position(in.position() + length);
        }
        in.compact();
        answers.write();
      }
    } catch (AsynchronousCloseException e) {
      // The end of the test.
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private synchronized void take(ByteBuffer in, int at, int length, Output answers)
      throws IOException {
    if (length > MTU_FRAME) {
      throw new AssertionError("a frame of " + length + " bytes");
    }
    int type = in.getShort(at + 12) & 0xffff;
    if (type == EthernetHeader.TYPE_ARP && in.getShort(at + 20) == ArpHeader.REPLY) {
      answered.set(in.getInt(at + 28) - NEIGHBOURS);
    } else if (type == EthernetHeader.TYPE_IPV4 && in.get(at + 23) == IpProtocol.TCP) {
      takeSegment(in, at, answers);
    } else if (type == EthernetHeader.TYPE_IPV4 && in.getShort(at + 34) == DHCP_SERVER) {
      offers.incrementAndGet();
    }
  }

  private void takeSegment(ByteBuffer in, int at, Output answers) throws IOException {
    int flags = in.get(at + 47);
    if (flags == (TcpHeader.SYN | TcpHeader.ACK)) {
      synAcks.incrementAndGet();
      if (confirming) {
        answers.putSegment(
            in.getInt(at + 30),
            in.getShort(at + 36) & 0xffff,
            in.getShort(at + 34) & 0xffff,
            TcpHeader.ACK,
            in.getInt(at + 42),
            in.getInt(at + 38) + 1);
      }
    } else if ((flags & TcpHeader.RST) != 0) {
      resets.incrementAndGet();
    }
  }

  @Override
  public void close() throws IOException {
    channel.close();
    try {
      reader.join();
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }
}
