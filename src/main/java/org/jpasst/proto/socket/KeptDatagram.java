package org.jpasst.proto.socket;

import java.lang.foreign.MemorySegment;
import org.jpasst.net.Endpoint;

/**
 * A datagram that was taken from its socket while the guest couldn't be given it.
 *
 * @param from its sender on the host's side
 * @param bytes the payload; whoever made the record says how long the memory lives
 */
public record KeptDatagram(Endpoint from, MemorySegment bytes) {}
