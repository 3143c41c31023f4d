package org.jpasst.migrate.stream;

import java.util.List;

/** The section of echo requests: a count of 32 bits, and as many {@link EchoFlowRecord}s. */
public record EchoFlows(List<EchoFlowRecord> flows) implements ListSection {
  /** Copies the list. */
  public EchoFlows {
    flows = List.copyOf(flows);
  }

  @Override
  public SectionTag tag() {
    return SectionTag.ECHO_FLOWS;
  }

  @Override
  public List<EchoFlowRecord> items() {
    return flows;
  }

  static EchoFlows read(SectionReader from) throws MalformedSectionException {
    return new EchoFlows(from.list(EchoFlowRecord.FIXED, EchoFlowRecord::read));
  }
}
