package org.jpasst.proto.icmp;

import java.util.concurrent.TimeUnit;
import org.jpasst.proto.socket.DatagramFlow;
import org.jpasst.proto.socket.FlowSocket;

/**
 * What ping knows of a flow beyond its two sides: echo requests of one identifier to one
 * destination. Used again for later flows of the same index.
 */
final class PingFlow implements DatagramFlow {
  /** Time without a request after which a flow ends, as in passt. */
  private static final long TIMEOUT_NANOS = TimeUnit.SECONDS.toNanos(60);

  private final FlowSocket common;
  private long lastRequest;

  /** Requests without a reply since the socket was last seen empty. */
  private int awaited;

  /** Sequence number of the last request. */
  int lastSequence;

  /** The guest was given a reply. */
  boolean answered;

  PingFlow(FlowSocket common) {
    this.common = common;
  }

  @Override
  public FlowSocket common() {
    return common;
  }

  /** The flow is a new one. */
  void begin() {
    awaited = 0;
    answered = false;
  }

  void sawRequest(int sequence, long now) {
    lastSequence = sequence;
    lastRequest = now;
    awaited++;
  }

  /** The socket had a reply, to whatever request. */
  void sawReply() {
    awaited = Math.max(0, awaited - 1);
  }

  /** The socket has no reply yet. */
  void sawNone() {
    awaited = 0;
  }

  /** Whether another reply is likely to be there already. */
  boolean awaitsReply() {
    return awaited > 0;
  }

  /** When the last request was. */
  long lastRequest() {
    return lastRequest;
  }

  @Override
  public boolean isStale(long now) {
    return now - lastRequest > TIMEOUT_NANOS;
  }
}
