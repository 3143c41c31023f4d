package org.jpasst.demo;

import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jpasst.net.IpAddress;

/**
 * A guest moves from one host to another in the middle of a download. The hosts are network
 * namespaces of the same address, joined to this one, which lib/demo-move.sh made; the server is
 * here. Capabilities in a namespace of one's own are all that it takes.
 */
final class Relocation {
  private static final String SERVER = "198.51.100.1";
  private static final String GUEST = "192.0.2.15";
  private static final int LENGTH = 32 << 20;
  private static final Duration PAUSE = Duration.ofMillis(4);
  private static final Duration PATIENCE = Duration.ofSeconds(90);

  private final Path home;
  private final BackEndProcess source;
  private final BackEndProcess target;
  private final Guest guest;
  private final MoveTable table;
  private boolean begun; // the answer's head has come
  private long received; // bytes of the page

  private Relocation(Path home, BackEndProcess source, BackEndProcess target, Guest guest) {
    this.home = home;
    this.source = source;
    this.target = target;
    this.guest = guest;
    table = new MoveTable(System.out, LENGTH, source.control(), target.control());
  }

  /** Shows it; false if it failed. */
  static boolean show(Path home, Report report) throws IOException, InterruptedException {
    Path log = Files.createTempFile("jpasst-demo-", ".log");
    try {
      boolean worked = show(home, log, report);
      if (!worked) {
        System.out.print(Files.readString(log));
      }
      return worked;
    } finally {
      Files.delete(log);
    }
  }

  private static boolean show(Path home, Path log, Report report) throws InterruptedException {
    try (var source = host(home, log, "hosta");
        var target = host(home, log, "hostb");
        GuestPort port = source.connect();
        PageServer server = PageServer.start(SERVER, LENGTH, PAUSE)) {
      target.awaitListening();
      var guest = new Guest(port);
      return new Relocation(home, source, target, guest).show(report, server.port());
    } catch (IOException e) {
      return report.failed("move", e.getMessage());
    }
  }

  /** A back-end on a host that is joined to this namespace by a link of this name. */
  private static BackEndProcess host(Path home, Path log, String link) throws IOException {
    String here = Long.toString(ProcessHandle.current().pid());
    String script = home.resolve("lib/demo-host.sh").toString();
    return BackEndProcess.start(
        List.of("unshare", "--net", script, here, link),
        home,
        Map.of(),
        Redirect.appendTo(log.toFile()),
        List.of("--quiet", "--ipv4-only", "--migrate-direct", "--packet-cache", "off"));
  }

  private boolean show(Report report, int port) throws IOException, InterruptedException {
    route("hosta");
    Optional<DhcpClient.Lease> lease = new DhcpClient(guest).lease();
    if (lease.isEmpty()) {
      return report.failed("move", "no lease on the first host");
    }
    IpAddress own = lease.get().address();
    new Neighbours(guest)
        .resolve(own, lease.get().router())
        .ifPresent(mac -> guest.router(mac.bits()));
    var download = new TcpClient(guest);
    IpAddress server = IpAddress.parse(SERVER).orElseThrow();
    if (!download.open(own, server, port) || !download.send(PageServer.request())) {
      return report.failed("move", "the server is not to be reached");
    }
    table.begin();
    boolean right = fetch(download, LENGTH / 3);
    long start = System.nanoTime();
    try (GuestPort there = right ? move() : target.connect()) {
      Duration taken = Duration.ofNanos(System.nanoTime() - start);
      guest.moveTo(there);
      right = right && fetch(download, LENGTH);
      table.end(received);
      return right
          ? report.done(
              "move",
              "to another back-end in the middle of a download, by three passtctl in %d ms: %d bytes, none lost or twice"
                  .formatted(taken.toMillis(), received))
          : report.failed("move", "the download was not right after %d bytes".formatted(received));
    }
  }

  /** Goes on with the download up to so many bytes; false if one is wrong, or no more come. */
  private boolean fetch(TcpClient download, int end) throws IOException {
    long deadline = System.nanoTime() + PATIENCE.toNanos();
    while (received < end && System.nanoTime() < deadline) {
      Optional<byte[]> bytes = download.receive();
      if (bytes.isPresent() && !take(bytes.get())) {
        return false;
      }
      table.show(received);
    }
    return received >= end;
  }

  private boolean take(byte[] bytes) {
    int from = 0;
    if (!begun && bytes.length > 0) {
      // The head comes in one segment: it is shorter than one.
      from = PageServer.page(bytes, bytes.length).orElse(bytes.length);
      begun = true;
    }
    boolean right = PageServer.isPage(bytes, from, bytes.length - from, received);
    received += bytes.length - from;
    return right;
  }

  /** In the order of docs/migration.md: no segment finds a host without its socket. */
  private GuestPort move() throws IOException, InterruptedException {
    Path state = Files.createTempFile("jpasst-demo-", ".state");
    try {
      table.say("the guest stands still, its state is saved: passtctl migrate pause, save");
      passtctl(source, "pause");
      passtctl(source, "save", state.toString());
      table.say("and loaded on the other host: passtctl migrate load");
      passtctl(target, "load", state.toString());
    } finally {
      Files.delete(state);
    }
    route("hostb");
    GuestPort there = target.connect();
    source.end();
    table.say("the guest goes on there; the first back-end has ended");
    return there;
  }

  private void passtctl(BackEndProcess backEnd, String... verb)
      throws IOException, InterruptedException {
    var command = new ArrayList<>(List.of(home.resolve("bin/passtctl").toString()));
    command.addAll(List.of("-s", backEnd.control().toString(), "migrate"));
    command.addAll(List.of(verb));
    run(command);
  }

  /** Where the guest's address is from now on. */
  private static void route(String link) throws IOException, InterruptedException {
    run(List.of("ip", "route", "replace", GUEST + "/32", "dev", link));
  }

  private static void run(List<String> command) throws IOException, InterruptedException {
    Process process =
        new ProcessBuilder(command)
            .redirectOutput(Redirect.DISCARD)
            .redirectError(Redirect.INHERIT)
            .start();
    if (process.waitFor() != 0) {
      throw new IOException(String.join(" ", command) + ": status " + process.exitValue());
    }
  }
}
