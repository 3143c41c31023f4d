package org.jpasst.lab;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.Reader;
import java.io.UncheckedIOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A client of QEMU's machine protocol, QMP: one command at a time. Connects when first needed. */
public final class QemuMonitor implements AutoCloseable {
  private static final Duration SOON = Duration.ofSeconds(20);
  private static final Duration MIGRATION = Duration.ofSeconds(90);

  private static final Pattern DOWNTIME = Pattern.compile("\"downtime\": *(\\d+)");

  private final Path path;
  private Optional<SocketChannel> channel = Optional.empty();
  private BufferedReader answers = new BufferedReader(Reader.nullReader());

  QemuMonitor(Path path) {
    this.path = path;
  }

  /**
   * Runs a command.
   *
   * @param command as JSON
   * @return the answer's line
   * @throws AssertionError if it is an error
   */
  public String execute(String command) {
    try {
      if (channel.isEmpty()) {
        connect();
      }
      return exchange(command);
    } catch (IOException e) {
      throw new UncheckedIOException(command, e);
    }
  }

  /** Starts a migration to a place, as QEMU's migrate command has it. */
  public void migrate(String uri) {
    execute("{'execute':'migrate','arguments':{'uri':'" + uri + "'}}");
  }

  /** Has a migration stop when the guest has stopped, until {@link #switchOver}. */
  public void pauseBeforeSwitchover() {
    execute(
        "{'execute':'migrate-set-capabilities','arguments':{'capabilities':"
            + "[{'capability':'pause-before-switchover','state':true}]}}");
  }

  /** Waits until the guest has stopped in a migration that stops there. */
  public void awaitSwitchover() {
    Await.until(
        "the switchover", MIGRATION, () -> status("query-migrate").equals("pre-switchover"));
  }

  /** Goes on after {@link #awaitSwitchover}. */
  public void switchOver() {
    execute("{'execute':'migrate-continue','arguments':{'state':'pre-switchover'}}");
  }

  /** Waits until the migration of this QEMU's guest has come to an end; answers its status. */
  public String awaitMigration() {
    Await.until(
        "the end of the migration",
        MIGRATION,
        () -> status("query-migrate").matches("completed|failed|cancelled"));
    return status("query-migrate");
  }

  /** For how many milliseconds the guest stood still, by QEMU, in a migration that is completed. */
  public long downtime() {
    String answer = execute("{'execute':'query-migrate'}");
    Matcher matcher = DOWNTIME.matcher(answer);
    if (!matcher.find()) {
      throw new AssertionError("no downtime in " + answer);
    }
    return Long.parseLong(matcher.group(1));
  }

  /** Waits until the guest runs here. */
  public void awaitRunning() {
    Await.until("a guest that runs", MIGRATION, () -> status("query-status").equals("running"));
  }

  private String status(String query) {
    String answer = execute("{'execute':'" + query + "'}");
    return answer.replaceFirst(".*\"status\": *\"([a-z-]+)\".*", "$1");
  }

  private void connect() throws IOException {
    Await.until("QEMU's monitor", SOON, () -> Files.exists(path));
    SocketChannel connected = SocketChannel.open(StandardProtocolFamily.UNIX);
    channel = Optional.of(connected);
    connected.connect(UnixDomainSocketAddress.of(path));
    answers = new BufferedReader(Channels.newReader(connected, StandardCharsets.UTF_8));
    answers.readLine(); // the greeting
    exchange("{'execute':'qmp_capabilities'}");
  }

  private String exchange(String command) throws IOException {
    channel.orElseThrow().write(ByteBuffer.wrap((command + "\n").getBytes(StandardCharsets.UTF_8)));
    for (String line = answers.readLine(); line != null; line = answers.readLine()) {
      if (line.startsWith("{\"return\"")) {
        return line;
      }
      if (line.startsWith("{\"error\"")) {
        throw new AssertionError(command + ": " + line);
      }
    }
    throw new AssertionError("QEMU hung up instead of answering " + command);
  }

  @Override
  public void close() {
    try {
      if (channel.isPresent()) {
        channel.get().close();
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
