package org.jpasst.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.jpasst.lab.BackEnd;
import org.jpasst.lab.Lab;
import org.jpasst.lab.LabTest;
import org.jpasst.lab.Libvirt;
import org.jpasst.lab.MovingDomain;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Libvirt moves a running guest to another host and back, with its connections; the helper is
 * started by the distribution's hook. With the system property {@code jpasst.passt=lab:passt} the
 * same holds for the real passt, where the move succeeds.
 */
@LabTest
final class LibvirtMigrationIT {
  @ParameterizedTest
  @EnumSource(Libvirt.Helper.class)
  void connectionsGoOnThereAndBack(Libvirt.Helper helper) throws IOException {
    try (MovingDomain moving = MovingDomain.boot(helper)) {
      Connections connections = Connections.open(moving);
      moving.move();
      connections.awaitProgress();
      moving.awaitNothingLeftThere();
      moving.move();
      connections.awaitProgress();
      moving.awaitNothingLeftThere();
      connections.check(moving);
      moving.destroy();
    }
  }

  @ParameterizedTest
  @EnumSource(Libvirt.Helper.class)
  void aGuestWhoseMoveIsAbortedGoesOnHereAndMovesLater(Libvirt.Helper helper) throws IOException {
    try (MovingDomain moving = MovingDomain.boot(helper)) {
      Connections connections = Connections.open(moving);
      assertThat(moving.abortMove()).contains("aborted");
      moving.awaitNothingLeftThere();
      connections.awaitProgress();
      moving.move();
      connections.check(moving);
    }
  }

  @ParameterizedTest
  @EnumSource(Libvirt.Helper.class)
  void aGuestGoesOnHereWhenTheOtherHostCannotTakeItsConnections(Libvirt.Helper helper)
      throws IOException {
    assumeFalse(BackEnd.isReal(), "passt has none left then");
    try (MovingDomain moving = MovingDomain.boot(helper)) {
      Connections connections = Connections.open(moving);
      assertThat(moving.moveWhereNoHelperIs()).contains("migration");
      moving.awaitNothingLeftThere();
      connections.check(moving);
    }
  }

  /** Out of the guest and into it, by IPv4 and IPv6. */
  private record Connections(List<GuestConnections> out, List<InboundTraffic> in) {
    static Connections open(MovingDomain moving) throws IOException {
      List<GuestConnections> out = new ArrayList<>();
      for (String address : List.of(Lab.REMOTE4, Lab.REMOTE6)) {
        out.add(GuestConnections.open(moving.remote(), moving.guest(), address));
      }
      List<InboundTraffic> in = new ArrayList<>();
      for (String address : List.of(Lab.HOST4, Lab.HOST6)) {
        int port = MovingDomain.FORWARDED + in.size();
        in.add(InboundTraffic.open(moving.remote(), moving.guest(), address, port));
      }
      return new Connections(out, in);
    }

    void awaitProgress() {
      out.forEach(GuestConnections::awaitProgress);
      in.forEach(InboundTraffic::awaitProgress);
    }

    void check(MovingDomain moving) throws IOException {
      for (GuestConnections each : out) {
        each.check(moving.guest());
      }
      for (InboundTraffic each : in) {
        each.check(moving.guest());
      }
    }
  }
}
