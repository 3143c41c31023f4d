package org.jpasst.proto.tcp;

import org.jpasst.flow.Flow;
import org.jpasst.flow.FlowState;

/**
 * What is known of one TCP connection: between the guest's TCP, to which we are the peer, and a
 * socket of the host, by which we are a client or server of the real peer.
 *
 * <p>Sequence variables are RFC 9293's (section 3.3.1), seen from us towards the guest. No payload
 * is held here but what a socket refused ({@link HeldBytes}): what the guest hasn't acknowledged
 * yet is still in the socket's receive queue, and what it sent is in the socket's send queue.
 */
final class TcpConnection {
  /** Where the connection is in its life; with the half-close flags below, RFC 9293's state. */
  enum Phase {
    /** Free. */
    CLOSED,
    /** The guest sent a SYN; our socket is connecting. */
    CONNECTING,
    /** The socket is connected, a SYN-ACK is on its way to the guest. */
    SYN_ACK_SENT,
    /** A peer's connection was accepted; a SYN is on its way to the guest. */
    SYN_SENT,
    /** Both sides are established; closing is told by the flags. */
    ESTABLISHED,
    /** Was established, and stands still to be moved to another host; see {@link TcpMigration}. */
    PAUSED
  }

  /** No segments in the batch; see {@link #batchPlace}. */
  static final int NO_PLACE = -1;

  /** The flow it belongs to; shares its index. */
  final Flow flow;

  /** Towards the guest: what was sent, and whether it has arrived. */
  final SendSequence send = new SendSequence();

  final RoundTripTime roundTrip = new RoundTripTime();
  final Retries retries = new Retries();
  final LossRecovery recovery = new LossRecovery(send);
  final SillyWindowAvoidance sws = new SillyWindowAvoidance();
  final PeerStream stream = new PeerStream();
  final PeekPace pace = new PeekPace();

  /** From the guest: what has come, and what may come. */
  final ReceiveSequence receive = new ReceiveSequence();

  final ReceiveWindow window = new ReceiveWindow(receive);
  final Reassembly reassembly = new Reassembly();
  final HeldBytes held = new HeldBytes();
  final Conversation conversation = new Conversation();

  /** Options of both. */
  final SelectiveAcknowledgments sack = new SelectiveAcknowledgments();

  final Timestamps timestamps = new Timestamps();

  final SocketInterest interest = new SocketInterest();
  final Liveness liveness = new Liveness();
  final ChallengeLimit challenges = new ChallengeLimit();

  Phase phase = Phase.CLOSED;

  /** The socket, or -1. Owned by this connection. */
  int fd = -1;

  /** Ethernet address that the guest sees as the peer's. */
  long peerMac;

  /** IPv6 flow label of segments to the guest (RFC 6437). */
  int flowLabel;

  /** What the socket has of the guest's type of service: the code point's six bits, in place. */
  int service;

  /** The guest shall get an acknowledgment at the end of the batch. */
  boolean ackDue;

  /** The guest has opened it, and hasn't acknowledged that it is open; see {@link TcpOpening}. */
  boolean attempt;

  /** The forwarded port that it came by, if it did; null once it is open. */
  TcpListener listener;

  /** The guest hasn't answered it yet; with its neighbours in {@link HalfOpenConnections}. */
  boolean halfOpen;

  TcpConnection older;
  TcpConnection newer;

  /** Where {@link SegmentBatch} has its segments, if it has any. */
  int batchPlace = NO_PLACE;

  /** In the queue of connections that wait for room on the guest's link. */
  boolean queued;

  TcpConnection(Flow flow) {
    this.flow = flow;
  }

  /**
   * Puts all of it back as new, for the next flow of this index; but in the queue for room it
   * stays, is skipped there, and taken out in its turn.
   */
  void reset() {
    send.reset();
    roundTrip.reset();
    retries.reset();
    recovery.reset();
    sws.reset();
    stream.reset();
    pace.reset();
    receive.reset();
    window.reset();
    reassembly.reset();
    conversation.reset();
    sack.reset();
    timestamps.reset();
    interest.reset();
    liveness.reset();
    challenges.reset();
    phase = Phase.CLOSED;
    listener = null;
    fd = -1;
    peerMac = flowLabel = service = 0;
    ackDue = attempt = false;
    batchPlace = NO_PLACE;
  }

  boolean established() {
    return phase == Phase.ESTABLISHED;
  }

  /** For who looks at the flow table. */
  FlowState state() {
    return switch (phase) {
      case CLOSED -> FlowState.CLOSING;
      case CONNECTING -> FlowState.CONNECTING;
      case SYN_ACK_SENT, SYN_SENT -> FlowState.HANDSHAKE;
      case PAUSED -> FlowState.PAUSED;
      case ESTABLISHED -> {
        boolean peer = stream.isClosed();
        yield receive.isFinReceived()
            ? peer ? FlowState.CLOSING : FlowState.GUEST_CLOSED
            : peer ? FlowState.PEER_CLOSED : FlowState.ESTABLISHED;
      }
    };
  }

  /** Both directions are closed and acknowledged: there is nothing left to do. */
  boolean finished() {
    return receive.isFinReceived() && receive.isShutdown() && send.isFinAcked();
  }
}
