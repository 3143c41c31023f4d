package org.jpasst.migrate;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.jpasst.bridge.HeardAddresses;
import org.jpasst.migrate.stream.NeighbourRecord;
import org.jpasst.migrate.stream.Neighbours;
import org.jpasst.net.IpAddress;
import org.jpasst.net.MacAddress;
import org.junit.jupiter.api.Test;

/** The addresses of a bridged guest go along with it. */
final class NeighbourStageTest {
  private static final MacAddress MAC = new MacAddress(0x5254_0012_3456L);
  private static final MacAddress OTHER = new MacAddress(0x0200_0000_0007L);
  private static final IpAddress IP4 = IpAddress.parse("192.0.2.1").orElseThrow();
  private static final IpAddress IP6 = IpAddress.parse("2001:db8::1").orElseThrow();
  private static final List<NeighbourRecord> RECORDS =
      List.of(
          new NeighbourRecord(MAC, IpAddress.ANY6, false),
          new NeighbourRecord(OTHER, IpAddress.ANY6, false),
          new NeighbourRecord(MAC, IP4, false),
          new NeighbourRecord(OTHER, IP6, true));

  private final NeighbourStage stage = new NeighbourStage(new HeardAddresses());

  @Test
  void whatIsLoadedIsSavedAgain() {
    assertThat(stage.moves(Set.of())).isTrue();
    assertThat(stage.save(7).isEmpty()).isTrue();
    assertThat(stage.load(new Neighbours(RECORDS), -9)).isEqualTo("addresses of the guest: 4");
    assertThat(stage.save(8).addresses()).isEqualTo(RECORDS);
  }

  @Test
  void aStateTakesThePlaceOfTheOneBefore() {
    stage.load(new Neighbours(RECORDS), 0);
    stage.load(new Neighbours(RECORDS.subList(1, 2)), 0);
    assertThat(stage.save(1).addresses()).isEqualTo(RECORDS.subList(1, 2));
  }

  @Test
  void aStateOfAnyLengthTakesNoMoreRoom() {
    var random = new Random(5);
    List<NeighbourRecord> many = new ArrayList<>(RECORDS);
    for (int i = 0; i < 100_000; i++) {
      var mac = new MacAddress(0x0200_0000_0000L + random.nextInt());
      var address = new IpAddress(random.nextLong(), random.nextLong());
      many.add(new NeighbourRecord(mac, i % 2 == 0 ? IpAddress.ANY6 : address, false));
    }
    stage.load(new Neighbours(many), 0);
    assertThat(stage.save(1).addresses())
        .hasSize(HeardAddresses.MACS + HeardAddresses.CLAIMS)
        .containsAll(RECORDS);
  }
}
