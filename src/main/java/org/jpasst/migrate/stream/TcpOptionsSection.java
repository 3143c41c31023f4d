package org.jpasst.migrate.stream;

import java.io.IOException;
import java.util.List;

/** The section of TCP options: a count of 32 bits, and as many {@link TcpOptionsRecord}s. */
public record TcpOptionsSection(List<TcpOptionsRecord> connections) implements Section {
  /** Copies the list. */
  public TcpOptionsSection {
    connections = List.copyOf(connections);
  }

  @Override
  public SectionTag tag() {
    return SectionTag.TCP_OPTIONS;
  }

  @Override
  public boolean isEmpty() {
    return connections.isEmpty();
  }

  @Override
  public long size() {
    return Integer.BYTES + (long) connections.size() * TcpOptionsRecord.SIZE;
  }

  @Override
  public void write(StreamWriter to) throws IOException {
    to.room(Integer.BYTES).putInt(connections.size());
    for (TcpOptionsRecord each : connections) {
      each.write(to);
    }
  }

  static TcpOptionsSection read(SectionReader from) throws MalformedSectionException {
    return new TcpOptionsSection(from.list(TcpOptionsRecord.SIZE, TcpOptionsRecord::read));
  }
}
