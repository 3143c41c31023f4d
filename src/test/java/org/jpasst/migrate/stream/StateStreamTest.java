package org.jpasst.migrate.stream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import org.jpasst.linux.Errno;
import org.jpasst.linux.ErrnoException;
import org.jpasst.net.Endpoint;
import org.jpasst.net.IpAddress;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Streams as passt writes them, and streams as it doesn't. */
final class StateStreamTest {
  private static final int SOCKET_AT = 174;

  static List<String> names() {
    return Streams.names();
  }

  @ParameterizedTest
  @MethodSource("names")
  void recordedStreamIsReadAndWrittenAgainTheSame(String name) throws Exception {
    byte[] bytes = Streams.bytes(name);
    try (Arena arena = Arena.ofConfined()) {
      assertThat(Streams.write(Streams.read(bytes, arena))).isEqualTo(bytes);
    }
  }

  @ParameterizedTest
  @MethodSource("names")
  void recordedStreamHasTheFieldsAnotherDecoderFound(String name) throws Exception {
    JsonObject decoded = Streams.decoded(name);
    try (Arena arena = Arena.ofConfined()) {
      StateStream stream = Streams.read(Streams.bytes(name), arena);
      assertThat(stream.addresses().mac()).hasToString(decoded.get("mac").getAsString());
      assertThat(stream.addresses().ipv4()).isEqualTo(address(decoded, "addr4_seen"));
      assertThat(stream.addresses().ipv6()).isEqualTo(address(decoded, "addr6_seen"));
      assertThat(stream.addresses().linkLocal()).isEqualTo(address(decoded, "addr6_ll_seen"));
      JsonArray flows = decoded.getAsJsonArray("flows");
      assertThat(stream.flows()).hasSize(flows.size());
      for (int i = 0; i < flows.size(); i++) {
        JsonObject flow = flows.get(i).getAsJsonObject();
        compare(stream.flows().get(i), flow);
        compare(stream.sockets().get(i), flow.getAsJsonObject("ext"));
      }
    }
  }

  @ParameterizedTest
  @MethodSource("names")
  void everyTruncationIsToldAsMissingData(String name) {
    byte[] bytes = Streams.bytes(name);
    try (Arena arena = Arena.ofConfined()) {
      for (int length = 0; length < bytes.length; length++) {
        byte[] shorter = Arrays.copyOf(bytes, length);
        ErrnoException error =
            catchThrowableOfType(ErrnoException.class, () -> Streams.read(shorter, arena));
        assertThat(error.errno()).isEqualTo(Errno.ENODATA);
        assertThat(error)
            .hasMessageContaining("ends after " + length + " bytes")
            .hasMessageEndingWith("ENODATA: no data available");
      }
    }
  }

  @Test
  void aSectionThatIsNotKnownChangesNothing() throws Exception {
    byte[] bytes = Streams.bytes("both-queues");
    byte[] longer = Arrays.copyOf(bytes, bytes.length + 11);
    ByteBuffer.wrap(longer).putInt(bytes.length, 0x2e2e2e2e).putInt(bytes.length + 4, 3);
    try (Arena arena = Arena.ofConfined()) {
      StateStream alone = Streams.read(bytes, arena);
      StateStream followed = Streams.read(longer, arena);
      assertThat(StreamReport.lines(followed)).isEqualTo(StreamReport.lines(alone));
    }
  }

  @ParameterizedTest
  @CsvSource({"3,2", "2,1", "2,2", "-1,1"})
  void aStreamThatVersion2UnderstandsIsTaken(int version, int compatible) throws Exception {
    byte[] bytes = Streams.bytes("no-flows");
    ByteBuffer.wrap(bytes).putInt(8, version).putInt(12, compatible);
    try (Arena arena = Arena.ofConfined()) {
      StateStream stream = Streams.read(bytes, arena);
      assertThat(stream.header()).isEqualTo(new StreamHeader(version, compatible));
      assertThat(Streams.write(stream)).isEqualTo(bytes);
    }
  }

  @ParameterizedTest
  @CsvSource({"3,3,95", "1,1,95", "2,-1,95", "0,2,22", "2,0,22"})
  void anotherVersionIsRefusedWithPasstsNumber(int version, int compatible, int errno) {
    byte[] bytes = Streams.bytes("no-flows");
    ByteBuffer.wrap(bytes).putInt(8, version).putInt(12, compatible);
    assertThat(error(bytes).errno()).isEqualTo(errno);
  }

  @Test
  void anotherMagicIsRefused() {
    byte[] bytes = Streams.bytes("no-flows");
    bytes[7]++;
    assertThat(error(bytes))
        .hasMessage("not a state stream: wrong magic number: EINVAL: invalid argument");
  }

  @ParameterizedTest
  @CsvSource({
    "58, 0001ffff + 1, announces 131072 flows",
    "58, ffffffff, announces 4294967295 flows",
    "62, 0101, interfaces 1 and 1",
    "62, 0003, interfaces 0 and 3",
    "64, 00000000000000000000ffffe0000001, an address that is no host's",
    "64, 20010db8000000000000000000000001, addresses of different families",
    "96, 0000, port 0",
    "136, 08, 8 retries",
    "137, 0f, window scale 15",
    "139, f8, not established",
    "140, 00010000, segment size 65536",
    "182, 04000001, a queue of 67108865 bytes",
    "190, ffffffff, a queue of 4294967295 bytes",
    "186, 00000001, 1 of 0 bytes not sent",
    "194, 00010000, segment size 65536",
    "222, 0f, window scale 15",
    "224, 02, TCP state 2",
    "224, 0c, TCP state 12",
  })
  void aForgedFieldIsNamed(int at, String value, String problem) {
    byte[] bytes = Streams.bytes("established4");
    String hex = value.equals("0001ffff + 1") ? "00020000" : value;
    byte[] forged = HexFormat.of().parseHex(hex);
    System.arraycopy(forged, 0, bytes, at, forged.length);
    ErrnoException error = error(bytes);
    assertThat(error).hasMessageContaining(problem);
    assertThat(error.errno()).isEqualTo(Errno.EINVAL);
  }

  @Test
  void aSkippedFlowKeepsItsMeaninglessFieldsAndHasNoQueues() throws Exception {
    byte[] bytes = Arrays.copyOf(Streams.bytes("both-queues"), SOCKET_AT + SocketFields.SIZE);
    Arrays.fill(bytes, SOCKET_AT, bytes.length, (byte) 0xee);
    bytes[SOCKET_AT + 50] = 0;
    try (Arena arena = Arena.ofConfined()) {
      StateStream stream = Streams.read(bytes, arena);
      assertThat(stream.sockets().getFirst()).isInstanceOf(SocketRecord.Skipped.class);
      assertThat(Streams.write(stream)).isEqualTo(bytes);
    }
  }

  @Test
  void aSkippedFlowOfOursIsZeros() throws Exception {
    try (Arena arena = Arena.ofConfined()) {
      StateStream stream = Streams.read(Streams.bytes("established6"), arena);
      var skipping =
          new StateStream(
              stream.header(),
              stream.addresses(),
              stream.flows(),
              List.of(SocketRecord.Skipped.ZEROS),
              List.of());
      byte[] bytes = Streams.write(skipping);
      assertThat(bytes).hasSize(SOCKET_AT + SocketFields.SIZE);
      assertThat(Arrays.copyOfRange(bytes, SOCKET_AT, bytes.length)).containsOnly(0);
    }
  }

  @Test
  void queuesOfManyMegabytesAreKept() throws Exception {
    byte[] small = Streams.bytes("established4");
    int send = 5_000_001;
    int receive = 2_500_003;
    byte[] bytes = Arrays.copyOf(small, small.length + send + receive);
    ByteBuffer.wrap(bytes).putInt(SOCKET_AT + 8, send).putInt(SOCKET_AT + 16, receive);
    for (int i = small.length; i < bytes.length; i++) {
      bytes[i] = (byte) (i * 31 >>> 3);
    }
    try (Arena arena = Arena.ofConfined()) {
      StateStream stream = Streams.read(bytes, arena);
      assertThat(Streams.write(stream)).isEqualTo(bytes);
    }
  }

  @Test
  void anAnnouncedQueueTakesNoMemoryBeforeItArrives() {
    byte[] bytes = Arrays.copyOf(Streams.bytes("established4"), 300);
    ByteBuffer.wrap(bytes).putInt(SOCKET_AT + 8, SocketFields.MAX_QUEUE);
    // A segment of 64 MiB is filled with zeros by its maker: 2,000 of them would take a minute.
    long start = System.nanoTime();
    for (int i = 0; i < 2_000; i++) {
      assertThat(error(bytes).errno()).isEqualTo(Errno.ENODATA);
    }
    assertThat(System.nanoTime() - start).isLessThan(20_000_000_000L);
  }

  @Test
  void whatNoReaderTakesIsNotWritten() throws Exception {
    try (Arena arena = Arena.ofConfined()) {
      StateStream stream = Streams.read(Streams.bytes("established4"), arena);
      FlowRecord flow = stream.flows().getFirst();
      var bad =
          new FlowRecord(
              flow.outbound(),
              flow.initiating(),
              new FlowSideRecord(flow.target().own(), new Endpoint(IpAddress.ANY4, 1)),
              flow.tcp());
      var forged =
          new StateStream(
              stream.header(), stream.addresses(), List.of(bad), stream.sockets(), List.of());
      assertThatThrownBy(() -> Streams.write(forged)).isInstanceOf(IllegalArgumentException.class);
      assertThatThrownBy(
              () ->
                  new SocketRecord.Dumped(
                      stream.sockets().getFirst().fields(), arena.allocate(1), MemorySegment.NULL))
          .isInstanceOf(IllegalArgumentException.class);
    }
  }

  private static ErrnoException error(byte[] bytes) {
    try (Arena arena = Arena.ofConfined()) {
      return catchThrowableOfType(ErrnoException.class, () -> Streams.read(bytes, arena));
    }
  }

  private static IpAddress address(JsonObject object, String name) {
    return IpAddress.parse(object.get(name).getAsString()).orElseThrow();
  }

  private static void compare(FlowRecord flow, JsonObject decoded) {
    int first = decoded.getAsJsonArray("pif").get(0).getAsInt();
    assertThat(flow.outbound()).isEqualTo(first == 2);
    compare(flow.initiating(), decoded.getAsJsonArray("sides").get(0).getAsJsonObject());
    compare(flow.target(), decoded.getAsJsonArray("sides").get(1).getAsJsonObject());
    GuestTcpRecord tcp = flow.tcp();
    assertThat(tcp)
        .isEqualTo(
            new GuestTcpRecord(
                number(decoded, "retries"),
                number(decoded, "ws_from_tap"),
                number(decoded, "ws_to_tap"),
                number(decoded, "events"),
                number(decoded, "tap_mss"),
                number(decoded, "sndbuf"),
                number(decoded, "flags"),
                number(decoded, "seq_dup_ack_approx"),
                number(decoded, "wnd_from_tap"),
                number(decoded, "wnd_to_tap"),
                number(decoded, "seq_to_tap"),
                number(decoded, "seq_ack_from_tap"),
                number(decoded, "seq_from_tap"),
                number(decoded, "seq_ack_to_tap"),
                number(decoded, "seq_init_from_tap")));
    assertThat(names(FlowEvent.of(tcp.events()))).isEqualTo(texts(decoded, "events_names"));
    assertThat(names(FlowFlag.of(tcp.flags()))).isEqualTo(texts(decoded, "flags_names"));
  }

  private static void compare(FlowSideRecord side, JsonObject decoded) {
    assertThat(side.own())
        .isEqualTo(new Endpoint(address(decoded, "oaddr"), number(decoded, "oport")));
    assertThat(side.endpoint())
        .isEqualTo(new Endpoint(address(decoded, "eaddr"), number(decoded, "eport")));
  }

  private static void compare(SocketRecord socket, JsonObject decoded) {
    assertThat(socket.fields())
        .isEqualTo(
            new SocketFields(
                number(decoded, "seq_snd"),
                number(decoded, "seq_rcv"),
                number(decoded, "sndq"),
                number(decoded, "notsent"),
                number(decoded, "rcvq"),
                number(decoded, "mss"),
                number(decoded, "timestamp"),
                new RepairWindow(
                    number(decoded, "snd_wl1"),
                    number(decoded, "snd_wnd"),
                    number(decoded, "max_window"),
                    number(decoded, "rcv_wnd"),
                    number(decoded, "rcv_wup")),
                number(decoded, "snd_ws"),
                number(decoded, "rcv_ws"),
                number(decoded, "tcpi_state"),
                number(decoded, "tcpi_options")));
    if (socket instanceof SocketRecord.Dumped dumped) {
      assertThat(dumped.state()).hasToString(decoded.get("state_name").getAsString());
      compareQueue(dumped.sendQueue(), decoded, "send_queue");
      compareQueue(dumped.receiveQueue(), decoded, "recv_queue");
    }
  }

  private static void compareQueue(MemorySegment queue, JsonObject decoded, String name) {
    if (decoded.has(name)) {
      String hex = HexFormat.of().formatHex(queue.toArray(ValueLayout.JAVA_BYTE));
      assertThat(hex).isEqualTo(decoded.get(name).getAsString());
    }
  }

  private static List<String> names(Iterable<? extends Enum<?>> set) {
    var names = new ArrayList<String>();
    set.forEach(each -> names.add(each.name()));
    return names;
  }

  private static List<String> texts(JsonObject object, String name) {
    return object.getAsJsonArray(name).asList().stream().map(each -> each.getAsString()).toList();
  }

  private static int number(JsonObject object, String name) {
    return (int) object.get(name).getAsLong();
  }
}
