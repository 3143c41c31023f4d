package org.jpasst.lab;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** The real pesto, in a lab's host namespace, and clients by hand in its place. */
public final class Pesto {
  private static final Duration LIMIT = Duration.ofSeconds(30);
  private static final String SOCKET = "conf.socket";

  private final Lab lab;

  private Pesto(Lab lab) {
    this.lab = lab;
  }

  /** A client of the back-end that is started with {@link #option} in this lab. */
  public static Pesto of(Lab lab) {
    return new Pesto(lab);
  }

  /** The option that makes a back-end listen to it. */
  public static List<String> option(Lab lab) {
    return List.of("--conf-path", lab.directory().resolve(SOCKET).toString());
  }

  /** The path that it connects to. */
  public Path socket() {
    return lab.directory().resolve(SOCKET);
  }

  /** Starts it with these arguments and the socket's path. */
  public LabProcess start(String... arguments) {
    var command = new ArrayList<>(List.of("pesto"));
    command.addAll(List.of(arguments));
    command.add(socket().toString());
    return lab.host().start(BackEndProgram.real().inside(command, lab.resolvConf()));
  }

  /** Runs it to its end and returns what it prints; it must succeed. */
  public String run(String... arguments) {
    try (LabProcess process = start(arguments)) {
      int status = process.awaitExit(LIMIT);
      if (status != 0) {
        throw process.failure("exit status " + status);
      }
      return process.output();
    }
  }

  /** Has the rules changed; there is nothing to be printed. */
  public void change(String... arguments) {
    assertThat(run(arguments)).isEmpty();
  }

  /**
   * The rules in force, as it prints them, without the blanks around. It waits for clients before
   * it, and so for what they have changed.
   */
  public List<String> rules() {
    return run().lines().filter(each -> each.startsWith("    ")).map(String::strip).toList();
  }

  /** A client by hand, connected, that has read nothing yet. */
  public SocketChannel connect() throws IOException {
    SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX);
    channel.connect(UnixDomainSocketAddress.of(socket()));
    return channel;
  }

  /** Reads the greeting that belongs to so many rules. */
  public static byte[] readGreeting(SocketChannel client, int rules) throws IOException {
    ByteBuffer greeting = ByteBuffer.allocate(158 + 56 * rules);
    while (greeting.hasRemaining() && client.read(greeting) >= 0) {
      // More is to come.
    }
    assertThat(greeting.hasRemaining()).as("the greeting's end").isFalse();
    return greeting.array();
  }

  /** What is listened at in the host's namespace: protocol and port, in order. */
  public List<String> listening() {
    return Stream.of("tcp", "tcp6", "udp", "udp6").flatMap(this::listening).distinct().toList();
  }

  private Stream<String> listening(String file) {
    // Columns: number, local address:port, remote address:port, state; 0A is TCP_LISTEN, 07 that of
    // a UDP socket without a peer.
    return lab.host().procNet(file).stream()
        .skip(1)
        .map(each -> each.strip().split("\\s+"))
        .filter(each -> each[3].equals(file.startsWith("tcp") ? "0A" : "07"))
        .map(each -> Integer.parseInt(each[1].split(":")[1], 16))
        .sorted()
        .map(port -> file.substring(0, 3) + " " + port);
  }
}
