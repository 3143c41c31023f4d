package org.jpasst.it;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jpasst.lab.BackEnd;
import org.jpasst.lab.Lab;
import org.jpasst.lab.LabTest;
import org.jpasst.lab.LabTree;
import org.jpasst.lab.NetworkNamespace;
import org.jpasst.lab.QemuGuest;
import org.jpasst.lab.TcpPair;
import org.jpasst.lab.TrafficStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A Linux guest in QEMU whose network is one VLAN of its interface. */
@LabTest
final class VlanIT {
  /** How the guest is attached. */
  enum Link {
    STREAM,
    VHOST_USER,
    VHOST_USER_WITHOUT_OFFLOADS;

    QemuGuest boot(Lab lab, List<String> options) {
      var all = new ArrayList<>(options);
      if (this != STREAM) {
        all.add("--vhost-user");
      }
      // The namespace ends this back-end if it doesn't end by itself.
      BackEnd backEnd = BackEnd.startOneOff(lab, all);
      return switch (this) {
        case STREAM ->
            QemuGuest.boot(
                lab,
                LabTree.testing(),
                "-netdev",
                "stream,id=%s,server=off,addr.type=unix,addr.path=%s"
                    .formatted(QemuGuest.NETDEV, backEnd.socket()));
        case VHOST_USER -> bootOnVhostUser(lab, backEnd, "");
        case VHOST_USER_WITHOUT_OFFLOADS ->
            bootOnVhostUser(
                lab,
                backEnd,
                "csum=off,guest_csum=off,host_tso4=off,host_tso6=off,guest_tso4=off,"
                    + "guest_tso6=off,host_uso=off,guest_uso4=off,guest_uso6=off,mrg_rxbuf=off");
      };
    }

    private static QemuGuest bootOnVhostUser(Lab lab, BackEnd backEnd, String device) {
      return QemuGuest.bootWith(
          device,
          lab,
          LabTree.testing(),
          "-chardev",
          "socket,id=c,path=" + backEnd.socket(),
          "-netdev",
          "vhost-user,chardev=c,id=" + QemuGuest.NETDEV);
    }
  }

  private static final String DEVICE = "eth0.5";
  private static final int PORT = 6000;
  private static final int FORWARDED = 5001;
  private static final int BLOCKS = 16;
  private static final TrafficStream STREAM = QemuGuest.stream((long) BLOCKS * TrafficStream.BLOCK);
  private static final Duration TRANSFER = Duration.ofMinutes(2);

  /** With the addresses, the type and the tag. */
  private static final int LONGEST_PACKET = 1500 + 18;

  @ParameterizedTest
  @EnumSource
  void aGuestHasItsNetworkInItsVlan(Link link) throws Exception {
    try (Lab lab = Lab.open();
        QemuGuest guest = link.boot(lab, options(lab))) {
      guest.run("ip link add link eth0 name " + DEVICE + " type vlan id 5");
      guest.run("ip link set eth0 up && ip link set " + DEVICE + " up");
      guest.run("udhcpc -f -n -q -i " + DEVICE + " -O mtu -s /dhcp-script 2>&1");
      guest.console().await("ip -6 addr show dev " + DEVICE + " | grep -q '2001:.*dynamic'");
      guest.console().await("! ip -6 addr show dev " + DEVICE + " | grep -q tentative");
      for (String remote : List.of(Lab.REMOTE4, Lab.REMOTE6)) {
        assertThat(guest.run("ping -c 2 -W 5 " + remote)).contains(" 0% packet loss");
        sends(guest, lab.remote(), remote);
        receives(guest, lab.remote(), remote);
      }
      takesForwarded(guest, lab);
      assertThat(counter(lab, "drop.buffer_small")).isZero();
      // The kernel leaves it to the other side to cut up what is in a VLAN, too.
      assertThat(meanLength(lab, "from_guest") > LONGEST_PACKET).isEqualTo(link == Link.VHOST_USER);
      assertThat(meanLength(lab, "to_guest") > LONGEST_PACKET).isEqualTo(link == Link.VHOST_USER);
      assertUntaggedIsDropped(guest, lab);
    }
  }

  private static List<String> options(Lab lab) {
    var options =
        new ArrayList<>(
            List.of("--vlan", "5", "--mtu", "1500", "--tcp-ports", Integer.toString(FORWARDED)));
    options.addAll(BackEnd.controlOption(lab));
    return options;
  }

  private static void sends(QemuGuest guest, NetworkNamespace to, String address) throws Exception {
    try (ServerSocketChannel server = TcpPair.listen(to, address, PORT)) {
      String send = QemuGuest.sending(BLOCKS, address, PORT);
      TrafficStream.together(
          TRANSFER,
          List.of(
              TrafficStream.task(() -> guest.run(send, TRANSFER)),
              TrafficStream.task(
                  () -> {
                    try (SocketChannel accepted = server.accept()) {
                      STREAM.expectFrom(accepted);
                    }
                  })));
    }
  }

  private static void receives(QemuGuest guest, NetworkNamespace from, String address)
      throws Exception {
    try (ServerSocketChannel server = TcpPair.listen(from, address, PORT)) {
      String receive = "nc " + address + " " + PORT + " </dev/null | sha256sum";
      TrafficStream.together(
          TRANSFER,
          List.of(
              TrafficStream.task(
                  () ->
                      assertThat(guest.run(receive, TRANSFER)).isEqualTo(STREAM.sha256() + "  -")),
              TrafficStream.task(
                  () -> {
                    try (SocketChannel accepted = server.accept()) {
                      STREAM.sendTo(accepted);
                    }
                  })));
    }
  }

  private static void takesForwarded(QemuGuest guest, Lab lab) throws Exception {
    guest.console().listen("nc -4 -d -l " + FORWARDED + " | sha256sum >/tmp/sum", FORWARDED);
    try (SocketChannel client = TcpPair.connect(lab.remote(), Lab.HOST4, FORWARDED)) {
      STREAM.sendTo(client);
    }
    assertThat(guest.run("wait; cat /tmp/sum", TRANSFER)).isEqualTo(STREAM.sha256() + "  -");
  }

  /** Of the same guest, as from other machines on its network. */
  private static void assertUntaggedIsDropped(QemuGuest guest, Lab lab) {
    long before = counter(lab, "drop.vlan");
    guest.run("ip addr add 192.0.2.77/32 dev eth0 && ip route add 192.0.2.99 dev eth0");
    assertThat(guest.shell("ping -c 1 -W 1 192.0.2.99").status()).isNotZero();
    assertThat(counter(lab, "drop.vlan")).isGreaterThan(before);
  }

  private static long meanLength(Lab lab, String direction) {
    return counter(lab, "bytes." + direction) / counter(lab, "frames." + direction);
  }

  private static long counter(Lab lab, String name) {
    JsonObject counters =
        JsonParser.parseString(BackEnd.control(lab, "--json", "stats"))
            .getAsJsonObject()
            .getAsJsonObject("counters");
    return counters.has(name) ? counters.get(name).getAsLong() : 0;
  }
}
