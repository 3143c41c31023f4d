package org.jpasst.migrate;

import java.util.Set;
import org.jpasst.guest.TrafficKind;
import org.jpasst.migrate.stream.TcpOptionsRecord;
import org.jpasst.migrate.stream.TcpOptionsSection;
import org.jpasst.proto.tcp.TcpMigration;
import org.jpasst.proto.tcp.TcpMigration.GuestOptions;

/**
 * SACK and timestamps between guest and back-end. passt has neither, so its stream has no place for
 * them; a guest may drop segments that suddenly come without timestamps (RFC 7323 section 3.2).
 */
final class TcpOptionsStage implements SectionStage<TcpOptionsSection> {
  private final TcpMigration tcp;

  TcpOptionsStage(TcpMigration tcp) {
    this.tcp = tcp;
  }

  @Override
  public boolean moves(Set<TrafficKind> covered) {
    return covered.contains(TrafficKind.TCP);
  }

  @Override
  public TcpOptionsSection save(long now) {
    return new TcpOptionsSection(tcp.guestOptions().stream().map(TcpOptionsStage::record).toList());
  }

  private static TcpOptionsRecord record(GuestOptions options) {
    return new TcpOptionsRecord(
        DatagramRecords.record(options.guest()),
        options.sack(),
        options.timestamps(),
        options.recent(),
        options.value());
  }

  @Override
  public String load(TcpOptionsSection section, long now) {
    int known = 0;
    for (TcpOptionsRecord each : section.connections()) {
      GuestOptions options =
          new GuestOptions(
              DatagramRecords.side(each.guest()),
              each.sack(),
              each.timestamps(),
              each.recent(),
              each.value());
      known += tcp.restore(options) ? 1 : 0;
    }
    return known + " TCP connections keep their options";
  }

  @Override
  public void forget() {
    // The connections are another stage's.
  }
}
