package org.jpasst.vectors;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;
import org.jpasst.lab.BackEnd;
import org.jpasst.lab.Lab;

/** A lab changed into the network that vectors were recorded in. */
public final class RecordedLab implements AutoCloseable {
  private static final Duration END = Duration.ofSeconds(3);

  private final Lab lab;

  private RecordedLab(Lab lab) {
    this.lab = lab;
  }

  /** Makes the network that a recording names. */
  public static RecordedLab open(RecordedHost host) {
    Lab lab = Lab.open();
    lab.resolvConf(host.resolv());
    lab.host().ip("route flush default");
    lab.host().ip("-6 route flush default");
    for (String each : host.hostRoutes()) {
      lab.host().ip((each.contains(":") ? "-6 " : "") + "route add " + each);
    }
    List<String> neighbours = new ArrayList<>();
    host.remoteAddresses().forEach(each -> neighbours.add(each.substring(0, each.indexOf('/'))));
    neighbours.add(linkLocal(host.remoteMac()));
    for (String each : neighbours) {
      lab.host()
          .ip("neigh replace %s lladdr %s dev vh nud permanent".formatted(each, host.remoteMac()));
    }
    // A client's port must be free again at once.
    lab.host().sysctl("net.ipv4.tcp_max_tw_buckets", "0");
    lab.remote().sysctl("net.ipv4.tcp_max_tw_buckets", "0");
    return new RecordedLab(lab);
  }

  /**
   * Plays a vector to a back-end of its own.
   *
   * @throws AssertionError when the back-end does otherwise, or ends
   */
  public void replay(FrameVector vector) {
    replay(vector, UnaryOperator.identity(), FrameReplay.QUIET);
  }

  /**
   * The same with a guest whose device changes what it sends.
   *
   * @param device makes of each frame the one that is sent
   */
  void replay(FrameVector vector, UnaryOperator<Frame> device) {
    replay(vector, device, FrameReplay.QUIET);
  }

  /** The same, where nothing may come for as long as that, instead of as long as is usual. */
  void replay(FrameVector vector, Duration quiet) {
    replay(vector, UnaryOperator.identity(), quiet);
  }

  private void replay(FrameVector vector, UnaryOperator<Frame> device, Duration quiet) {
    deleteSocket();
    try (BackEnd backEnd = BackEnd.start(lab, vector.options().toArray(String[]::new))) {
      try (var replay = new FrameReplay(vector, device, quiet, lab, backEnd.socket())) {
        replay.run();
      } catch (AssertionError | RuntimeException e) {
        throw new AssertionError(
            "%s (%s)%n%s%nback-end:%n%s"
                .formatted(
                    vector.name(),
                    vector.description(),
                    e.getMessage(),
                    backEnd.process().output()),
            e);
      }
      if (!backEnd.process().alive()) {
        throw backEnd.process().failure("ended with status " + backEnd.process().awaitExit(END));
      }
    }
  }

  /** The lab itself. */
  public Lab lab() {
    return lab;
  }

  @Override
  public void close() {
    lab.close();
  }

  private void deleteSocket() {
    try {
      Files.deleteIfExists(lab.directory().resolve("passt.socket"));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The link-local address that Linux makes of a MAC address (RFC 4291 appendix A). */
  private static String linkLocal(String mac) {
    String[] bytes = mac.split(":");
    int first = Integer.parseInt(bytes[0], 16) ^ 2;
    return "fe80::%02x%s:%sff:fe%s:%s%s"
        .formatted(first, bytes[1], bytes[2], bytes[3], bytes[4], bytes[5]);
  }
}
