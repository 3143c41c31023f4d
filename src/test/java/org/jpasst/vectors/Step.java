package org.jpasst.vectors;

import java.time.Duration;
import java.util.Optional;
import java.util.OptionalLong;

/** One thing that happened in a recorded exchange. */
public sealed interface Step {

  /** Where an action outside the guest takes place. */
  enum Side {
    /** The namespace that the back-end runs in. */
    HOST,
    /** The namespace at the other end of the host's link. */
    REMOTE
  }

  /**
   * The guest sends a frame.
   *
   * @param frame as recorded
   * @param acknowledges for a TCP segment: its acknowledgement number less the peer's initial
   *     sequence number
   */
  record Send(Frame frame, OptionalLong acknowledges) implements Step {}

  /**
   * The back-end sends a frame.
   *
   * @param frame what is expected
   * @param delay time since the step before, in the recording
   */
  record Expect(ExpectedFrame frame, Duration delay) implements Step {}

  /** The back-end sends nothing for a while. */
  record Silence() implements Step {}

  /** The back-end closes the guest's connection; what it sent before that is left open. */
  record Closed() implements Step {}

  /** The guest writes bytes that need not be whole frames. */
  record Raw(byte[] bytes) implements Step {}

  /** The guest closes its connection. */
  record Disconnect() implements Step {}

  /** The guest connects again. */
  record Reconnect() implements Step {}

  /** A second guest connects, and is turned away. */
  record SecondGuest() implements Step {}

  /** A UDP socket is bound; later UDP steps use it. */
  record UdpBind(Side side, String address, int port) implements Step {}

  /**
   * The UDP socket receives a datagram, or nothing.
   *
   * @param datagram what arrives; empty when nothing does
   */
  record UdpReceive(Side side, Optional<Datagram> datagram) implements Step {}

  /** A datagram and where it comes from. */
  record Datagram(byte[] payload, String address, int port) {}

  /** The UDP socket sends a datagram. */
  record UdpSend(Side side, byte[] payload, String address, int port) implements Step {}

  /** A TCP socket listens. */
  record TcpListen(Side side, String address, int port) implements Step {}

  /** It accepts a connection, which later TCP steps use. */
  record TcpAccept(Side side, String peer) implements Step {}

  /** A TCP socket connects from a given address and port; later TCP steps use it. */
  record TcpConnect(Side side, String address, int port, String source, int sourcePort)
      implements Step {}

  /** The TCP socket sends. */
  record TcpSend(Side side, byte[] data) implements Step {}

  /**
   * The TCP socket receives.
   *
   * @param data the bytes; none at the end of the stream; empty when the connection was reset
   */
  record TcpReceive(Side side, Optional<byte[]> data) implements Step {}

  /** The TCP socket is closed. */
  record TcpClose(Side side) implements Step {}

  /** The TCP socket says that it will send no more. */
  record TcpShutdownWrite(Side side) implements Step {}

  /** The TCP socket resets its connection. */
  record TcpReset(Side side) implements Step {}
}
