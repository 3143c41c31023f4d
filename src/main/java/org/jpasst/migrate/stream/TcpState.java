package org.jpasst.migrate.stream;

import java.util.Optional;
import org.jpasst.linux.TcpInfo;

/** The states that a migrated socket can be in, by Linux's numbers (include/net/tcp_states.h). */
public enum TcpState {
  /** Data both ways. */
  ESTABLISHED(TcpInfo.ESTABLISHED),
  /** We closed; the FIN isn't acknowledged, and perhaps not sent. */
  FIN_WAIT1(TcpInfo.FIN_WAIT1),
  /** We closed; the FIN is acknowledged. */
  FIN_WAIT2(TcpInfo.FIN_WAIT2),
  /** The connection is gone: reset, or timed out. */
  CLOSE(TcpInfo.CLOSE),
  /** The peer closed. */
  CLOSE_WAIT(TcpInfo.CLOSE_WAIT),
  /** The peer closed, then we did; our FIN isn't acknowledged. */
  LAST_ACK(TcpInfo.LAST_ACK),
  /** Both closed at the same time; our FIN isn't acknowledged. */
  CLOSING(TcpInfo.CLOSING);

  private final int code;

  TcpState(int code) {
    this.code = code;
  }

  /** Linux's number. */
  public int code() {
    return code;
  }

  /** Whether a FIN of ours is sent or queued, and not acknowledged. */
  public boolean finPending() {
    return this == FIN_WAIT1 || this == LAST_ACK || this == CLOSING;
  }

  /** Whether the peer's FIN has come. */
  public boolean finReceived() {
    return this == CLOSE_WAIT || this == LAST_ACK || this == CLOSING;
  }

  /** The state of a number, if it is one of these. */
  public static Optional<TcpState> of(int code) {
    for (TcpState each : values()) {
      if (each.code == code) {
        return Optional.of(each);
      }
    }
    return Optional.empty();
  }
}
