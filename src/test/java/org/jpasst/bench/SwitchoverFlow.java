package org.jpasst.bench;

import java.time.Duration;
import org.jpasst.lab.AnsweredDatagrams;
import org.jpasst.lab.Lab;
import org.jpasst.lab.SwitchedGuest;

/**
 * What a peer sends to a guest that moves.
 *
 * @param kind which of the flows
 * @param perSecond how many datagrams a second, where it is {@link Kind#DATAGRAMS}
 */
record SwitchoverFlow(Kind kind, int perSecond) {
  private static final int CHUNK = 64 << 10;
  private static final Duration EVERY = Duration.ofMillis(10);

  enum Kind {
    DATAGRAMS,
    PING,
    BYTES,
    STREAM
  }

  String title() {
    return switch (kind) {
      case DATAGRAMS -> "UDP, %,d/s".formatted(perSecond);
      case PING -> "ping each 10 ms";
      case BYTES -> "TCP, a byte each 10 ms";
      case STREAM -> "TCP at full speed";
    };
  }

  /** Whether it is known what of it is lost, as nobody sends it again. */
  boolean loses() {
    return kind == Kind.DATAGRAMS || kind == Kind.PING;
  }

  /**
   * Starts it.
   *
   * @param port that nobody has in the guest
   */
  Probe start(SwitchedGuest moving, int port) {
    return switch (kind) {
      case DATAGRAMS -> {
        receive(moving, "udp", port);
        yield new DatagramProbe(
            AnsweredDatagrams.start(moving.remote(), Lab.HOST4, port, perSecond));
      }
      case PING -> PingProbe.start(moving.remote(), Lab.HOST4);
      case BYTES -> {
        receive(moving, "tcp", port);
        yield StreamProbe.start(moving.remote(), Lab.HOST4, port, 1, EVERY);
      }
      case STREAM -> {
        receive(moving, "tcp", port);
        yield StreamProbe.start(moving.remote(), Lab.HOST4, port, CHUNK, Duration.ZERO);
      }
    };
  }

  private static void receive(SwitchedGuest moving, String protocol, int port) {
    moving.guest().run("/tmp/arrivals %s %d >/dev/null 2>&1 &".formatted(protocol, port));
    moving.guest().console().await("netstat -lnut | grep -q ':%d '".formatted(port));
  }
}
