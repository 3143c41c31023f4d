package org.jpasst.guest;

import org.jpasst.linux.Sockets;
import org.jpasst.log.Log;
import org.jpasst.loop.EventLoop;
import org.jpasst.stats.Counters;

/**
 * What a guest's link works with. All of it outlives the link and belongs to the loop's thread.
 *
 * @param loop tells readiness; the link's events are of {@link GuestLink#EVENTS}
 * @param sockets the host's sockets
 * @param counters the run's counters
 * @param log the run's messages
 */
public record LinkContext(EventLoop loop, Sockets sockets, Counters counters, Log log) {}
