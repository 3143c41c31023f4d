package org.jpasst.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jpasst.bridge.ClaimFrames;
import org.jpasst.lab.Await;
import org.jpasst.lab.BackEnd;
import org.jpasst.lab.Lab;
import org.jpasst.lab.LabTest;
import org.jpasst.lab.LabTree;
import org.jpasst.lab.Operator;
import org.jpasst.lab.QemuGuest;
import org.jpasst.lab.TapGuest;
import org.jpasst.vectors.Frame;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * Where a bridged guest is that has moved, switches and neighbours learn at once, from frames that
 * it hasn't sent: it says nothing by itself on the other host.
 */
@LabTest
final class BridgedAnnouncementIT {
  private static final Duration SOON = Duration.ofSeconds(20);

  /** More than between two rounds. */
  private static final Duration QUIET = Duration.ofSeconds(2);

  private static final Pattern ANNOUNCED = Pattern.compile("\"announcements\"\\D+(\\d+)");
  private static final Pattern FROM_GUEST = Pattern.compile("\"frames.from_guest\"\\D+(\\d+)");
  private static final String OK = "\"ok\":true";
  private static final int MTU = 1500;
  private static final int ROUNDS = 5;

  /** Whoever had the guest's addresses before. */
  private static final String STALE = "02:00:00:00:00:99";

  private Lab lab;
  private Lab twin;
  private Path state;

  @BeforeEach
  void open() {
    assumeFalse(BackEnd.isReal(), "passt translates");
    lab = Lab.open();
    twin = lab.twin();
    lab.bridge(MTU);
    twin.bridge(MTU);
    lab.becomeReachable();
    state = lab.directory().resolve("state");
    for (String device : List.of("vr", "vt")) {
      String old = " lladdr " + STALE + " nud stale dev " + device;
      lab.remote().ip("neigh replace " + Lab.HOST4 + old);
      lab.remote().ip("-6 neigh replace " + Lab.HOST6 + old);
    }
  }

  @AfterEach
  void close() {
    if (lab != null) {
      twin.close();
      lab.close();
    }
  }

  private static BackEnd start(Lab lab, String... more) {
    List<String> options = new ArrayList<>(BackEnd.controlOption(lab));
    options.addAll(List.of("--uplink", "tap:" + Lab.UPLINK));
    options.addAll(List.of(more));
    return BackEnd.start(lab, options.toArray(String[]::new));
  }

  /** A guest says what its addresses are, and is paused, with its state saved. */
  private void save(FrameGuest guest, Operator operator) throws IOException {
    guest.announce(Lab.HOST4, FrameGuest.MAC);
    guest.send(Frame.of(ClaimFrames.advertisement(TapGuest.MAC, Lab.HOST6)));
    Await.until("what the guest said", SOON, () -> isNeighbourAt(TapGuest.MAC, "vr"));
    assertThat(number(operator, FROM_GUEST)).isEqualTo(2);
    assertThat(operator.ask("migrate pause")).contains(OK);
    assertThat(operator.ask("migrate save", state)).contains(OK);
  }

  private static int number(Operator operator, Pattern counter) {
    try {
      String answer = operator.ask("stats");
      Matcher matcher = counter.matcher(answer);
      assertThat(matcher.find()).as(answer).isTrue();
      return Integer.parseInt(matcher.group(1));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private boolean isNeighbourAt(String mac, String device) {
    return lab.remote().ip("neigh show " + Lab.HOST4 + " dev " + device).contains(mac)
        && lab.remote().ip("-6 neigh show " + Lab.HOST6 + " dev " + device).contains(mac);
  }

  /** Whether the bridge of a host has learnt that the guest is at the uplink's port. */
  private static boolean isLearnt(Lab lab) {
    return lab.host()
        .run("bridge", "fdb", "show", "br", "br0")
        .lines()
        .anyMatch(each -> each.startsWith(TapGuest.MAC + " dev " + Lab.UPLINK));
  }

  /** The switch, and a peer that knew somebody else at these addresses. */
  private void awaitToldAtTwin(Operator there) {
    Await.until("switch", SOON, () -> isLearnt(twin));
    Await.until("neighbour entries", SOON, () -> isNeighbourAt(TapGuest.MAC, "vt"));
    int all = ROUNDS * 3; // RARP, ARP and an advertisement
    Await.until("all rounds", SOON, () -> number(there, ANNOUNCED) == all);
  }

  @Test
  void theNetworkIsToldOnceTheGuestRunsOnTheOtherHost() throws Exception {
    try (BackEnd source = start(lab);
        BackEnd target = start(twin);
        Operator here = Operator.connect(lab);
        Operator there = Operator.connect(twin);
        FrameGuest guest = FrameGuest.connect(source.socket())) {
      save(guest, here);
      assertThat(there.ask("migrate pause")).contains(OK);
      assertThat(there.ask("migrate load", state)).contains(OK);
      try (FrameGuest silent = FrameGuest.connect(target.socket())) {
        target.process().awaitLine("guest connected.*", SOON);
        assertThat(number(there, ANNOUNCED)).isZero();
        assertThat(isLearnt(twin)).isFalse();
        assertThat(isNeighbourAt(STALE, "vt")).isTrue();

        assertThat(there.ask("migrate resume")).contains(OK);

        awaitToldAtTwin(there);
        assertThat(number(there, FROM_GUEST)).isZero();
        silent.announce(Lab.HOST4, FrameGuest.MAC);
        Await.until("its frame", SOON, () -> number(there, FROM_GUEST) == 1);
      }
      assertThat(number(here, ANNOUNCED)).as("told by the source").isZero();
    }
  }

  @Test
  void aStateThatARunBeginsWithIsToldWhenItsGuestComes() throws Exception {
    try (BackEnd source = start(lab);
        Operator here = Operator.connect(lab);
        FrameGuest guest = FrameGuest.connect(source.socket())) {
      save(guest, here);
      try (BackEnd target = start(twin, "--restore", state.toString());
          Operator there = Operator.connect(twin)) {
        assertThat(number(there, ANNOUNCED)).isZero();
        try (FrameGuest silent = FrameGuest.connect(target.socket())) {
          awaitToldAtTwin(there);
          assertThat(number(there, FROM_GUEST)).isZero();
          silent.announce(Lab.HOST4, FrameGuest.MAC);
          Await.until("its frame", SOON, () -> number(there, FROM_GUEST) == 1);
        }
      }
    }
  }

  @Test
  void aMigrationThatIsCancelledIsToldNobody() throws Exception {
    try (BackEnd source = start(lab);
        BackEnd target = start(twin);
        Operator here = Operator.connect(lab);
        Operator there = Operator.connect(twin);
        FrameGuest guest = FrameGuest.connect(source.socket())) {
      save(guest, here);
      assertThat(there.ask("migrate pause")).contains(OK);
      assertThat(there.ask("migrate load", state)).contains(OK);
      try (FrameGuest waiting = FrameGuest.connect(target.socket())) {
        assertThat(here.ask("migrate cancel")).contains(OK);
        guest.announce(Lab.HOST4, FrameGuest.MAC);
        Await.until("its frame", SOON, () -> number(here, FROM_GUEST) == 3);
        assertThat(waiting.getsDatagram(1)).isFalse();
        assertThat(number(there, ANNOUNCED)).isZero();
        assertThat(isLearnt(twin)).isFalse();
        assertThat(isNeighbourAt(STALE, "vt")).isTrue();
      }
      assertThat(number(here, ANNOUNCED)).isZero();
    }
  }

  private static String[] netdev(BackEnd backEnd) {
    return new String[] {
      "-chardev",
      "socket,id=c,path=" + backEnd.socket(),
      "-netdev",
      "vhost-user,chardev=c,id=" + QemuGuest.NETDEV
    };
  }

  /** QEMU itself asks by vhost-user's SEND_RARP, and a second time when somebody tells it to. */
  @Test
  void qemusGuestIsToldAndIsToldAgainWhenQemuSaysSo() throws Exception {
    Path way = twin.directory().resolve("migration");
    try (BackEnd source = start(lab, "--vhost-user");
        BackEnd target = start(twin, "--vhost-user");
        Operator there = Operator.connect(twin);
        QemuGuest here = QemuGuest.boot(lab, LabTree.testing(), netdev(source))) {
      here.run("ip link set eth0 up && ip addr add " + Lab.HOST4 + "/24 dev eth0");
      here.run("ping -c 1 -W 5 " + Lab.REMOTE4);
      try (QemuGuest moved =
          QemuGuest.incoming("unix:" + way, "", twin, LabTree.testing(), netdev(target))) {
        twin.host().awaitUnixListener(way, SOON);
        assertThat(number(there, ANNOUNCED)).isZero();
        here.monitor().migrate("unix:" + way);
        assertThat(here.monitor().awaitMigration()).isEqualTo("completed");
        moved.monitor().awaitRunning();
        // Of its Ethernet address and its IPv4 address by us, of the former by QEMU as well.
        Await.until("all rounds", SOON, () -> number(there, ANNOUNCED) >= 3 * ROUNDS);
        Await.steady("announcements", QUIET, SOON, () -> number(there, ANNOUNCED));
        assertThat(isLearnt(twin)).isTrue();
        int before = number(there, ANNOUNCED);
        twin.host().run("bridge", "fdb", "del", TapGuest.MAC, "dev", Lab.UPLINK, "master");

        moved
            .monitor()
            .execute(
                "{'execute':'announce-self','arguments':"
                    + "{'initial':50,'max':550,'rounds':5,'step':100}}");

        Await.until("five requests", SOON, () -> number(there, ANNOUNCED) == before + ROUNDS);
        assertThat(isLearnt(twin)).isTrue();
      }
    }
  }
}
