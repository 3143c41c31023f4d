package org.jpasst.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.jpasst.lab.FollowedGuest;
import org.jpasst.lab.Lab;
import org.jpasst.lab.LabTest;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** QEMU migrates a guest on the stream socket, and its connections follow by themselves. */
@LabTest
final class QmpMigrationIT {
  private static final List<String> FAMILIES = List.of(Lab.REMOTE4, Lab.REMOTE6);

  @ParameterizedTest
  @EnumSource
  void connectionsFollowTheGuestThereAndBack(FollowedGuest.Attachment attachment) throws Exception {
    try (FollowedGuest followed = FollowedGuest.boot(attachment)) {
      List<GuestConnections> all = connections(followed);
      followed.move();
      for (GuestConnections each : all) {
        each.awaitProgress();
      }
      followed.move();
      for (GuestConnections each : all) {
        each.check(followed.guest());
      }
    }
  }

  @ParameterizedTest
  @EnumSource
  void datagramFlowsFollowTheGuest(FollowedGuest.Attachment attachment) throws Exception {
    try (FollowedGuest followed = FollowedGuest.boot(attachment)) {
      List<GuestDatagrams> flows =
          List.of(
              GuestDatagrams.outbound(followed.remote(), followed.guest(), Lab.REMOTE4),
              GuestDatagrams.inbound(followed.remote(), followed.guest()));
      followed.move();
      for (GuestDatagrams each : flows) {
        each.send(1);
        each.expect(followed.guest(), 1);
        each.answer(followed.guest());
      }
    }
  }

  @ParameterizedTest
  @EnumSource
  void theGuestGoesOnWithAllConnectionsWhereItWasWhenItsMigrationIsCancelled(
      FollowedGuest.Attachment attachment) throws Exception {
    try (FollowedGuest followed = FollowedGuest.boot(attachment)) {
      List<GuestConnections> all = connections(followed);
      followed.moveAndCancel();
      for (GuestConnections each : all) {
        each.awaitProgress();
      }
      followed.moveInSteps();
      for (GuestConnections each : all) {
        each.check(followed.guest());
      }
    }
  }

  @ParameterizedTest
  @EnumSource
  void theGuestGoesOnWithAllConnectionsWhereItWasWhenTheTargetDies(
      FollowedGuest.Attachment attachment) throws Exception {
    try (FollowedGuest followed = FollowedGuest.boot(attachment)) {
      List<GuestConnections> all = connections(followed);
      followed.moveToOneThatDies();
      for (GuestConnections each : all) {
        each.check(followed.guest());
      }
      assertThat(followed.messages()).contains("migration was cancelled");
    }
  }

  private static List<GuestConnections> connections(FollowedGuest followed) throws Exception {
    List<GuestConnections> all = new ArrayList<>();
    for (String address : FAMILIES) {
      all.add(GuestConnections.open(followed.remote(), followed.guest().console(), address));
    }
    return all;
  }
}
