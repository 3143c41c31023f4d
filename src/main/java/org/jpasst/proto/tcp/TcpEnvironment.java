package org.jpasst.proto.tcp;

import org.jpasst.flow.FlowTable;
import org.jpasst.forward.AddressTranslation;
import org.jpasst.forward.GuestAddresses;
import org.jpasst.guest.FrameSink;
import org.jpasst.linux.Sockets;
import org.jpasst.loop.EventLoop;
import org.jpasst.net.MacLookup;
import org.jpasst.proto.icmp.IcmpErrorWriter;
import org.jpasst.stats.Counters;

/**
 * What TCP works with; all of it belongs to the loop's thread and outlives TCP.
 *
 * @param sockets the host's sockets
 * @param flows the flow table, shared with the other protocols
 * @param loop tells readiness and runs timers
 * @param sink where segments for the guest go
 * @param guest who the guest is
 * @param translation how addresses are translated
 * @param macs whom the guest sees frames come from
 * @param icmp tells the guest of the network's errors
 * @param settings the run's settings
 * @param counters the run's counters
 */
public record TcpEnvironment(
    Sockets sockets,
    FlowTable flows,
    EventLoop loop,
    FrameSink sink,
    GuestAddresses guest,
    AddressTranslation translation,
    MacLookup macs,
    IcmpErrorWriter icmp,
    TcpSettings settings,
    Counters counters) {}
