package org.jpasst.migrate.stream;

import java.util.List;

/** The section of UDP's flows: a count of 32 bits, and as many {@link UdpFlowRecord}s. */
public record UdpFlows(List<UdpFlowRecord> flows) implements ListSection {
  /** Copies the list. */
  public UdpFlows {
    flows = List.copyOf(flows);
  }

  @Override
  public SectionTag tag() {
    return SectionTag.UDP_FLOWS;
  }

  @Override
  public List<UdpFlowRecord> items() {
    return flows;
  }

  static UdpFlows read(SectionReader from) throws MalformedSectionException {
    return new UdpFlows(from.list(UdpFlowRecord.FIXED, UdpFlowRecord::read));
  }
}
