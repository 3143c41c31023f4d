package org.jpasst.loop;

import static org.assertj.core.api.Assertions.assertThat;

import org.jpasst.stats.Counter;
import org.jpasst.stats.Counters;
import org.junit.jupiter.api.Test;

final class GivingWayTest {
  private final Counters counters = new Counters();
  private final GivingWay givingWay = new GivingWay(counters);

  private void turns(int count, int fromGuest, int toGuest) {
    for (int i = 0; i < count; i++) {
      counters.add(Counter.BYTES_FROM_GUEST, fromGuest);
      counters.add(Counter.BYTES_TO_GUEST, toGuest);
      givingWay.turned();
    }
  }

  @Test
  void whoWaitsForAnAnswerIsNotMadeToWaitLonger() {
    turns(1000, 67, 67);
    assertThat(givingWay.pays()).isFalse();
  }

  @Test
  void bulkTrafficEitherWayPays() {
    turns(20, 20 * 1514, 66);
    assertThat(givingWay.pays()).isTrue();
    turns(20, 66, 20 * 1514);
    assertThat(givingWay.pays()).isTrue();
  }

  @Test
  void itEndsSoonAfterTheBulkDoes() {
    turns(20, 66, 100_000);
    turns(40, 67, 67);
    assertThat(givingWay.pays()).isFalse();
  }
}
