package org.jpasst.proto.icmp;

import java.util.concurrent.TimeUnit;
import org.jpasst.flow.Flow;
import org.jpasst.linux.Sockets;
import org.jpasst.loop.EventLoop;
import org.jpasst.proto.socket.HeaderFields;
import org.jpasst.proto.socket.WatchedSocket;

/**
 * What ping knows of a flow beyond its two sides: echo requests of one identifier to one
 * destination. Used again for later flows of the same index.
 */
final class PingFlow {
  /** Answer of {@link #mac}: not looked up yet. */
  static final long NO_MAC = -1;

  /** Time without a request after which a flow ends, as in passt. */
  private static final long TIMEOUT_NANOS = TimeUnit.SECONDS.toNanos(60);

  private final WatchedSocket socket;
  private final HeaderFields headerFields = new HeaderFields();
  private Flow flow;
  private long lastRequest;

  /** Sequence number of the last request. */
  int lastSequence;

  /** The guest was given a reply. */
  boolean answered;

  /** Ethernet address that frames for the guest come from. */
  long mac;

  /** Times that the kernel told of an error and none could be found. */
  int barrenErrors;

  /** Place in the list of all flows. */
  int position;

  PingFlow(Sockets sockets, EventLoop loop) {
    socket = new WatchedSocket(sockets, loop, Ping.EVENTS);
  }

  void begin(Flow newFlow) {
    flow = newFlow;
    answered = false;
    mac = NO_MAC;
    barrenErrors = 0;
    headerFields.reset();
  }

  Flow flow() {
    return flow;
  }

  WatchedSocket socket() {
    return socket;
  }

  HeaderFields headerFields() {
    return headerFields;
  }

  void sawRequest(int sequence, long now) {
    lastSequence = sequence;
    lastRequest = now;
  }

  /** When the last request was. */
  long lastRequest() {
    return lastRequest;
  }

  boolean isStale(long now) {
    return now - lastRequest > TIMEOUT_NANOS;
  }
}
