package org.jpasst.rehearsal;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.channels.Channels;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.jpasst.migrate.stream.FlowEvent;
import org.jpasst.migrate.stream.FlowRecord;
import org.jpasst.migrate.stream.FlowSideRecord;
import org.jpasst.migrate.stream.GuestTcpRecord;
import org.jpasst.migrate.stream.ObservedAddresses;
import org.jpasst.migrate.stream.RepairWindow;
import org.jpasst.migrate.stream.SocketFields;
import org.jpasst.migrate.stream.SocketRecord;
import org.jpasst.migrate.stream.StateStream;
import org.jpasst.migrate.stream.StreamHeader;
import org.jpasst.migrate.stream.TcpOptionsRecord;
import org.jpasst.migrate.stream.TcpOptionsSection;
import org.jpasst.migrate.stream.TcpState;
import org.jpasst.net.Endpoint;
import org.jpasst.net.IpAddress;
import org.jpasst.net.MacAddress;

/** The state of a guest that doesn't exist: connections with bytes in their queues. */
final class RehearsedState {
  /** Bytes in each queue. */
  static final int QUEUED = 1000;

  static final int SEGMENT = 1448;
  static final int SEQUENCE = 70_000;
  static final int SEND_BUFFER = 87_040;

  /** TCPI_OPT_TIMESTAMPS, TCPI_OPT_SACK, TCPI_OPT_WSCALE. */
  static final int OPTIONS = 7;

  private static final int FIRST_PORT = 20_000;
  private static final int PEER_PORT = 7_000;

  // Addresses for documentation, RFC 5737 and RFC 3849.
  private static final IpAddress GUEST4 = address("192.0.2.1");
  private static final IpAddress PEER4 = address("198.51.100.1");
  private static final IpAddress GUEST6 = address("2001:db8::1");
  private static final IpAddress PEER6 = address("2001:db8:1::1");

  private RehearsedState() {}

  /** The stream of so many connections, half of them over IPv6. */
  static byte[] stream(int connections) throws IOException {
    List<FlowRecord> flows = new ArrayList<>();
    List<TcpOptionsRecord> options = new ArrayList<>();
    for (int i = 0; i < connections; i++) {
      flows.add(flow(i));
      options.add(new TcpOptionsRecord(flows.get(i).guest(), true, true, 1, 1));
    }
    try (Arena arena = Arena.ofConfined()) {
      var state =
          new StateStream(
              StreamHeader.CURRENT,
              new ObservedAddresses(
                  GUEST6, IpAddress.ANY6, GUEST4, new MacAddress(0x0200_0000_0001L)),
              flows,
              Collections.nCopies(connections, socket(arena)),
              List.of(new TcpOptionsSection(options)));
      var bytes = new ByteArrayOutputStream();
      state.write(Channels.newChannel(bytes));
      return bytes.toByteArray();
    }
  }

  private static FlowRecord flow(int number) {
    boolean ipv6 = number % 2 == 1;
    var own = new Endpoint(ipv6 ? GUEST6 : GUEST4, FIRST_PORT + number);
    var peer = new Endpoint(ipv6 ? PEER6 : PEER4, PEER_PORT);
    return new FlowRecord(
        true, new FlowSideRecord(peer, own), new FlowSideRecord(own, peer), tcp());
  }

  private static GuestTcpRecord tcp() {
    int event = FlowEvent.ESTABLISHED.bit();
    return new GuestTcpRecord(
        0, 7, 8, event, 1460, 340, 0, 0, 500, 256, 1000, 1000, 5000, 5000, 4000);
  }

  private static SocketRecord socket(Arena arena) {
    MemorySegment bytes = arena.allocate(QUEUED);
    var fields =
        new SocketFields(
            SEQUENCE,
            SEQUENCE,
            QUEUED,
            0,
            QUEUED,
            SEGMENT,
            1,
            new RepairWindow(SEQUENCE, 64_000, 64_000, 64_000, SEQUENCE),
            7,
            7,
            TcpState.ESTABLISHED.code(),
            OPTIONS);
    return new SocketRecord.Dumped(fields, bytes, bytes);
  }

  private static IpAddress address(String text) {
    return IpAddress.parse(text).orElseThrow();
  }
}
