package org.jpasst.demo;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.PrintStream;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;

/**
 * The two back-ends' own figures and the download's progress, while it runs: in place on a
 * terminal, else once in a while.
 */
final class MoveTable {
  private static final Duration LIVE = Duration.ofMillis(200);
  private static final Duration SELDOM = Duration.ofSeconds(2);
  private static final int BAR = 30;
  private static final int LINES = 4;
  private static final double MEBIBYTE = 1 << 20;
  private static final byte[] QUESTION =
      "{\"command\":\"stats\"}\n".getBytes(StandardCharsets.US_ASCII);

  private final PrintStream to;
  private final int length;
  private final Path source;
  private final Path target;
  private final boolean live = Boolean.getBoolean("jpasst.demo.terminal");
  private long last;
  private boolean drawn;

  MoveTable(PrintStream to, int length, Path source, Path target) {
    this.to = to;
    this.length = length;
    this.source = source;
    this.target = target;
  }

  void begin() {
    to.println();
    say("a download over the first of two back-ends, each on a host of its own");
  }

  /** A line that stays. */
  void say(String line) {
    to.println("       " + line);
    drawn = false;
  }

  /** Draws, unless it was done just now. */
  void show(long received) {
    long now = System.nanoTime();
    if (now - last >= (live ? LIVE : SELDOM).toNanos()) {
      draw(received);
      last = System.nanoTime();
    }
  }

  void end(long received) {
    draw(received);
    to.println();
  }

  private void draw(long received) {
    if (live && drawn) {
      to.print("\033[" + LINES + "A\033[J");
    }
    int done = (int) (BAR * received / length);
    to.println("         back-end        flows     to guest");
    to.println("         first     " + row(source));
    to.println("         second    " + row(target));
    to.printf(
        "         [%s%s] %.1f of %.1f MiB%n",
        "#".repeat(done), ".".repeat(BAR - done), received / MEBIBYTE, length / MEBIBYTE);
    drawn = true;
  }

  private static String row(Path control) {
    try (SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX)) {
      channel.connect(UnixDomainSocketAddress.of(control));
      channel.write(ByteBuffer.wrap(QUESTION));
      var answer = new BufferedReader(Channels.newReader(channel, StandardCharsets.UTF_8));
      JsonObject tcp =
          JsonParser.parseString(answer.readLine())
              .getAsJsonObject()
              .getAsJsonObject("flows")
              .getAsJsonObject("tcp");
      return "%10d %8.1f MiB"
          .formatted(tcp.get("live").getAsLong(), tcp.get("bytes_to_guest").getAsLong() / MEBIBYTE);
    } catch (IOException e) {
      return "     ended";
    }
  }
}
