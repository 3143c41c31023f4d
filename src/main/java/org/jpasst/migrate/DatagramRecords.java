package org.jpasst.migrate;

import java.util.List;
import org.jpasst.flow.SideTuple;
import org.jpasst.migrate.stream.DatagramRecord;
import org.jpasst.migrate.stream.FlowSideRecord;
import org.jpasst.proto.socket.KeptDatagram;

/** Translates between what is known of a flow of datagrams and the stream's records of it. */
final class DatagramRecords {
  private DatagramRecords() {}

  static FlowSideRecord record(SideTuple side) {
    return new FlowSideRecord(side.own(), side.endpoint());
  }

  static SideTuple side(FlowSideRecord record) {
    return new SideTuple(record.own(), record.endpoint());
  }

  static List<DatagramRecord> records(List<KeptDatagram> datagrams) {
    return datagrams.stream().map(each -> new DatagramRecord(each.from(), each.bytes())).toList();
  }

  static List<KeptDatagram> datagrams(List<DatagramRecord> records) {
    return records.stream().map(each -> new KeptDatagram(each.from(), each.bytes())).toList();
  }

  /** One line on what came of a section's flows. */
  static String outcome(long flows, String kind, long lost, long datagrams) {
    String text = flows + " " + kind + " go on here, with " + datagrams + " datagrams";
    return lost == 0 ? text : text + "; " + lost + " are lost";
  }
}
