package org.jpasst.migrate.stream;

import java.io.IOException;
import java.util.List;

/** The section of echo requests: a count of 32 bits, and as many {@link EchoFlowRecord}s. */
public record EchoFlows(List<EchoFlowRecord> flows) implements Section {
  /** Copies the list. */
  public EchoFlows {
    flows = List.copyOf(flows);
  }

  @Override
  public SectionTag tag() {
    return SectionTag.ECHO_FLOWS;
  }

  @Override
  public boolean isEmpty() {
    return flows.isEmpty();
  }

  @Override
  public long size() {
    return Integer.BYTES + flows.stream().mapToLong(EchoFlowRecord::size).sum();
  }

  @Override
  public void write(StreamWriter to) throws IOException {
    to.room(Integer.BYTES).putInt(flows.size());
    for (EchoFlowRecord flow : flows) {
      flow.write(to);
    }
  }

  static EchoFlows read(SectionReader from) throws MalformedSectionException {
    return new EchoFlows(from.list(EchoFlowRecord.FIXED, EchoFlowRecord::read));
  }
}
