package org.jpasst.migrate.stream;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.channels.ReadableByteChannel;
import java.nio.channels.WritableByteChannel;
import java.util.ArrayList;
import java.util.List;

/**
 * A whole state stream, for tools and tests; a migration reads and writes part by part.
 *
 * @param header what it begins with
 * @param addresses the guest's addresses
 * @param flows one record for each flow
 * @param sockets as many, in the same order
 */
public record StateStream(
    StreamHeader header,
    ObservedAddresses addresses,
    List<FlowRecord> flows,
    List<SocketRecord> sockets) {
  /**
   * Copies the lists.
   *
   * @throws IllegalArgumentException if they differ in length: a bug of the caller
   */
  public StateStream {
    flows = List.copyOf(flows);
    sockets = List.copyOf(sockets);
    if (flows.size() != sockets.size()) {
      throw new IllegalArgumentException(flows.size() + " flows, " + sockets.size() + " sockets");
    }
  }

  /**
   * Reads a stream up to its end and no further.
   *
   * @param arena the queues are allocated from it
   * @throws org.jpasst.linux.ErrnoException as {@link StreamReader} says
   */
  public static StateStream read(ReadableByteChannel channel, Arena arena) throws IOException {
    StreamReader reader = new StreamReader(channel);
    StreamHeader header = reader.header();
    ObservedAddresses addresses = reader.addresses();
    int count = reader.flowCount();
    List<FlowRecord> flows = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      flows.add(reader.flow());
    }
    List<SocketRecord> sockets = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      sockets.add(reader.socket(arena));
    }
    return new StateStream(header, addresses, flows, sockets);
  }

  /** Writes the stream; errors are the channel's. */
  public void write(WritableByteChannel channel) throws IOException {
    StreamWriter writer = new StreamWriter(channel);
    writer.header(header);
    writer.addresses(addresses);
    writer.flowCount(flows.size());
    for (FlowRecord flow : flows) {
      writer.flow(flow);
    }
    for (SocketRecord socket : sockets) {
      writer.socket(socket);
    }
  }
}
