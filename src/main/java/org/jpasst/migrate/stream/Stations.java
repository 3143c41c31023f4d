package org.jpasst.migrate.stream;

import java.util.List;

/** The section of stations: a count of 32 bits, and as many {@link StationRecord}s. */
public record Stations(List<StationRecord> stations) implements ListSection {
  /** Copies the list. */
  public Stations {
    stations = List.copyOf(stations);
  }

  @Override
  public SectionTag tag() {
    return SectionTag.STATIONS;
  }

  @Override
  public List<StationRecord> items() {
    return stations;
  }

  static Stations read(SectionReader from) throws MalformedSectionException {
    return new Stations(from.list(StationRecord.SIZE, StationRecord::read));
  }
}
