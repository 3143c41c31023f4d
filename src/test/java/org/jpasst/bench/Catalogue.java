package org.jpasst.bench;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** All cells there are. */
final class Catalogue {
  private static final List<Integer> MTUS = List.of(1500, 9000, 65520);
  private static final List<Integer> STREAMS = List.of(1, 16);
  private static final int MANY_STREAMS = 100;
  private static final int IDLE = 5_000;
  private static final List<Integer> DATAGRAM_SIZES = List.of(64, 1400);
  private static final List<Integer> FLOWS = List.of(10, 1_000, 10_000, 100_000);
  private static final int PINGS = 1000;

  /** In percent. */
  private static final List<Double> LOSSES = List.of(0.1, 1.0, 5.0);

  private static final Duration NEAR = Duration.ofMillis(1);
  private static final Duration MIDDLE = Duration.ofMillis(20);
  private static final Duration FAR = Duration.ofMillis(100);

  private Catalogue() {}

  /**
   * The cells of the default run.
   *
   * @param length of one measurement of TCP; others go by it
   */
  static List<Cell> standard(Duration length) {
    var cells = new ArrayList<Cell>();
    for (Direction direction : Direction.values()) {
      for (Peer peer : Peer.values()) {
        for (int mtu : MTUS) {
          for (int streams : STREAMS) {
            cells.add(new TcpStreams(direction, peer, mtu, streams, length));
          }
        }
      }
    }
    for (Direction direction : Direction.values()) {
      for (int size : DATAGRAM_SIZES) {
        cells.add(new UdpRate(direction, size, length.dividedBy(4)));
      }
    }
    for (Transactions.Exchange exchange : Transactions.Exchange.values()) {
      for (Direction direction : Direction.values()) {
        cells.add(new Transactions(direction, exchange, length));
      }
    }
    cells.add(new PingTime(PINGS));
    for (StartUp.GuestSocket socket : StartUp.GuestSocket.values()) {
      cells.add(new StartUp(socket));
    }
    cells.add(new IdleConnections());
    return cells;
  }

  /** Cells for certain questions, which take longer: measured only if they are asked for. */
  static List<Cell> special(Duration length) {
    var cells = new ArrayList<Cell>();
    for (Direction direction : Direction.values()) {
      for (int mtu : MTUS) {
        cells.add(new TcpStreams(direction, Peer.REMOTE, mtu, MANY_STREAMS, length));
      }
    }
    for (Direction direction : Direction.values()) {
      cells.add(new StreamBesideIdle(direction, IDLE, length));
    }
    for (Direction direction : Direction.values()) {
      cells.add(new ColdStart(direction));
    }
    for (Direction direction : Direction.values()) {
      for (int flows : FLOWS) {
        cells.add(new FlowGrowth(direction, flows));
      }
    }
    cells.add(new ConnectionChurn());
    return cells;
  }

  /** Cells with a lossy link, which are measured only if they are asked for too. */
  static List<Cell> lossy() {
    var cells = new ArrayList<Cell>();
    for (LossyStream.Place place : LossyStream.Place.values()) {
      for (Direction direction : Direction.values()) {
        for (double lost : LOSSES) {
          cells.add(new LossyStream(place, direction, MIDDLE, lost, 0));
        }
        cells.add(new LossyStream(place, direction, NEAR, 1, 0));
        cells.add(new LossyStream(place, direction, FAR, 1, 0));
        cells.add(new LossyStream(place, direction, MIDDLE, 0, 1));
      }
    }
    return cells;
  }
}
