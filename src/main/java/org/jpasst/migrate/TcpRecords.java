package org.jpasst.migrate;

import org.jpasst.flow.SideTuple;
import org.jpasst.migrate.stream.FlowEvent;
import org.jpasst.migrate.stream.FlowFlag;
import org.jpasst.migrate.stream.FlowRecord;
import org.jpasst.migrate.stream.FlowSideRecord;
import org.jpasst.migrate.stream.GuestTcpRecord;
import org.jpasst.migrate.stream.TcpState;
import org.jpasst.proto.tcp.TcpSnapshot;

/** Translates between what TCP knows of a connection and the stream's record of it. */
final class TcpRecords {
  /** passt keeps the segment size in a field without its last two bits. */
  private static final int MSS_UNIT = 4;

  private static final int MAX_WINDOW_FIELD = 0xffff;

  private TcpRecords() {}

  /**
   * The record of a connection.
   *
   * @param finReceived its socket has the peer's FIN, perhaps before we have seen it
   * @param sendBuffer of its socket, bytes
   */
  static FlowRecord record(TcpSnapshot snapshot, boolean finReceived, int sendBuffer) {
    FlowSideRecord guest = record(snapshot.guest());
    FlowSideRecord host = record(snapshot.host());
    boolean outbound = snapshot.fromGuest();
    return new FlowRecord(
        outbound,
        outbound ? guest : host,
        outbound ? host : guest,
        guestRecord(snapshot, finReceived, sendBuffer));
  }

  private static FlowSideRecord record(SideTuple side) {
    return new FlowSideRecord(side.own(), side.endpoint());
  }

  private static GuestTcpRecord guestRecord(
      TcpSnapshot snapshot, boolean finReceived, int sendBuffer) {
    TcpSnapshot.Sending sending = snapshot.sending();
    TcpSnapshot.Receiving receiving = snapshot.receiving();
    return new GuestTcpRecord(
        0,
        sending.scale(),
        receiving.scale(),
        eventBits(snapshot, finReceived),
        sending.mss() / MSS_UNIT * MSS_UNIT,
        sendBuffer / GuestTcpRecord.SNDBUF_UNIT,
        flagBits(snapshot),
        receiving.acknowledged() & 0xff,
        Math.min(MAX_WINDOW_FIELD, sending.window() >>> sending.scale()),
        Math.min(MAX_WINDOW_FIELD, receiving.window() >>> receiving.scale()),
        sending.max(),
        sending.una(),
        receiving.next(),
        receiving.acknowledged(),
        receiving.initial());
  }

  private static int eventBits(TcpSnapshot snapshot, boolean finReceived) {
    TcpSnapshot.Sending sending = snapshot.sending();
    TcpSnapshot.Receiving receiving = snapshot.receiving();
    int events = FlowEvent.ESTABLISHED.bit();
    boolean peerClosed = sending.peerClosed() || finReceived;
    events |= peerClosed ? FlowEvent.SOCK_FIN_RCVD.bit() : 0;
    events |= receiving.shutdownSent() ? FlowEvent.SOCK_FIN_SENT.bit() : 0;
    events |= receiving.finReceived() ? FlowEvent.TAP_FIN_RCVD.bit() : 0;
    events |= sending.finSent() ? FlowEvent.TAP_FIN_SENT.bit() : 0;
    return events | (sending.finAcked() ? FlowEvent.TAP_FIN_ACKED.bit() : 0);
  }

  private static int flagBits(TcpSnapshot snapshot) {
    TcpSnapshot.Sending sending = snapshot.sending();
    TcpSnapshot.Receiving receiving = snapshot.receiving();
    int flags = sending.una() != sending.max() ? FlowFlag.ACK_FROM_TAP_DUE.bit() : 0;
    flags |= receiving.next() != receiving.acknowledged() ? FlowFlag.ACK_TO_TAP_DUE.bit() : 0;
    flags |= receiving.finReceived() && !sending.finSent() ? FlowFlag.ACTIVE_CLOSE.bit() : 0;
    return flags | (isLocal(snapshot) ? FlowFlag.LOCAL.bit() : 0);
  }

  private static boolean isLocal(TcpSnapshot snapshot) {
    return snapshot.host().own().address().equals(snapshot.host().endpoint().address())
        || snapshot.host().endpoint().address().isLoopback();
  }

  /**
   * The connection of a record.
   *
   * @param state of the socket that it will have
   */
  static TcpSnapshot snapshot(FlowRecord record, TcpState state) {
    GuestTcpRecord tcp = record.tcp();
    boolean sendingEnded = state.finPending() || state == TcpState.FIN_WAIT2;
    return new TcpSnapshot(
        record.outbound(),
        side(record.guest()),
        side(record.host()),
        new TcpSnapshot.Sending(
            tcp.tapMss(),
            tcp.wsFromTap(),
            tcp.seqAckFromTap(),
            tcp.seqToTap(),
            tcp.wndFromTap() << tcp.wsFromTap(),
            tcp.has(FlowEvent.SOCK_FIN_RCVD) || state.finReceived(),
            // passt takes the first back when its timer runs out, though the guest has acknowledged
            // it.
            tcp.has(FlowEvent.TAP_FIN_SENT) || tcp.has(FlowEvent.TAP_FIN_ACKED),
            tcp.has(FlowEvent.TAP_FIN_ACKED)),
        new TcpSnapshot.Receiving(
            tcp.wsToTap(),
            tcp.seqInitFromTap(),
            tcp.seqFromTap(),
            tcp.seqAckToTap(),
            tcp.wndToTap() << tcp.wsToTap(),
            tcp.has(FlowEvent.TAP_FIN_RCVD),
            tcp.has(FlowEvent.SOCK_FIN_SENT) || sendingEnded));
  }

  private static SideTuple side(FlowSideRecord side) {
    return new SideTuple(side.own(), side.endpoint());
  }
}
