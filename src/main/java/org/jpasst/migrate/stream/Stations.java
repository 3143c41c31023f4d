package org.jpasst.migrate.stream;

import java.io.IOException;
import java.util.List;

/** The section of stations: a count of 32 bits, and as many {@link StationRecord}s. */
public record Stations(List<StationRecord> stations) implements Section {
  /** Copies the list. */
  public Stations {
    stations = List.copyOf(stations);
  }

  @Override
  public SectionTag tag() {
    return SectionTag.STATIONS;
  }

  @Override
  public boolean isEmpty() {
    return stations.isEmpty();
  }

  @Override
  public long size() {
    return Integer.BYTES + (long) stations.size() * StationRecord.SIZE;
  }

  @Override
  public void write(StreamWriter to) throws IOException {
    to.room(Integer.BYTES).putInt(stations.size());
    for (StationRecord each : stations) {
      each.write(to);
    }
  }

  static Stations read(SectionReader from) throws MalformedSectionException {
    return new Stations(from.list(StationRecord.SIZE, StationRecord::read));
  }
}
