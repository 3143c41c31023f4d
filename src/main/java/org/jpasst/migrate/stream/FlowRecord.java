package org.jpasst.migrate.stream;

import java.nio.ByteBuffer;

/**
 * One TCP flow, 112 bytes of the stream. Exactly one side is the guest's.
 *
 * @param outbound whether the guest initiated it; then the first side is the guest's
 * @param initiating the side that initiated it
 * @param target the other side
 * @param tcp the connection with the guest
 */
public record FlowRecord(
    boolean outbound, FlowSideRecord initiating, FlowSideRecord target, GuestTcpRecord tcp) {
  /** Bytes of a record. */
  public static final int SIZE = 112;

  private static final int PIF_HOST = 1;
  private static final int PIF_TAP = 2;
  private static final short OUTBOUND = PIF_TAP << 8 | PIF_HOST;
  private static final short INBOUND = PIF_HOST << 8 | PIF_TAP;

  /** The socket's side. */
  public FlowSideRecord host() {
    return outbound ? target : initiating;
  }

  /** The guest's side. */
  public FlowSideRecord guest() {
    return outbound ? initiating : target;
  }

  /** What is wrong with it, or an empty text. */
  String problem() {
    String problem = initiating.problem();
    if (problem.isEmpty()) {
      problem = target.problem();
    }
    return problem.isEmpty() ? tcp.problem() : problem;
  }

  /** Whether the interfaces of the record at the buffer's position are what a flow can have. */
  static boolean hasInterfaces(ByteBuffer from) {
    short interfaces = from.getShort(from.position());
    return interfaces == OUTBOUND || interfaces == INBOUND;
  }

  static FlowRecord read(ByteBuffer from) {
    return new FlowRecord(
        from.getShort() == OUTBOUND,
        FlowSideRecord.read(from),
        FlowSideRecord.read(from),
        GuestTcpRecord.read(from));
  }

  void write(ByteBuffer to) {
    to.putShort(outbound ? OUTBOUND : INBOUND);
    initiating.write(to);
    target.write(to);
    tcp.write(to);
  }
}
