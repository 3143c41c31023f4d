package org.jpasst.guest.capture;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import org.jpasst.guest.FrameReceiver;
import org.jpasst.guest.LentFrame;
import org.jpasst.guest.stream.StreamLink;
import org.jpasst.linux.LinuxSockets;
import org.jpasst.linux.SocketPair;
import org.jpasst.log.Log;
import org.jpasst.log.LogLevel;
import org.jpasst.loop.EventLoop;
import org.jpasst.stats.Counters;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class FrameTraceTest {
  private static final byte[] ARP =
      HexFormat.of()
          .parseHex(
              "ffffffffffff5254001234560806"
                  + "0001080006040001525400123456c000020f000000000000c0000202");
  private static final String ASKED = "from guest: ARP request 192.0.2.15 > 192.0.2.2, 42 bytes";
  private static final String ANSWERED = "to guest: ARP request 192.0.2.15 > 192.0.2.2, 42 bytes";

  @TempDir Path directory;

  private final LinuxSockets sockets = new LinuxSockets();
  private final Log log = new Log(LogLevel.TRACE, () -> 0);
  private final List<String> lines = new ArrayList<>();
  private final SocketPair pair = SocketPair.create();
  private EventLoop loop;
  private StreamLink link;
  private CaptureSwitch capture;

  @BeforeEach
  void open() throws IOException {
    log.addSink((level, at, line) -> lines.add(level + " " + line));
    var counters = new Counters();
    loop = new EventLoop(() -> 0, counters, Log.none());
    link = new StreamLink(loop, sockets, counters, Log.none());
    capture = new CaptureSwitch(link, counters, log);
    capture.deliverTo(FrameReceiver.NOBODY);
    loop.onTurnEnd(link);
    loop.onTurnEnd(capture);
    link.attach(pair.ours());
  }

  @AfterEach
  void close() throws IOException {
    capture.close();
    link.close();
    sockets.close(pair.theirs());
    loop.close();
  }

  /** The guest sends a frame, and gets one. */
  private void exchange() {
    ByteBuffer framed = ByteBuffer.allocateDirect(4 + ARP.length).putInt(ARP.length).put(ARP);
    MemorySegment sent = MemorySegment.ofBuffer(framed.flip());
    assertThat(sockets.send(pair.theirs(), sent, 0, sent.byteSize(), 0)).isPositive();
    loop.turn(1000);
    LentFrame frame = capture.sink().lendReply(ARP.length);
    MemorySegment.copy(MemorySegment.ofArray(ARP), 0, frame.memory(), frame.at(), ARP.length);
    capture.sink().publish(frame, ARP.length);
    capture.sink().flush();
  }

  @Test
  void eachFrameIsALineBothWays() {
    exchange();
    assertThat(lines).containsExactly("TRACE " + ASKED, "TRACE " + ANSWERED);
  }

  @Test
  void itFollowsTheLogsLevelWhileItRuns() {
    log.setLevel(LogLevel.DEBUG);
    loop.turn(0);
    exchange();
    assertThat(lines).isEmpty();

    log.setLevel(LogLevel.TRACE);
    loop.turn(0);
    exchange();
    assertThat(lines).containsExactly("TRACE " + ASKED, "TRACE " + ANSWERED);
  }

  @Test
  void aCaptureBesideItHasTheSameFrames() throws IOException {
    Path path = directory.resolve("c.pcap");
    capture.start(PcapFile.at(path, loop::now, log));
    capture.begin();
    exchange();
    capture.stop();
    exchange();
    assertThat(lines).hasSize(4);
    assertThat(path).hasSize(24 + 2 * (16 + ARP.length));
  }
}
