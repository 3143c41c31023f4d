package org.jpasst.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jpasst.lab.BackEndProgram;
import org.jpasst.lab.Deployment;
import org.jpasst.lab.Lab;
import org.jpasst.lab.LabTest;
import org.jpasst.lab.MovingGuest;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A guest goes to and fro between hosts with this program and hosts with the real passt. */
@LabTest
final class MixedMigrationIT {
  private static final int ROUND_TRIPS = Integer.getInteger("jpasst.round-trips", 4);

  /**
   * With our helper on all hosts, which filters for the real passt as well. With its own it
   * acknowledges what comes between its dump and its end, and nobody has that afterwards.
   */
  @ParameterizedTest
  @EnumSource(names = {"NOBODY_WITH_OUR_HELPER", "USER_WITH_OUR_HELPER"})
  @Timeout(value = 20, unit = TimeUnit.MINUTES)
  void nothingIsLostOnTheWayThereAndBack(Deployment deployment) throws Exception {
    try (MovingGuest moving = MovingGuest.bootAsWithPasst(BackEndProgram.underTest(), deployment)) {
      List<GuestConnections> fast = new ArrayList<>();
      for (String address : List.of(Lab.REMOTE4, Lab.REMOTE6)) {
        fast.add(GuestConnections.open(moving, address));
      }
      try (SlowStream slow4 = SlowStream.open(moving, Lab.HOST4);
          SlowStream slow6 = SlowStream.open(moving, Lab.HOST6)) {
        for (int i = 0; i < 2 * ROUND_TRIPS; i++) {
          moving.move(i % 2 == 0 ? BackEndProgram.real() : BackEndProgram.underTest());
          fast.forEach(each -> each.awaitProgress(GuestConnections.SOME_AT_PASST));
          slow4.awaitProgress();
          slow6.awaitProgress();
        }
        assertThat(slow4.arrivedWhole()).isTrue();
        assertThat(slow6.arrivedWhole()).isTrue();
      }
      for (GuestConnections each : fast) {
        each.check(moving.guest());
      }
    }
  }
}
