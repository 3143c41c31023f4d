package org.jpasst.migrate;

import java.util.Set;
import org.jpasst.guest.TrafficKind;
import org.jpasst.migrate.stream.UdpFlowRecord;
import org.jpasst.migrate.stream.UdpFlows;
import org.jpasst.proto.udp.UdpMigration;
import org.jpasst.proto.udp.UdpSnapshot;

/** UDP's flows, and the datagrams that wait for the guest. */
final class UdpStage implements SectionStage<UdpFlows> {
  private final UdpMigration udp;

  UdpStage(UdpMigration udp) {
    this.udp = udp;
  }

  @Override
  public boolean moves(Set<TrafficKind> covered) {
    return covered.contains(TrafficKind.UDP);
  }

  @Override
  public UdpFlows save(long now) {
    return new UdpFlows(udp.save(now).stream().map(UdpStage::record).toList());
  }

  private static UdpFlowRecord record(UdpSnapshot flow) {
    return new UdpFlowRecord(
        flow.fromGuest(),
        flow.connected(),
        DatagramRecords.record(flow.guest()),
        DatagramRecords.record(flow.host()),
        flow.idleMillis(),
        flow.datagramsFromGuest(),
        flow.datagramsToGuest(),
        DatagramRecords.records(flow.waiting()));
  }

  @Override
  public String load(UdpFlows section, long now) {
    int restored = 0;
    long datagrams = 0;
    for (UdpFlowRecord each : section.flows()) {
      if (udp.restore(snapshot(each), now)) {
        restored++;
        datagrams += each.waiting().size();
      }
    }
    return DatagramRecords.outcome(
        restored, "UDP flows", section.flows().size() - restored, datagrams);
  }

  private static UdpSnapshot snapshot(UdpFlowRecord record) {
    return new UdpSnapshot(
        record.fromGuest(),
        record.connected(),
        DatagramRecords.side(record.guest()),
        DatagramRecords.side(record.host()),
        record.idleMillis(),
        record.datagramsFromGuest(),
        record.datagramsToGuest(),
        DatagramRecords.datagrams(record.waiting()));
  }

  @Override
  public void forget() {
    udp.forget();
  }
}
