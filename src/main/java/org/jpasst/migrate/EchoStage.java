package org.jpasst.migrate;

import java.util.Set;
import org.jpasst.guest.TrafficKind;
import org.jpasst.migrate.stream.EchoFlowRecord;
import org.jpasst.migrate.stream.EchoFlows;
import org.jpasst.proto.icmp.PingMigration;
import org.jpasst.proto.icmp.PingSnapshot;

/** The guest's echo requests, and the replies that wait for it. */
final class EchoStage implements SectionStage<EchoFlows> {
  private final PingMigration ping;

  EchoStage(PingMigration ping) {
    this.ping = ping;
  }

  @Override
  public boolean moves(Set<TrafficKind> covered) {
    return covered.contains(TrafficKind.ECHO);
  }

  @Override
  public EchoFlows save(long now) {
    return new EchoFlows(ping.save(now).stream().map(EchoStage::record).toList());
  }

  private static EchoFlowRecord record(PingSnapshot flow) {
    return new EchoFlowRecord(
        DatagramRecords.record(flow.guest()),
        DatagramRecords.record(flow.host()),
        flow.idleMillis(),
        flow.lastSequence(),
        DatagramRecords.records(flow.waiting()));
  }

  @Override
  public String load(EchoFlows section, long now) {
    int restored = 0;
    long replies = 0;
    for (EchoFlowRecord each : section.flows()) {
      if (ping.restore(snapshot(each), now)) {
        restored++;
        replies += each.waiting().size();
      }
    }
    return DatagramRecords.outcome(
        restored, "echo flows", section.flows().size() - restored, replies);
  }

  private static PingSnapshot snapshot(EchoFlowRecord record) {
    return new PingSnapshot(
        DatagramRecords.side(record.guest()),
        DatagramRecords.side(record.host()),
        record.idleMillis(),
        record.lastSequence(),
        DatagramRecords.datagrams(record.waiting()));
  }

  @Override
  public void forget() {
    ping.forget();
  }
}
