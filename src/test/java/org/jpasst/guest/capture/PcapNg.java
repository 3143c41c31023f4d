package org.jpasst.guest.capture;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Reads a pcapng file as draft-ietf-opsawg-pcapng has it, and insists on each of its rules that a
 * reader could rely on: lengths before and behind, padding by zeros, options that end, an interface
 * before its packets.
 */
public final class PcapNg {
  private static final int SECTION_HEADER = 0x0a0d0d0a;
  private static final int INTERFACE_DESCRIPTION = 1;
  private static final int ENHANCED_PACKET = 6;

  /** A frame, when it passed in nanoseconds since 1970, which way (1 in, 2 out), and a comment. */
  public record Packet(
      byte[] frame, int original, long nanos, int direction, Optional<String> comment) {}

  private final ByteBuffer bytes;
  private final List<Packet> packets = new ArrayList<>();
  private boolean hasInterface;

  private PcapNg(byte[] content) {
    bytes = ByteBuffer.wrap(content).order(ByteOrder.nativeOrder());
  }

  /** The packets of a file that has one section with one interface. */
  public static List<Packet> read(Path file) throws IOException {
    return read(Files.readAllBytes(file));
  }

  /** The same of a file's content. */
  public static List<Packet> read(byte[] content) {
    var reader = new PcapNg(content);
    reader.section();
    while (reader.bytes.hasRemaining()) {
      reader.block();
    }
    assertThat(reader.hasInterface).isTrue();
    return reader.packets;
  }

  private void section() {
    assertThat(bytes.getInt(0)).isEqualTo(SECTION_HEADER);
    assertThat(bytes.getInt(8)).as("byte order").isEqualTo(0x1a2b3c4d);
    ByteBuffer body = body();
    assertThat(body.getInt()).isEqualTo(0x1a2b3c4d);
    assertThat(body.getShort()).as("major").isEqualTo((short) 1);
    assertThat(body.getShort()).as("minor").isEqualTo((short) 0);
    assertThat(body.getLong()).as("length that isn't known").isEqualTo(-1);
    assertThat(text(options(body).get(4))).isEqualTo("jpasst");
  }

  /** The body of the block that is next, which is passed. */
  private ByteBuffer body() {
    int start = bytes.position();
    int length = bytes.getInt(start + 4);
    assertThat(length).isGreaterThanOrEqualTo(12).isLessThanOrEqualTo(bytes.remaining());
    assertThat(length % 4).isZero();
    assertThat(bytes.getInt(start + length - 4)).as("length again").isEqualTo(length);
    bytes.position(start + length);
    return bytes.slice(start + 8, length - 12).order(bytes.order());
  }

  private void block() {
    int type = bytes.getInt(bytes.position());
    ByteBuffer body = body();
    switch (type) {
      case INTERFACE_DESCRIPTION -> description(body);
      case ENHANCED_PACKET -> packet(body);
      default -> throw new AssertionError("a block of type " + type);
    }
  }

  private void description(ByteBuffer body) {
    assertThat(hasInterface).isFalse();
    hasInterface = true;
    assertThat(body.getShort()).as("Ethernet").isEqualTo((short) 1);
    assertThat(body.getShort()).as("reserved").isZero();
    assertThat(body.getInt()).as("most bytes of a frame").isEqualTo(65_535);
    Map<Integer, byte[]> options = options(body);
    assertThat(text(options.get(2))).isEqualTo("guest");
    assertThat(options.get(9)).as("nanoseconds").containsExactly(9);
  }

  private void packet(ByteBuffer body) {
    assertThat(hasInterface).isTrue();
    assertThat(body.getInt()).as("interface").isZero();
    long nanos = (body.getInt() & 0xffff_ffffL) << 32 | body.getInt() & 0xffff_ffffL;
    byte[] frame = new byte[body.getInt()];
    int original = body.getInt();
    assertThat(original).isGreaterThanOrEqualTo(frame.length);
    body.get(frame);
    skipPadding(body);
    Map<Integer, byte[]> options = options(body);
    int flags = ByteBuffer.wrap(options.get(2)).order(bytes.order()).getInt();
    assertThat(flags).isBetween(1, 2);
    var comment = Optional.ofNullable(options.get(1)).map(PcapNg::text);
    packets.add(new Packet(frame, original, nanos, flags, comment));
  }

  private static Map<Integer, byte[]> options(ByteBuffer body) {
    Map<Integer, byte[]> options = new HashMap<>();
    for (int code = body.getShort(); code != 0; code = body.getShort()) {
      byte[] value = new byte[body.getShort()];
      body.get(value);
      skipPadding(body);
      assertThat(options.put(code, value)).as("option %d again", code).isNull();
    }
    assertThat(body.getShort()).as("end of options").isZero();
    assertThat(body.hasRemaining()).isFalse();
    return options;
  }

  private static void skipPadding(ByteBuffer body) {
    while (body.position() % 4 != 0) {
      assertThat(body.get()).as("padding").isZero();
    }
  }

  private static String text(byte[] bytes) {
    return new String(bytes, StandardCharsets.UTF_8);
  }
}
