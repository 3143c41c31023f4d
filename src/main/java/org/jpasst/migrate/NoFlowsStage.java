package org.jpasst.migrate;

import java.io.IOException;
import java.util.Set;
import org.jpasst.guest.TrafficKind;
import org.jpasst.linux.Errno;
import org.jpasst.linux.ErrnoException;
import org.jpasst.migrate.stream.StreamReader;
import org.jpasst.migrate.stream.StreamWriter;

/** A bridged guest's connections, which are none of ours: it has them with its peers. */
final class NoFlowsStage implements Stage {
  @Override
  public String title() {
    return "flows";
  }

  @Override
  public void save(Set<TrafficKind> covered, StreamWriter to) throws IOException {
    to.flowCount(0);
  }

  @Override
  public void load(StreamReader from) throws IOException {
    int count = from.flowCount();
    if (count > 0) {
      throw new ErrnoException(
          Errno.EINVAL,
          "the state has " + count + " connections, but here the guest is bridged (--uplink)");
    }
  }
}
