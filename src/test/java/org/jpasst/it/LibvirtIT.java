package org.jpasst.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.channels.DatagramChannel;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import org.jpasst.lab.Await;
import org.jpasst.lab.GuestConsole;
import org.jpasst.lab.Lab;
import org.jpasst.lab.LabTest;
import org.jpasst.lab.Libvirt;
import org.jpasst.lab.TcpPair;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.params.AfterParameterizedClassInvocation;
import org.junit.jupiter.params.BeforeParameterizedClassInvocation;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Libvirt starts the back-end for its guest, and ends it; one boot for each way. With the system
 * property {@code jpasst.passt=lab:passt} the same holds for the real passt.
 */
@LabTest
@ParameterizedClass
@EnumSource(LibvirtIT.Way.class)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
final class LibvirtIT {
  private static final Duration SOON = Duration.ofSeconds(30);
  private static final int PORT = 6000;
  private static final String GUEST4 = "192.0.2.77";
  private static final String GUEST6 = "2001:db8::77";

  /** Everything that libvirt has an option of the back-end for. */
  private static final String NETWORK =
      """
      <interface type='%s'>
        <mac address='52:54:00:12:34:56'/>
        <source dev='vh'/>
        <ip family='ipv4' address='192.0.2.77' prefix='24'/>
        <ip family='ipv6' address='2001:db8::77'/>
        <route family='ipv4' gateway='192.0.2.4'/>
        <route family='ipv6' gateway='fe80::4'/>
        <portForward proto='tcp'>
          <range start='5001'/>
          <range start='5010' end='5012' to='6010'/>
          <range start='5011' exclude='yes'/>
        </portForward>
        <portForward proto='tcp' address='192.0.2.1' dev='vh'>
          <range start='2222' to='22'/>
        </portForward>
        <portForward proto='udp' dev='vh'>
          <range start='5001'/>
        </portForward>
        <model type='virtio'/>
        <backend type='passt' logFile='%s' hostname='guest' fqdn='guest.example.org'/>
        <mtu size='1400'/>
        <rom enabled='no'/>
      </interface>
      """;

  /** How libvirt is used. */
  enum Way {
    /** An unprivileged user's guest, with packets over a stream socket. */
    STREAM_OF_A_USER(Libvirt.Mode.SESSION, "user"),
    /** A guest of the machine's, with packets in its memory. */
    VHOST_USER_OF_THE_SYSTEM(Libvirt.Mode.SYSTEM, "vhostuser");

    private final Libvirt.Mode mode;
    private final String type;

    Way(Libvirt.Mode mode, String type) {
      this.mode = mode;
      this.type = type;
    }
  }

  @Parameter private Way way;
  private Lab lab;
  private Libvirt libvirt;
  private Set<Path> before;
  private GuestConsole guest;
  private String lease4;
  private String lease6;

  @BeforeParameterizedClassInvocation
  void bootAndConfigure(Way way) {
    lab = Lab.open();
    libvirt = Libvirt.start(lab, way.mode);
    libvirt.define(NETWORK.formatted(way.type, lab.directory().resolve("passt.log")));
    before = libvirt.runtimeFiles();
    guest = libvirt.boot();
    guest.run("ip link set eth0 up");
    guest.awaitAddress("fe80:");
    lease4 = guest.lease4();
    lease6 = guest.lease6();
    guest.awaitAddress("2001:.*dynamic");
  }

  @AfterParameterizedClassInvocation
  void closeLab() {
    if (guest != null) {
      guest.close();
    }
    if (libvirt != null) {
      libvirt.close();
    }
    lab.close();
  }

  @Test
  @Order(1)
  void theGuestIsToldWhatTheDomainSays() {
    assertThat(lease4.lines())
        .contains(
            "ipv4.ip=" + GUEST4,
            "ipv4.mask=24",
            "ipv4.router=192.0.2.4",
            "ipv4.dns=" + Lab.REMOTE4,
            "ipv4.mtu=1400",
            "ipv4.hostname=guest");
    assertThat(lease6.lines())
        .contains(
            "ipv6.ipv6=2001:0db8:0000:0000:0000:0000:0000:0077", "ipv6.fqdn=guest.example.org");
    assertThat(guest.run("ip -6 route")).contains("default via fe80::4 dev eth0");
    assertThat(lab.directory().resolve("passt.log")).isNotEmptyFile();
  }

  @ParameterizedTest
  @Order(2)
  @ValueSource(strings = {Lab.GATEWAY4, Lab.REMOTE4, Lab.GATEWAY6, Lab.REMOTE6})
  void pingIsAnswered(String address) {
    assertThat(guest.run("ping -c 2 -W 5 " + address)).contains(" 0% packet loss");
  }

  @ParameterizedTest
  @Order(2)
  @ValueSource(strings = {Lab.REMOTE4, Lab.REMOTE6})
  void theGuestConnects(String address) throws IOException {
    try (ServerSocketChannel server = TcpPair.listen(lab.remote(), address, PORT)) {
      guest.run("echo request | nc -N " + address + " " + PORT + " >/tmp/answer &");
      try (Socket accepted = server.accept().socket()) {
        assertThat(read(accepted)).isEqualTo("request\n");
        accepted.getOutputStream().write("answer\n".getBytes(StandardCharsets.US_ASCII));
      }
      assertThat(guest.run("wait; cat /tmp/answer")).isEqualTo("answer");
    }
  }

  @ParameterizedTest
  @Order(2)
  @CsvSource({
    Lab.HOST4 + ", 5001, 5001",
    Lab.HOST6 + ", 5001, 5001",
    Lab.HOST4 + ", 5010, 6010",
    Lab.HOST6 + ", 5012, 6012",
    Lab.HOST4 + ", 2222, 22"
  })
  void forwardedTcpPortAnswers(String address, int port, int guestPort) throws IOException {
    String family = address.contains(":") ? "-6" : "-4";
    guest.listen("echo answer | nc %s -N -l %d >/tmp/got".formatted(family, guestPort), guestPort);
    try (SocketChannel client = TcpPair.connect(lab.remote(), address, port)) {
      client.socket().getOutputStream().write("request\n".getBytes(StandardCharsets.US_ASCII));
      assertThat(read(client.socket())).isEqualTo("answer\n");
    }
    assertThat(guest.run("wait; cat /tmp/got")).isEqualTo("request");
  }

  @ParameterizedTest
  @Order(2)
  @CsvSource({Lab.HOST4 + ", -4", Lab.HOST6 + ", -6"})
  void forwardedUdpPortAnswers(String address, String family) throws IOException {
    guest.run("echo answer | nc %s -u -l 5001 >/tmp/got & nc=$!".formatted(family));
    guest.await("netstat -lun | grep -q ':5001 '");
    try (DatagramSocket client = lab.remote().call(DatagramChannel::open).socket()) {
      client.setSoTimeout((int) SOON.toMillis());
      byte[] request = "request\n".getBytes(StandardCharsets.US_ASCII);
      client.send(
          new DatagramPacket(request, request.length, InetAddress.getByName(address), 5001));
      var answer = new DatagramPacket(new byte[100], 100);
      client.receive(answer);
      assertThat(new String(answer.getData(), 0, answer.getLength(), StandardCharsets.US_ASCII))
          .isEqualTo("answer\n");
    }
    guest.await("grep -q request /tmp/got");
    guest.run("kill $nc; wait; true");
  }

  @ParameterizedTest
  @Order(2)
  @CsvSource({Lab.HOST4 + ", 5011", Lab.HOST6 + ", 2222"})
  void otherPortsAreNotForwarded(String address, int port) {
    assertThat(catchThrowable(() -> TcpPair.connect(lab.remote(), address, port)))
        .hasMessageContaining("refused");
  }

  @Test
  @Order(3)
  void theGuestIsOnlineAgainAfterItsBackEndWasKilled() {
    long first = libvirt.backEnd().orElseThrow();
    ProcessHandle.of(first).orElseThrow().destroyForcibly();
    Await.until(
        "another back-end",
        SOON,
        () -> libvirt.backEnd().filter(each -> each != first).isPresent());
    guest.await("ping -c 1 -W 1 " + Lab.REMOTE4);
    guest.await("ping -c 1 -W 1 " + Lab.REMOTE6);
  }

  @Test
  @Order(4)
  void nothingIsLeftOfADestroyedGuest() {
    libvirt.virsh("destroy", Libvirt.GUEST);
    assertThat(libvirt.runtimeFiles()).isEqualTo(before);
    Await.until(
        "processes in the host's namespace",
        SOON,
        () -> lab.host().processes().equals(List.of(libvirt.daemon().pid())));
  }

  @Test
  @Order(5)
  void aPortInUseIsTheReasonThatLibvirtGives() throws IOException {
    try (ServerSocket inUse = TcpPair.listen(lab.host(), Lab.HOST4, 5012).socket()) {
      assertThat(libvirt.failingVirsh("start", Libvirt.GUEST))
          .contains(Integer.toString(inUse.getLocalPort()))
          .contains("in use");
    }
    assertThat(libvirt.runtimeFiles()).isEqualTo(before);
  }

  private static String read(Socket socket) throws IOException {
    return new String(socket.getInputStream().readAllBytes(), StandardCharsets.US_ASCII);
  }
}
