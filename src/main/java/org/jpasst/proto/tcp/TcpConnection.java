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

  /** The flow it belongs to; shares its index. */
  final Flow flow;

  Phase phase = Phase.CLOSED;

  /** The socket, or -1. Owned by this connection. */
  int fd = -1;

  /** Towards the guest. */
  final SendSequence send = new SendSequence();

  /** From the guest. */
  final ReceiveSequence receive = new ReceiveSequence();

  final RoundTripTime roundTrip = new RoundTripTime();
  final LossRecovery recovery = new LossRecovery(send);
  final Retries retries = new Retries();
  final PeekPace pace = new PeekPace();
  final ReceiveWindow window = new ReceiveWindow(receive);
  final Reassembly reassembly = new Reassembly();
  final SelectiveAcknowledgments sack = new SelectiveAcknowledgments();
  final Timestamps timestamps = new Timestamps();

  /** What epoll is asked to watch, as last told to it. */
  int interest;

  // ---- towards the guest (we send)

  /** Where the socket peeks next, as an offset from {@link #sndUna}; see SO_PEEK_OFF. */
  int peekOffset;

  /** The socket may have bytes that were not sent yet. */
  boolean readable;

  /** The kernel has the peer's FIN, maybe behind bytes not read yet. */
  boolean peerClosed;

  /**
   * The peer has sent urgent bytes. In line as they are (SO_OOBINLINE), a look at the queue ends in
   * front of one, and the next begins with it (tcp_recvmsg_locked, Linux 6.18).
   */
  boolean urgent;

  /** The peer closed its side: after the bytes in the queue there are no more. */
  boolean endOfStream;

  /** Events seen that couldn't be acted upon, since the guest's window or link was full. */
  int idleEvents;

  /** More bytes wait than the rest of the window holds, which isn't worth a segment. */
  boolean heldBack;

  /** They have waited for long enough: the next segment goes out whatever the window. */
  boolean overriding;

  /** A byte was sent beyond a window of zero, to learn whether it has opened. */
  boolean probing;

  /** Ethernet address that the guest sees as the peer's. */
  long peerMac;

  /** IPv6 flow label of segments to the guest (RFC 6437). */
  int flowLabel;

  // ---- from the guest (we receive)

  /** The guest shall get an acknowledgment at the end of the batch. */
  boolean ackDue;

  /** Bytes accepted that the socket had no room for. */
  HeldBytes held = HeldBytes.NONE;

  // ---- time

  /** Segments that were answered since then though they may be anybody's, see ChallengeLimit. */
  int challenges;

  long challengedSince;

  /** Traffic was seen since the last inactivity scan. */
  boolean active;

  /** When the guest sent its last segment, nanoseconds; see {@link TcpLiveness}. */
  long heardAt;

  /** How often it has been asked whether it is still there, without an answer. */
  int questions;

  /** Seconds of silence after which the kernel asks the peer; 0 where it doesn't. */
  int keepAlivePace;

  /** The kernel's own pace, seconds, of which the first question and the next ones. */
  int defaultIdle;

  int defaultInterval;

  // ---- the batch of frames being handled

  /** First and last of this connection's segments in the batch, or -1. */
  int firstSegment = -1;

  int lastSegment = -1;

  /** The guest has opened it, and hasn't acknowledged that it is open; see {@link TcpOpening}. */
  boolean attempt;

  /** In the queue of connections that wait for room on the guest's link. */
  boolean queued;

  TcpConnection(Flow flow) {
    this.flow = flow;
  }

  /** Puts all of it back as new, for the next flow of this index. */
  void reset() {
    phase = Phase.CLOSED;
    fd = -1;
    interest = 0;
    send.reset();
    receive.reset();
    roundTrip.reset();
    recovery.reset();
    retries.reset();
    pace.reset();
    window.reset();
    reassembly.reset();
    sack.reset();
    timestamps.reset();
    peekOffset = 0;
    readable = peerClosed = urgent = endOfStream = false;
    idleEvents = 0;
    probing = false;
    heldBack = overriding = false;
    peerMac = flowLabel = 0;
    ackDue = false;
    held = HeldBytes.NONE;
    challenges = 0;
    challengedSince = 0;
    active = attempt = false;
    heardAt = 0;
    questions = keepAlivePace = defaultIdle = defaultInterval = 0;
    firstSegment = lastSegment = -1;
    queued = false;
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
        boolean peer = peerClosed || endOfStream;
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
