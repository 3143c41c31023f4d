package org.jpasst.migrate.stream;

import java.util.List;

/** The section of keep-alives: a count of 32 bits, and as many {@link TcpKeepAliveRecord}s. */
public record TcpKeepAlives(List<TcpKeepAliveRecord> connections) implements ListSection {
  /** Copies the list. */
  public TcpKeepAlives {
    connections = List.copyOf(connections);
  }

  @Override
  public SectionTag tag() {
    return SectionTag.TCP_KEEP_ALIVES;
  }

  @Override
  public List<TcpKeepAliveRecord> items() {
    return connections;
  }

  static TcpKeepAlives read(SectionReader from) throws MalformedSectionException {
    return new TcpKeepAlives(from.list(TcpKeepAliveRecord.SIZE, TcpKeepAliveRecord::read));
  }
}
