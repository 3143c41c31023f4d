package org.jpasst.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.channels.ServerSocketChannel;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jpasst.lab.BackEnd;
import org.jpasst.lab.Deployment;
import org.jpasst.lab.Lab;
import org.jpasst.lab.LabProcess;
import org.jpasst.lab.LabTest;
import org.jpasst.lab.TapGuest;
import org.jpasst.lab.TcpPair;
import org.junit.jupiter.api.Test;

/** A migration on a kernel that lets nobody make a socket deaf. */
@LabTest
final class RefusingKernelIT {
  private static final Deployment DEPLOYMENT = Deployment.USER_WITHOUT_ANY_WAY;
  private static final int PORT = 7001;
  private static final int MTU = 1500;
  private static final int PAIRS = 3;

  @Test
  void connectionsMoveAllTheSameAndItIsToldOnceThatNothingIsCertain() throws Exception {
    DEPLOYMENT.assumePossible();
    try (Lab lab = Lab.open();
        Lab twin = lab.twin();
        BackEnd source = start(lab);
        BackEnd target = start(twin);
        TapGuest guest = TapGuest.connect(lab, source.socket(), MTU).configure("cubic");
        ServerSocketChannel server = TcpPair.listen(lab.remote(), Lab.REMOTE4, PORT)) {
      List<TcpPair> pairs = new ArrayList<>();
      for (int i = 0; i < PAIRS; i++) {
        pairs.add(TcpPair.connect(guest.namespace(), Lab.REMOTE4, PORT, server));
        pairs.get(i).exchange((byte) i);
      }
      guest.stop();
      Path state = lab.directory().resolve("state");
      migrate(lab, source, "save", state);
      migrate(twin, target, "load", state);
      twin.becomeReachable();
      try (TapGuest _ = guest.moveTo(target.socket())) {
        for (TcpPair each : pairs) {
          each.exchange((byte) 7);
          each.close();
        }
      }
      assertThat(source.process().output().lines())
          .filteredOn(line -> line.contains("this kernel lets sockets go on receiving"))
          .hasSize(1)
          .noneMatch(line -> line.contains("lose"));
    }
  }

  private static BackEnd start(Lab lab) {
    return BackEnd.start(lab, DEPLOYMENT, BackEnd.controlSocketOption(lab));
  }

  private static void migrate(Lab lab, BackEnd backEnd, String what, Path state) {
    Optional<LabProcess> helper = backEnd.startHelper(lab, DEPLOYMENT);
    try {
      BackEnd.control(lab, DEPLOYMENT, "migrate", what, state.toString());
    } finally {
      helper.ifPresent(LabProcess::close);
    }
  }
}
