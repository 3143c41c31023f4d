/**
 * passt's device state stream, version 2: its parts as values, a reader, a writer and a printable
 * form. No padding anywhere; all integers are big-endian except the four ports of a flow record,
 * which are in the machine's own byte order. What is read is treated as hostile.
 *
 * <p>A stream is a {@link org.jpasst.migrate.stream.StreamHeader}, the {@link
 * org.jpasst.migrate.stream.ObservedAddresses}, a count, so many {@link
 * org.jpasst.migrate.stream.FlowRecord}s, and as many {@link
 * org.jpasst.migrate.stream.SocketRecord}s in the same order. There is no end marker.
 */
package org.jpasst.migrate.stream;
