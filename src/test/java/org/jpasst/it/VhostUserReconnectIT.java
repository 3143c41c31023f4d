package org.jpasst.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.jpasst.lab.BackEnd;
import org.jpasst.lab.Lab;
import org.jpasst.lab.LabTest;
import org.jpasst.lab.LabTree;
import org.jpasst.lab.QemuGuest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** QEMU's {@code reconnect-ms}: a guest lives on while its back-end is replaced. */
@LabTest
@Timeout(180)
final class VhostUserReconnectIT {
  private static final int MTU = 1400;
  private static final int TIMES = 3;
  private static final Duration SOON = Duration.ofSeconds(20);

  @Test
  void aGuestGoesOnWithTheNextBackEnd() {
    try (Lab lab = Lab.open()) {
      BackEnd backEnd = start(lab);
      String path = backEnd.socket().toString();
      try (QemuGuest guest =
          QemuGuest.bootWith(
              "host_mtu=" + MTU,
              lab,
              LabTree.testing(),
              "-chardev",
              "socket,id=c,reconnect-ms=100,path=" + path,
              "-netdev",
              "vhost-user,chardev=c,id=" + QemuGuest.NETDEV)) {
        guest.run("ip link set eth0 up && ip addr add 192.0.2.1/24 dev eth0");
        assertThat(guest.run("cat /sys/class/net/eth0/mtu")).isEqualTo(Integer.toString(MTU));
        awaitPing(guest);
        for (int i = 0; i < TIMES; i++) {
          backEnd.close();
          backEnd = start(lab);
          awaitPing(guest);
        }
        assertThat(guest.run("ping -c 3 -W 5 " + Lab.REMOTE4)).contains(" 0% packet loss");
      } finally {
        backEnd.close();
      }
    }
  }

  private static BackEnd start(Lab lab) {
    return BackEnd.start(lab, "--vhost-user", "--mtu", Integer.toString(MTU));
  }

  private static void awaitPing(QemuGuest guest) {
    guest.run("until ping -c 1 -W 1 " + Lab.REMOTE4 + " >/dev/null; do usleep 50000; done", SOON);
  }
}
