package org.jpasst.control;

import org.jpasst.config.Configuration;
import org.jpasst.config.PortRange;
import org.jpasst.flow.FlowTable;
import org.jpasst.guest.cache.PacketCache;
import org.jpasst.guest.capture.CaptureSwitch;
import org.jpasst.log.Log;
import org.jpasst.loop.EventLoop;
import org.jpasst.migrate.Migration;
import org.jpasst.proto.icmp.Ping;
import org.jpasst.proto.listen.ForwardTable;
import org.jpasst.proto.tcp.Tcp;
import org.jpasst.proto.udp.Udp;
import org.jpasst.stats.Counters;

/**
 * What an operator can look at and change.
 *
 * @param configuration of the run
 * @param ephemeral ports that a SPEC without any leaves out
 * @param migration moves the guest's state
 * @param flows all of them
 * @param tcp knows those of its type
 * @param udp knows those of its type
 * @param ping knows those of its types
 * @param counters of the run
 * @param cache holds frames of a guest that stands still
 * @param forwards the rules in force
 * @param capture stands in front of the guest's link
 * @param loop ends the run, and knows the time
 * @param log has a level
 */
public record Controlled(
    Configuration configuration,
    PortRange ephemeral,
    Migration migration,
    FlowTable flows,
    Tcp tcp,
    Udp udp,
    Ping ping,
    Counters counters,
    PacketCache cache,
    ForwardTable forwards,
    CaptureSwitch capture,
    EventLoop loop,
    Log log) {}
