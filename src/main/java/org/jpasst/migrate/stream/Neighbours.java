package org.jpasst.migrate.stream;

import java.util.List;

/**
 * The section of what neighbours know of a bridged guest: a count of 32 bits, and as many {@link
 * NeighbourRecord}s.
 */
public record Neighbours(List<NeighbourRecord> addresses) implements ListSection {
  /** Copies the list. */
  public Neighbours {
    addresses = List.copyOf(addresses);
  }

  @Override
  public SectionTag tag() {
    return SectionTag.NEIGHBOURS;
  }

  @Override
  public List<NeighbourRecord> items() {
    return addresses;
  }

  static Neighbours read(SectionReader from) throws MalformedSectionException {
    return new Neighbours(from.list(NeighbourRecord.SIZE, NeighbourRecord::read));
  }
}
