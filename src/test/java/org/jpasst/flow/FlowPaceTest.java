package org.jpasst.flow;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

final class FlowPaceTest {
  private final FlowPace pace = new FlowPace();

  private void begin(int flows) {
    for (int i = 0; i < flows; i++) {
      pace.began();
    }
  }

  @Test
  void afterAsManyFlowsAsATurnMayBeginTheRestWaits() {
    begin(FlowPace.A_TURN - 1);
    assertThat(pace.isSated()).isFalse();
    begin(1);
    assertThat(pace.isSated()).isTrue();
    assertThat(pace.admits()).isTrue();
    pace.endTurn();
    assertThat(pace.isSated()).isFalse();
  }

  @Test
  void aGuestThatGoesOnTurnByTurnLosesWhatIsMoreAndDoesNotWait() {
    for (int i = 0; i < FlowPace.PATIENCE; i++) {
      begin(FlowPace.A_TURN);
      assertThat(pace.admits()).isTrue();
      pace.endTurn();
    }
    begin(FlowPace.A_TURN - 1);
    assertThat(pace.admits()).isTrue();
    begin(1);
    assertThat(pace.admits()).isFalse();
    assertThat(pace.isSated()).isFalse();
  }

  @Test
  void oneTurnWithFewerEndsThat() {
    for (int i = 0; i < 2 * FlowPace.PATIENCE; i++) {
      begin(FlowPace.A_TURN);
      pace.endTurn();
    }
    begin(FlowPace.A_TURN - 1);
    pace.endTurn();
    begin(FlowPace.A_TURN);
    assertThat(pace.admits()).isTrue();
    assertThat(pace.isSated()).isTrue();
  }
}
