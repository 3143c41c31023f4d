package org.jpasst.migrate.stream;

import java.io.IOException;
import java.util.List;

/** The section of keep-alives: a count of 32 bits, and as many {@link TcpKeepAliveRecord}s. */
public record TcpKeepAlives(List<TcpKeepAliveRecord> connections) implements Section {
  /** Copies the list. */
  public TcpKeepAlives {
    connections = List.copyOf(connections);
  }

  @Override
  public SectionTag tag() {
    return SectionTag.TCP_KEEP_ALIVES;
  }

  @Override
  public boolean isEmpty() {
    return connections.isEmpty();
  }

  @Override
  public long size() {
    return Integer.BYTES + (long) connections.size() * TcpKeepAliveRecord.SIZE;
  }

  @Override
  public void write(StreamWriter to) throws IOException {
    to.room(Integer.BYTES).putInt(connections.size());
    for (TcpKeepAliveRecord each : connections) {
      each.write(to);
    }
  }

  static TcpKeepAlives read(SectionReader from) throws MalformedSectionException {
    return new TcpKeepAlives(from.list(TcpKeepAliveRecord.SIZE, TcpKeepAliveRecord::read));
  }
}
