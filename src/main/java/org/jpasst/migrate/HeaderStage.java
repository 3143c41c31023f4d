package org.jpasst.migrate;

import java.io.IOException;
import java.util.Set;
import org.jpasst.guest.TrafficKind;
import org.jpasst.migrate.stream.StreamHeader;
import org.jpasst.migrate.stream.StreamReader;
import org.jpasst.migrate.stream.StreamWriter;

/** What says that it is a state stream, and of which version. */
final class HeaderStage implements Stage {
  @Override
  public String title() {
    return "header";
  }

  @Override
  public void save(Set<TrafficKind> covered, StreamWriter to) throws IOException {
    to.header(StreamHeader.CURRENT);
  }

  @Override
  public void load(StreamReader from) throws IOException {
    from.header();
  }
}
