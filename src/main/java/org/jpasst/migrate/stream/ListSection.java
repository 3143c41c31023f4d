package org.jpasst.migrate.stream;

import java.io.IOException;
import java.util.List;

/** A section that is a list: a count of 32 bits, and as many records. */
sealed interface ListSection extends Section
    permits TcpOptionsSection, TcpKeepAlives, Stations, UdpFlows, EchoFlows, Neighbours {
  /** One of the list. */
  interface Item {
    /** Bytes that it has. */
    long size();

    /** Writes {@link #size} bytes; errors are the channel's. */
    void write(StreamWriter to) throws IOException;
  }

  /** The list. */
  List<? extends Item> items();

  @Override
  default boolean isEmpty() {
    return items().isEmpty();
  }

  @Override
  default long size() {
    return Integer.BYTES + items().stream().mapToLong(Item::size).sum();
  }

  @Override
  default void write(StreamWriter to) throws IOException {
    to.room(Integer.BYTES).putInt(items().size());
    for (Item each : items()) {
      each.write(to);
    }
  }
}
