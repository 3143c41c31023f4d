package org.jpasst.proto.socket;

import org.jpasst.flow.Flow;

/** What a protocol knows of one of its {@link DatagramFlows}. */
public interface DatagramFlow {
  /** What all of them have. */
  FlowSocket common();

  /** Whether nothing has happened for longer than such a flow may be silent. */
  boolean isStale(long now);

  /** The entry in the flow table. */
  default Flow flow() {
    return common().flow();
  }

  /** The socket. */
  default WatchedSocket socket() {
    return common().socket();
  }

  /** What the socket's datagrams have in their IP header. */
  default HeaderFields headerFields() {
    return common().headerFields();
  }
}
