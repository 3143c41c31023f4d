package org.jpasst.migrate.stream;

import java.io.IOException;
import java.util.List;

/** The section of UDP's flows: a count of 32 bits, and as many {@link UdpFlowRecord}s. */
public record UdpFlows(List<UdpFlowRecord> flows) implements Section {
  /** Copies the list. */
  public UdpFlows {
    flows = List.copyOf(flows);
  }

  @Override
  public SectionTag tag() {
    return SectionTag.UDP_FLOWS;
  }

  @Override
  public boolean isEmpty() {
    return flows.isEmpty();
  }

  @Override
  public long size() {
    return Integer.BYTES + flows.stream().mapToLong(UdpFlowRecord::size).sum();
  }

  @Override
  public void write(StreamWriter to) throws IOException {
    to.room(Integer.BYTES).putInt(flows.size());
    for (UdpFlowRecord flow : flows) {
      flow.write(to);
    }
  }

  static UdpFlows read(SectionReader from) throws MalformedSectionException {
    return new UdpFlows(from.list(UdpFlowRecord.FIXED, UdpFlowRecord::read));
  }
}
