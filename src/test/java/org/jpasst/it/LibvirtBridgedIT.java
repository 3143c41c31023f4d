package org.jpasst.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.channels.DatagramChannel;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.List;
import java.util.stream.IntStream;
import org.jpasst.lab.BackEnd;
import org.jpasst.lab.GuestConsole;
import org.jpasst.lab.Lab;
import org.jpasst.lab.LabProcess;
import org.jpasst.lab.LabTest;
import org.jpasst.lab.Libvirt;
import org.jpasst.lab.TcpPair;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * A guest that is plugged into a bridge on either of two hosts moves from one to the other and back
 * by virsh: as docs/migration.md says, by the commands and the XML that stand there.
 */
@LabTest
final class LibvirtBridgedIT {
  private static final List<String> STEPS =
      HowTo.blocks("migration.md", "### A bridged guest with libvirt");

  /** As the domain's interface has it. */
  private static final String MAC = "52:54:00:12:34:56";

  private static final String ASK =
      "/usr/lib/jpasst/bin/passtctl -s /run/jpasst/web/control migrate cache";
  private static final Duration MIGRATION = Duration.ofSeconds(90);
  private static final int MTU = 1500;
  private static final int DATAGRAMS = 5001;
  private static final int STREAM = 5002;

  private Lab lab;
  private Lab twin;
  private Host here;
  private Host there;
  private GuestConsole guest;

  /** One with a bridge that the network is a port of, and what an operator has done there. */
  private record Host(Lab lab, Libvirt libvirt) {
    static Host setUp(Lab lab) {
      lab.bridge(MTU);
      Libvirt libvirt = Libvirt.start(lab, Libvirt.Mode.SYSTEM);
      libvirt.asRoot(STEPS.getFirst());
      return new Host(lab, libvirt);
    }

    /** Whether its back-end answers an operator, whoever else is there. */
    boolean hasBackEnd() {
      return libvirt.asRoot(ASK).contains("bridged");
    }
  }

  @BeforeEach
  void setUp() {
    assumeFalse(BackEnd.isReal(), "passt translates");
    assertThat(STEPS).hasSize(3);
    lab = Lab.open();
    twin = lab.twin();
    here = Host.setUp(lab);
    there = Host.setUp(twin);
    for (String device : List.of("vr", "vt")) {
      // Nothing is to be given up because nobody answers for a while.
      lab.remote()
          .ip("neigh replace " + Lab.HOST4 + " lladdr " + MAC + " nud permanent dev " + device);
    }
    lab.becomeReachable();
    here.libvirt.define(networkInterface());
    guest = here.libvirt.boot();
    guest.run("ip link set eth0 up && ip addr add " + Lab.HOST4 + "/24 dev eth0");
    // Programs get what was cached faster than they read.
    guest.run("echo 4194304 >/proc/sys/net/core/rmem_max");
    guest.run("echo 4194304 >/proc/sys/net/core/rmem_default");
  }

  /** The domain has the first line already; the lab's QEMU has no ROMs of network cards. */
  private static String networkInterface() {
    String xml = STEPS.get(1);
    assertThat(xml).startsWith(Libvirt.SHARED_MEMORY).contains(MAC);
    return xml.substring(xml.indexOf("<interface"))
        .replace("</interface>", "<rom enabled='no'/></interface>");
  }

  @AfterEach
  void close() {
    if (guest != null) {
      guest.close();
    }
    for (Host host : new Host[] {here, there}) {
      if (host != null) {
        host.libvirt.close();
      }
    }
    if (twin != null) {
      twin.close();
    }
    if (lab != null) {
      lab.close();
    }
  }

  @Test
  void aGuestMovesThereAndBackWithAllThatItHears() throws Exception {
    guest.run("nc -u -l " + DATAGRAMS + " >/tmp/datagrams &");
    guest.await("netstat -lun | grep -q ':" + DATAGRAMS + " '");
    guest.listen("nc -l " + STREAM + " >/tmp/stream", STREAM);
    try (DatagramChannel datagrams = lab.remote().call(DatagramChannel::open);
        SocketChannel stream = TcpPair.connect(lab.remote(), Lab.HOST4, STREAM)) {
      datagrams.connect(new InetSocketAddress(InetAddress.getByName(Lab.HOST4), DATAGRAMS));
      NumberedLines unreliable = NumberedLines.start(datagrams, guest, "/tmp/datagrams");
      NumberedLines reliable = NumberedLines.start(stream, guest, "/tmp/stream");
      for (int moves = 0; moves < 2; moves++) {
        move();
        assertThat(guest.run("ping -c 1 -W 5 " + Lab.REMOTE4)).contains(" 0% packet loss");
        unreliable.awaitProgress(guest);
        reliable.awaitProgress(guest);
      }

      assertThat(here.hasBackEnd()).as("the one that the guest came back to").isTrue();
      assertThat(there.hasBackEnd()).as("the one that it has left").isTrue();
      int lines = reliable.stop();
      assertThat(reliable.arrived(guest, lines - 1))
          .isEqualTo(IntStream.range(0, lines).boxed().toList());
      List<Integer> arrived = unreliable.arrived(guest, unreliable.stop() - 1);
      assertThat(arrived).doesNotHaveDuplicates().isSorted().startsWith(0);
      // One for each move: between the moment in which the state is saved and that in which the
      // network knows where the guest is. What came before that was cached.
      assertThat(gaps(arrived)).as("gaps in %s", arrived).isLessThanOrEqualTo(2);
    }
  }

  private static long gaps(List<Integer> numbers) {
    return IntStream.range(1, numbers.size())
        .filter(i -> numbers.get(i) != numbers.get(i - 1) + 1)
        .count();
  }

  /** Does what the documentation says, where the lab has another way from host to host. */
  private void move() {
    List<String> words = List.of(STEPS.get(2).strip().split(" "));
    assertThat(words).startsWith("virsh", "migrate", "--live", "GUEST", "--desturi");
    assertThat(words.get(5)).isEqualTo("qemu+ssh://TARGET/system");
    List<String> options = words.subList(6, words.size());
    try (LabProcess virsh = here.libvirt.migrate(there.libvirt, options)) {
      if (virsh.awaitExit(MIGRATION) != 0) {
        throw here.libvirt.daemon().failure(virsh.output());
      }
    }
    there.lab.becomeReachable();
    Host before = here;
    here = there;
    there = before;
    guest.close();
    guest = here.libvirt.connect();
  }
}
