package org.jpasst.guest.vlan;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import org.jpasst.guest.Frame;
import org.jpasst.guest.FramePieces;
import org.jpasst.guest.FrameReceiver;
import org.jpasst.guest.LentFrame;
import org.jpasst.guest.LinkCapabilities;
import org.jpasst.guest.Offload;
import org.jpasst.guest.RecordingSink;
import org.jpasst.guest.Segmentation;
import org.jpasst.stats.Counter;
import org.jpasst.stats.Counters;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A guest whose frames are in VLAN 5. */
final class VlanTest {
  private static final int VLAN = 5;
  private static final String ADDRESSES = "525400123456" + "9a559a559a55";
  private static final String PAYLOAD = "0800" + "45".repeat(60);

  private final RecordingSink link = new RecordingSink();
  private final VlanSink sink = new VlanSink(link, VLAN);
  private final Counters counters = new Counters();
  private final List<String> taken = new ArrayList<>();
  private final VlanReceiver receiver =
      new VlanReceiver(
          new FrameReceiver() {
            @Override
            public void onConnected(long now) {
              taken.add("connected");
            }

            @Override
            public void onDisconnected() {
              taken.add("gone");
            }

            @Override
            public void onFrame(Frame frame, long now) {
              byte[] bytes = new byte[frame.length()];
              frame.copy(frame.at(), bytes.length, MemorySegment.ofArray(bytes), 0);
              taken.add(HexFormat.of().formatHex(bytes));
            }

            @Override
            public void onBatchEnd(long now) {
              taken.add("batch");
            }

            @Override
            public boolean isSated() {
              return true;
            }
          },
          VLAN,
          counters);

  private void send(String hex) {
    byte[] bytes = HexFormat.of().parseHex(hex);
    MemorySegment memory = Arena.global().allocate(bytes.length);
    MemorySegment.copy(bytes, 0, memory, ValueLayout.JAVA_BYTE, 0, bytes.length);
    var frame = new Frame(new FramePieces(0));
    frame.set(memory, 0, bytes.length);
    receiver.onFrame(frame, 0);
  }

  /** Of whatever priority, and drop eligible or not. */
  @ParameterizedTest
  @ValueSource(strings = {"0005", "e005", "1005"})
  void aFrameOfTheVlanIsHandedOnWithoutItsTag(String control) {
    send(ADDRESSES + "8100" + control + PAYLOAD);
    assertThat(taken).containsExactly(ADDRESSES + PAYLOAD);
    assertThat(counters.value(Counter.DROP_VLAN)).isZero();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "81000000",
        "81000006",
        "81000105",
        "81000fff",
        "88a80005",
        "8100000681000005"
      })
  void anyOtherIsDroppedAndCounted(String tag) {
    send(ADDRESSES + tag + PAYLOAD);
    assertThat(taken).isEmpty();
    assertThat(counters.value(Counter.DROP_VLAN)).isEqualTo(1);
    assertThat(counters.value(Counter.FRAMES_FROM_GUEST)).isEqualTo(1);
    assertThat(counters.value(Counter.BYTES_FROM_GUEST)).isEqualTo(74 + tag.length() / 2);
  }

  @Test
  void whatIsTooShortForATagIsDropped() {
    send(ADDRESSES + "8100");
    send(ADDRESSES + "8100" + "0005" + "08");
    assertThat(taken).isEmpty();
    assertThat(counters.value(Counter.DROP_VLAN)).isEqualTo(2);
  }

  @Test
  void whatElseTheReceiverIsToldIsPassedOn() {
    receiver.onConnected(0);
    receiver.onBatchEnd(0);
    receiver.onDisconnected();
    assertThat(taken).containsExactly("connected", "batch", "gone");
    assertThat(receiver.isSated()).isTrue();
  }

  private static void write(LentFrame frame, String hex) {
    byte[] bytes = HexFormat.of().parseHex(hex);
    MemorySegment.copy(bytes, 0, frame.memory(), ValueLayout.JAVA_BYTE, frame.at(), bytes.length);
  }

  private List<String> published() {
    return link.frames().stream().map(HexFormat.of()::formatHex).toList();
  }

  @Test
  void framesForTheGuestGetTheTag() {
    for (LentFrame frame : List.of(sink.lend(74), sink.lendReply(74), sink.lendControl(74))) {
      write(frame, ADDRESSES + PAYLOAD);
      assertThat(frame.room()).isEqualTo(74);
      sink.publish(frame, 74);
    }
    String tagged = ADDRESSES + "8100" + "0005" + PAYLOAD;
    assertThat(published()).containsExactly(tagged, tagged, tagged);
    assertThat(link.isLending()).isFalse();
  }

  /** Some are lent at a time, and one that is shorter than it was lent for is the last. */
  @Test
  void framesAreLentBeforeOneIsPublished() {
    for (int round = 0; round < 3; round++) {
      var lent = new ArrayList<LentFrame>();
      for (int i = 0; i < 100; i++) {
        lent.add(sink.lend(14, 60));
      }
      for (int i = 0; i < 98; i++) {
        write(lent.get(i), ADDRESSES + "0800");
        lent.get(i)
            .pieces()
            .fill(lent.get(i).firstPiece(), MemorySegment.ofArray(new byte[60]), 0, 60);
        sink.publish(lent.get(i), 74);
      }
      assertThat(link.isLending()).isTrue();
      write(lent.get(98), ADDRESSES + "0800");
      sink.publish(lent.get(98), 70);
      assertThat(link.isLending()).isFalse();
    }
    assertThat(published())
        .hasSize(297)
        .allMatch(each -> each.startsWith(ADDRESSES + "8100" + "0005" + "0800"));
  }

  @Test
  void whatIsNotPublishedIsGivenBack() {
    LentFrame first = sink.lend(74);
    sink.giveBack();
    assertThat(link.isLending()).isFalse();
    assertThatExceptionOfType(IllegalStateException.class)
        .isThrownBy(() -> sink.publish(first, 74));
    assertThat(sink.lend(74).isNone()).isFalse();
  }

  /** The offsets are counted from the frame's first byte. */
  @Test
  void workLeftToTheGuestIsFoundBehindTheTag() {
    link.setCapabilities(new LinkCapabilities(true, true, true, false, false));
    LentFrame frame = sink.lend(74);
    write(frame, ADDRESSES + PAYLOAD);
    sink.publish(frame, 74, new Offload().set(34, 16, Segmentation.TCP4, 10));
    byte[] bytes = link.take();
    assertThat(link.segmentSizes()).containsExactly(10);
    String hex = HexFormat.of().formatHex(bytes);
    assertThat(hex).startsWith(ADDRESSES + "8100" + "0005" + "0800");
    // Only the checksum's field is another: 16 bytes into what begins at 38.
    assertThat(hex.substring(0, 108)).isEqualTo(ADDRESSES + "81000005" + PAYLOAD.substring(0, 76));
    assertThat(hex.substring(112)).isEqualTo(PAYLOAD.substring(80));
    assertThat(hex.substring(108, 112)).isNotEqualTo("4545");
  }

  @Test
  void thereIsRoomWhereTheLinkHasIt() {
    link.setRoom(0);
    assertThat(sink.hasRoom()).isFalse();
    assertThat(sink.lend(74).isNone()).isTrue();
    link.setRoom(1);
    assertThat(sink.hasRoom()).isTrue();
    link.setStalled(true);
    assertThat(sink.isStalled()).isTrue();
    link.setLossy(true);
    assertThat(sink.isLossy()).isTrue();
    sink.flush();
    assertThat(link.flushes()).isEqualTo(1);
  }
}
