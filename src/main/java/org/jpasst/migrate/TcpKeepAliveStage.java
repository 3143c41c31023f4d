package org.jpasst.migrate;

import java.util.Set;
import org.jpasst.guest.TrafficKind;
import org.jpasst.migrate.stream.TcpKeepAliveRecord;
import org.jpasst.migrate.stream.TcpKeepAlives;
import org.jpasst.proto.tcp.TcpMigration;
import org.jpasst.proto.tcp.TcpMigration.KeepAlive;

/**
 * Which peers the guest asks whether they are still there, and how often. TCP_REPAIR has no place
 * for it: a restored socket asks nobody.
 */
final class TcpKeepAliveStage implements SectionStage<TcpKeepAlives> {
  private final TcpMigration tcp;

  TcpKeepAliveStage(TcpMigration tcp) {
    this.tcp = tcp;
  }

  @Override
  public boolean moves(Set<TrafficKind> covered) {
    return covered.contains(TrafficKind.TCP);
  }

  @Override
  public TcpKeepAlives save(long now) {
    return new TcpKeepAlives(tcp.keepAlives().stream().map(TcpKeepAliveStage::record).toList());
  }

  private static TcpKeepAliveRecord record(KeepAlive each) {
    return new TcpKeepAliveRecord(DatagramRecords.record(each.guest()), each.seconds());
  }

  @Override
  public String load(TcpKeepAlives section, long now) {
    int known = 0;
    for (TcpKeepAliveRecord each : section.connections()) {
      KeepAlive keepAlive = new KeepAlive(DatagramRecords.side(each.guest()), each.seconds());
      known += tcp.restore(keepAlive) ? 1 : 0;
    }
    return known + " TCP connections keep asking their peers";
  }

  @Override
  public void forget() {
    // The connections are another stage's.
  }
}
