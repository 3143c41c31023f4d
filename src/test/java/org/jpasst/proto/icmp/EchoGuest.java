package org.jpasst.proto.icmp;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jpasst.guest.FramePieces;
import org.jpasst.guest.FrameReceiver;
import org.jpasst.linux.LinuxSockets;
import org.jpasst.linux.Sockets;
import org.jpasst.log.Log;
import org.jpasst.log.LogLevel;
import org.jpasst.net.IpAddress;
import org.jpasst.proto.DescriptorReserve;
import org.jpasst.proto.socket.LoopbackHost;
import org.jpasst.stack.NetStack;
import org.jpasst.vectors.Frame;
import org.jpasst.wire.IcmpHeader;
import org.jpasst.wire.Icmpv6Header;
import org.jpasst.wire.IpProtocol;

/** Plays a guest that pings, by hand, against {@link Ping}. */
final class EchoGuest implements AutoCloseable {
  static final byte[] PAYLOAD = "abcdefghijklmnop".getBytes(StandardCharsets.US_ASCII);

  final LoopbackHost host;
  final NetStack stack;
  final Ping ping;
  private final FrameReceiver router;
  private final org.jpasst.guest.Frame shown = new org.jpasst.guest.Frame(new FramePieces(0));
  final List<String> messages = new ArrayList<>();
  private final MemorySegment memory = Arena.global().allocate(1 << 17, 8);

  EchoGuest() throws IOException {
    this(new LinuxSockets());
  }

  EchoGuest(Sockets sockets) throws IOException {
    host = new LoopbackHost(sockets);
    Log log = new Log(LogLevel.WARNING, host::now);
    log.addSink((level, time, message) -> messages.add(message));
    stack = host.stack(host.sink, DescriptorReserve.none(), log);
    stack.guest().sawMac(LoopbackHost.GUEST_MAC);
    ping = stack.ping();
    router = stack.receiver();
  }

  void send(Frame frame) {
    byte[] bytes = frame.bytes();
    MemorySegment.copy(bytes, 0, memory, ValueLayout.JAVA_BYTE, 0, bytes.length);
    shown.set(memory, 0, bytes.length);
    router.onFrame(shown, host.now());
  }

  /** An echo request to the gateway's address of a family. */
  static Frame request4(int id, int sequence) {
    return request(LoopbackHost.GATEWAY4, 64, id, sequence);
  }

  static Frame request6(int id, int sequence) {
    return request(LoopbackHost.GATEWAY6, 64, id, sequence);
  }

  static Frame request(IpAddress destination, int ttl, int id, int sequence) {
    boolean ipv4 = destination.isIpv4();
    return request(
        ipv4 ? LoopbackHost.GUEST4 : LoopbackHost.GUEST6, destination, ttl, id, sequence);
  }

  static Frame request(IpAddress source, IpAddress destination, int ttl, int id, int sequence) {
    boolean ipv4 = destination.isIpv4();
    byte[] bytes = new byte[IcmpHeader.LENGTH + PAYLOAD.length];
    int type = ipv4 ? IcmpHeader.ECHO_REQUEST : Icmpv6Header.ECHO_REQUEST;
    IcmpHeader.write(MemorySegment.ofArray(bytes), 0, type, 0, id << 16 | sequence);
    System.arraycopy(PAYLOAD, 0, bytes, IcmpHeader.LENGTH, PAYLOAD.length);
    int protocol = IpProtocol.icmp(ipv4);
    return LoopbackHost.packet(source, destination, protocol, ttl, 0, bytes);
  }

  @Override
  public void close() {
    host.advance(1, TimeUnit.HOURS);
    ping.onTick(host.now());
    host.close();
  }
}
