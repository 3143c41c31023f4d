package org.jpasst.lab;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;

/**
 * A network namespace made by a test. Processes are run in it, and so is code of this JVM ({@link
 * #call}). Its end kills what still runs in it; namespaces left over by JVMs that died are removed
 * when the next one is made.
 */
public final class NetworkNamespace implements AutoCloseable {
  private static final Path DIRECTORY = Path.of("/run/netns");
  private static final String PREFIX = "jpasst-";
  private static final Duration COMMAND = Duration.ofSeconds(20);
  private static final AtomicInteger NEXT = new AtomicInteger();

  private final String name;
  private final NamespaceThread thread;

  private NetworkNamespace(String name) {
    this.name = name;
    this.thread = new NamespaceThread(DIRECTORY.resolve(name).toString());
  }

  /**
   * Makes a namespace with its loopback interface up. IPv6 addresses are usable at once, without
   * duplicate address detection, and no router is listened to.
   *
   * @param role what it is for; becomes part of the name
   */
  public static NetworkNamespace create(String role) {
    removeLeftOvers();
    String name =
        PREFIX + ProcessHandle.current().pid() + "-" + NEXT.incrementAndGet() + "-" + role;
    LabProcess.run(List.of("ip", "netns", "add", name), COMMAND);
    var namespace = new NetworkNamespace(name);
    namespace.sysctl("net.ipv6.conf.all.accept_dad", "0");
    namespace.sysctl("net.ipv6.conf.default.accept_dad", "0");
    namespace.sysctl("net.ipv6.conf.default.accept_ra", "0");
    namespace.sysctl("net.ipv6.conf.default.router_solicitations", "0");
    namespace.ip("link set lo up");
    return namespace;
  }

  /** The name that {@code ip netns} knows it by. */
  public String name() {
    return name;
  }

  /** Runs {@code ip} with the given arguments, separated by spaces, on this namespace. */
  public String ip(String arguments) {
    var command = new ArrayList<>(List.of("ip", "-n", name));
    command.addAll(List.of(arguments.split(" ")));
    return LabProcess.run(command, COMMAND);
  }

  /** Sets a kernel parameter in this namespace. */
  public void sysctl(String parameter, String value) {
    run("sysctl", "-qw", parameter + "=" + value);
  }

  /** Runs a command to its end in this namespace and returns its output; it must succeed. */
  public String run(String... command) {
    return LabProcess.run(inside(List.of(command)), COMMAND);
  }

  /** Starts a command in this namespace. */
  public LabProcess start(List<String> command) {
    return start(command, Map.of());
  }

  /** Starts a command in this namespace with additions to the environment. */
  public LabProcess start(List<String> command, Map<String, String> environment) {
    return LabProcess.start(inside(command), environment);
  }

  /** The command that runs the given one in this namespace, with its own process id. */
  public List<String> inside(List<String> command) {
    var inside = new ArrayList<>(List.of("nsenter", "--net=" + DIRECTORY.resolve(name), "--"));
    inside.addAll(command);
    return List.copyOf(inside);
  }

  /**
   * Runs code of this JVM in the namespace, one task at a time: for opening sockets and reading
   * /proc/thread-self/net, not for waiting. Sockets opened stay there and may be used by any
   * thread.
   */
  public <T> T call(Callable<T> task) {
    return thread.call(task);
  }

  /** The lines of a file of this namespace's /proc/net, such as {@code snmp}. */
  public List<String> procNet(String file) {
    return call(() -> Files.readAllLines(Path.of("/proc/thread-self/net", file)));
  }

  /**
   * A counter of /proc/net/snmp or netstat.
   *
   * @param group such as {@code Tcp}, {@code Udp}, {@code TcpExt}
   * @param counter such as {@code RetransSegs}
   */
  public long counter(String group, String counter) {
    var lines = new ArrayList<>(procNet("snmp"));
    lines.addAll(procNet("netstat"));
    List<String> pair = lines.stream().filter(each -> each.startsWith(group + ":")).toList();
    int column = List.of(pair.get(0).split(" ")).indexOf(counter);
    return Long.parseLong(pair.get(1).split(" ")[column]);
  }

  /** Frames that a device of this namespace has dropped, in either direction. */
  public long droppedFrames(String device) {
    String[] fields = deviceFields(device);
    return Long.parseLong(fields[4]) + Long.parseLong(fields[12]);
  }

  /** Frames that a device of this namespace has sent: of a TAP device, those that were read. */
  public long framesSent(String device) {
    return Long.parseLong(deviceFields(device)[10]);
  }

  /** Bytes of the frames that a device of this namespace has sent, divided by their number. */
  public long meanFrameSent(String device) {
    String[] fields = deviceFields(device);
    return Long.parseLong(fields[9]) / Long.parseLong(fields[10]);
  }

  /**
   * A device's counters, behind its name: 8 of reception, 8 of transmission. The first of each is
   * bytes, the second packets, the fourth those dropped.
   */
  private String[] deviceFields(String device) {
    String line =
        procNet("dev").stream()
            .filter(each -> each.strip().startsWith(device + ":"))
            .findFirst()
            .orElseThrow();
    return line.strip().split("\\s+");
  }

  /** TCP sockets for IPv4 that are established; the fourth column of /proc/net/tcp is the state. */
  public long establishedConnections() {
    return procNet("tcp").stream()
        .filter(line -> line.strip().split("\\s+")[3].equals("01"))
        .count();
  }

  /** Bytes received by the TCP sockets of a local port that nobody has read yet. */
  public long unreadBytes(int port) {
    String local = portColumn(port);
    return connections()
        .filter(each -> each[1].endsWith(local))
        .mapToLong(each -> queue(each, 1))
        .sum();
  }

  /** Bytes that are in TCP sockets of a port, their own or their peer's, in either direction. */
  public long queuedBytes(int port) {
    String either = portColumn(port);
    return connections()
        .filter(each -> each[1].endsWith(either) || each[2].endsWith(either))
        .mapToLong(each -> queue(each, 0) + queue(each, 1))
        .sum();
  }

  /**
   * The columns of /proc/net/tcp, without listeners (0A), of which the queues would be connections:
   * number, local address:port, remote address:port, state, tx_queue:rx_queue in hex.
   */
  private Stream<String[]> connections() {
    return Stream.of("tcp", "tcp6")
        .flatMap(file -> procNet(file).stream().skip(1))
        .map(each -> each.strip().split("\\s+"))
        .filter(each -> !each[3].equals("0A"));
  }

  private static String portColumn(int port) {
    return String.format(":%04X", port);
  }

  private static long queue(String[] columns, int which) {
    return Long.parseLong(columns[4].split(":")[which], 16);
  }

  /** Waits until something listens on a TCP port, over IPv4 or IPv6. */
  public void awaitTcpListener(int port, Duration limit) {
    // Columns: number, local address:port, remote address:port, state; 0A is TCP_LISTEN.
    String listening = String.format(".*: [0-9A-F]+:%04X [0-9A-F:]+ 0A .*", port);
    Await.until(
        "a listener on TCP port " + port + " in " + name,
        limit,
        () ->
            procNet("tcp").stream().anyMatch(each -> each.matches(listening))
                || procNet("tcp6").stream().anyMatch(each -> each.matches(listening)));
  }

  /** Waits until a UDP port is bound, over IPv4 or IPv6. */
  public void awaitUdpPort(int port, Duration limit) {
    String bound = String.format(".*: [0-9A-F]+:%04X .*", port);
    Await.until(
        "UDP port " + port + " in " + name,
        limit,
        () ->
            procNet("udp").stream().anyMatch(each -> each.matches(bound))
                || procNet("udp6").stream().anyMatch(each -> each.matches(bound)));
  }

  /** Waits until a process of this namespace listens on a UNIX stream socket. */
  public void awaitUnixListener(Path path, Duration limit) {
    // The fourth column holds the flags: 00010000 is SO_ACCEPTCON, set by listen(2).
    Await.until(
        "a listener on " + path,
        limit,
        () ->
            procNet("unix").stream()
                .anyMatch(each -> each.endsWith(" " + path) && each.contains(" 00010000 ")));
  }

  /** Processes of this namespace, started by this test or by what it started. */
  public List<Long> processes() {
    String output = LabProcess.run(List.of("ip", "netns", "pids", name), COMMAND);
    long self = ProcessHandle.current().pid();
    return output.lines().map(Long::valueOf).filter(each -> each != self).toList();
  }

  /** Kills what still runs in the namespace, and removes it. */
  @Override
  public void close() {
    processes().forEach(NetworkNamespace::kill);
    thread.close();
    LabProcess.run(List.of("ip", "netns", "delete", name), COMMAND);
  }

  private static void kill(long pid) {
    ProcessHandle.of(pid).ifPresent(ProcessHandle::destroyForcibly);
  }

  private static void removeLeftOvers() {
    if (!Files.isDirectory(DIRECTORY)) {
      return;
    }
    try (DirectoryStream<Path> all = Files.newDirectoryStream(DIRECTORY, PREFIX + "*")) {
      for (Path each : all) {
        String name = each.getFileName().toString();
        owner(name)
            .filter(pid -> ProcessHandle.of(pid).isEmpty())
            .ifPresent(
                pid ->
                    LabProcess.start(List.of("ip", "netns", "delete", name), Map.of())
                        .awaitExit(COMMAND));
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static Optional<Long> owner(String name) {
    String pid = name.substring(PREFIX.length()).split("-")[0];
    return pid.matches("[0-9]+") ? Optional.of(Long.valueOf(pid)) : Optional.empty();
  }
}
