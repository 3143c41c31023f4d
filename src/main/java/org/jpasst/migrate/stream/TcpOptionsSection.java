package org.jpasst.migrate.stream;

import java.util.List;

/** The section of TCP options: a count of 32 bits, and as many {@link TcpOptionsRecord}s. */
public record TcpOptionsSection(List<TcpOptionsRecord> connections) implements ListSection {
  /** Copies the list. */
  public TcpOptionsSection {
    connections = List.copyOf(connections);
  }

  @Override
  public SectionTag tag() {
    return SectionTag.TCP_OPTIONS;
  }

  @Override
  public List<TcpOptionsRecord> items() {
    return connections;
  }

  static TcpOptionsSection read(SectionReader from) throws MalformedSectionException {
    return new TcpOptionsSection(from.list(TcpOptionsRecord.SIZE, TcpOptionsRecord::read));
  }
}
