package org.jpasst.stack;

import java.util.function.Function;
import org.jpasst.config.Configuration;
import org.jpasst.flow.SipHash;
import org.jpasst.guest.FrameSink;
import org.jpasst.guest.TrafficKind;
import org.jpasst.linux.Sockets;
import org.jpasst.log.Log;
import org.jpasst.loop.EventLoop;
import org.jpasst.proto.DescriptorReserve;
import org.jpasst.proto.udp.UdpTimeouts;
import org.jpasst.stats.Counters;

/**
 * What a {@link NetStack} works with and doesn't make itself. All of it belongs to the loop's
 * thread and outlives the stack.
 *
 * @param configuration the run's settings
 * @param sockets the host's sockets
 * @param loop tells readiness, and is the clock
 * @param sinks where frames for the guest go, by kind of traffic
 * @param hash keeps the guest from choosing places in the flow table
 * @param descriptors which sockets flows may have
 * @param udpTimeouts how long silent flows of UDP live
 * @param counters the run's counters
 * @param log the run's messages
 */
public record StackContext(
    Configuration configuration,
    Sockets sockets,
    EventLoop loop,
    Function<TrafficKind, FrameSink> sinks,
    SipHash hash,
    DescriptorReserve descriptors,
    UdpTimeouts udpTimeouts,
    Counters counters,
    Log log) {}
