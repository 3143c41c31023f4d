package org.jpasst.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import org.jpasst.lab.Await;
import org.jpasst.lab.GuestConsole;
import org.jpasst.lab.Lab;
import org.jpasst.lab.LabTest;
import org.jpasst.lab.NetworkNamespace;
import org.jpasst.lab.QemuGuest;
import org.jpasst.lab.TcpPair;
import org.jpasst.lab.TrafficStream;
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

/** A Linux guest in QEMU has its whole network; one boot for each way to attach it. */
@LabTest
@ParameterizedClass
@EnumSource(Attachment.class)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
final class QemuGuestIT {
  /** As many whole blocks, which the guest has as a file, as make 64 MiB. */
  private static final int BLOCKS = 65;

  private static final TrafficStream STREAM = QemuGuest.stream((long) BLOCKS * TrafficStream.BLOCK);
  private static final String SHA_256 = STREAM.sha256();
  private static final Duration TRANSFER = Duration.ofMinutes(4);
  private static final Duration SOON = Duration.ofSeconds(20);
  private static final int PORT = 6000;
  private static final int CLOSED = 9;

  @Parameter private Attachment attachment;
  private Lab lab;
  private QemuGuest guest;
  private String lease4;
  private String lease6;

  @BeforeParameterizedClassInvocation
  void bootAndConfigure(Attachment attachment) {
    lab = Lab.open();
    guest = attachment.boot(lab);
    guest.run("ip link set eth0 up");
    guest.console().awaitAddress("fe80:");
    lease4 = guest.console().lease4();
    lease6 = guest.console().lease6();
    guest.console().awaitAddress("2001:.*dynamic");
  }

  @AfterParameterizedClassInvocation
  void closeLab() {
    if (guest != null) {
      guest.close();
    }
    lab.close();
  }

  @Test
  void dhcpGivesAddressRouteDnsAndMtu() {
    assertThat(lease4.lines())
        .contains(
            "ipv4.ip=192.0.2.1",
            "ipv4.mask=24",
            "ipv4.router=192.0.2.2",
            "ipv4.dns=192.0.2.3",
            "ipv4.search=example.org lab.example.org",
            "ipv4.mtu=" + attachment.mtu());
    assertThat(guest.run("ip -4 addr show dev eth0"))
        .contains("inet 192.0.2.1/24")
        .contains("mtu " + attachment.mtu());
    assertThat(guest.run("ip -4 route")).contains("default via 192.0.2.2 dev eth0");
  }

  @Test
  void dhcpv6GivesAddressAndDns() {
    assertThat(lease6.lines())
        .contains(
            "ipv6.ipv6=2001:0db8:0000:0000:0000:0000:0000:0001",
            "ipv6.dns=2001:0db8:0000:0000:0000:0000:0000:0003",
            "ipv6.search=example.org lab.example.org");
  }

  @Test
  void routerAdvertisementGivesPrefixRouteAndMtu() {
    assertThat(guest.run("ip -6 addr show dev eth0"))
        .contains("inet6 2001:db8::5054:ff:fe12:3456/64 scope global dynamic");
    assertThat(guest.run("ip -6 route")).containsPattern("default via fe80::\\S+ dev eth0");
    assertThat(guest.run("cat /proc/sys/net/ipv6/conf/eth0/mtu"))
        .isEqualTo(Integer.toString(attachment.mtu()));
  }

  @ParameterizedTest
  @ValueSource(strings = {Lab.GATEWAY4, Lab.REMOTE4, Lab.GATEWAY6, Lab.REMOTE6})
  void pingIsAnswered(String address) {
    assertThat(guest.run("ping -c 2 -W 5 " + address)).contains(" 0% packet loss");
  }

  @ParameterizedTest
  @ValueSource(strings = {Lab.REMOTE4, Lab.REMOTE6})
  void datagramIsAnswered(String address) throws Exception {
    try (DatagramChannel server = lab.remote().call(DatagramChannel::open)) {
      server.bind(new InetSocketAddress(InetAddress.getByName(address), PORT));
      TrafficStream.together(
          SOON,
          List.of(
              TrafficStream.task(() -> answerOneDatagram(server)),
              TrafficStream.task(
                  () ->
                      assertThat(guest.run("echo request | nc -u -w 1 " + address + " " + PORT))
                          .isEqualTo("answer to request"))));
    }
  }

  @ParameterizedTest
  @CsvSource({
    Lab.GATEWAY4 + ", InDestUnreachs",
    Lab.REMOTE4 + ", InDestUnreachs",
    Lab.GATEWAY6 + ", Icmp6InDestUnreachs",
    Lab.REMOTE6 + ", Icmp6InDestUnreachs"
  })
  void closedUdpPortGivesIcmpError(String address, String counter) {
    String count = "cat /proc/net/snmp /proc/net/snmp6";
    long before = counter(guest.run(count), counter);
    guest.shell("echo request | nc -u -w 1 " + address + " " + CLOSED);
    assertThat(counter(guest.run(count), counter)).isEqualTo(before + 1);
  }

  @ParameterizedTest
  @CsvSource({Lab.GATEWAY4 + ", 127.0.0.1", Lab.GATEWAY6 + ", ::1"})
  void guestSends64Mebibytes(String address, String loopback) throws Exception {
    try (ServerSocketChannel server = TcpPair.listen(lab.host(), loopback, PORT)) {
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

  @ParameterizedTest
  @ValueSource(strings = {Lab.REMOTE4, Lab.REMOTE6})
  void guestReceives64Mebibytes(String address) throws Exception {
    try (ServerSocketChannel server = TcpPair.listen(lab.remote(), address, PORT)) {
      String receive = "nc " + address + " " + PORT + " </dev/null | sha256sum";
      TrafficStream.together(
          TRANSFER,
          List.of(
              TrafficStream.task(
                  () -> assertThat(guest.run(receive, TRANSFER)).isEqualTo(SHA_256 + "  -")),
              TrafficStream.task(
                  () -> {
                    try (SocketChannel accepted = server.accept()) {
                      STREAM.sendTo(accepted);
                    }
                  })));
    }
  }

  @ParameterizedTest
  @CsvSource({Lab.HOST4 + ", -4", Lab.HOST6 + ", -6"})
  void forwardedPortTakes64Mebibytes(String address, String family) throws Exception {
    guest
        .console()
        .listen(
            "nc %s -d -l %d | sha256sum >/tmp/sum".formatted(family, Attachment.FORWARDED),
            Attachment.FORWARDED);
    try (SocketChannel client = TcpPair.connect(lab.remote(), address, Attachment.FORWARDED)) {
      TrafficStream.together(
          TRANSFER,
          List.of(
              TrafficStream.task(() -> STREAM.sendTo(client)),
              TrafficStream.task(
                  () ->
                      assertThat(guest.run("wait; cat /tmp/sum", TRANSFER))
                          .isEqualTo(SHA_256 + "  -"))));
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {Lab.GATEWAY4, Lab.REMOTE4, Lab.GATEWAY6, Lab.REMOTE6})
  void refusedConnectionIsRefused(String address) {
    GuestConsole.Result result = guest.shell("nc -v -z " + address + " " + CLOSED + " 2>&1");
    assertThat(result.status()).isEqualTo(1);
    assertThat(result.output()).contains("Connection refused");
  }

  @ParameterizedTest
  @ValueSource(strings = {Lab.REMOTE4, Lab.REMOTE6})
  void guestHasAnswerAfterItHasEndedItsSide(String address) throws Exception {
    try (ServerSocketChannel server = TcpPair.listen(lab.remote(), address, PORT)) {
      TrafficStream.together(
          SOON,
          List.of(
              TrafficStream.task(
                  () ->
                      assertThat(guest.run("echo request | nc -N " + address + " " + PORT))
                          .isEqualTo("answer")),
              TrafficStream.task(
                  () -> {
                    try (SocketChannel accepted = server.accept()) {
                      assertThat(readToEnd(accepted)).isEqualTo("request\n");
                      write(accepted, "answer\n");
                    }
                  })));
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {Lab.REMOTE4, Lab.REMOTE6})
  void peerHasAnswerAfterItHasEndedItsSide(String address) throws Exception {
    // Nothing is sent by the guest before it has seen the peer's data.
    String answer =
        "rm -f /tmp/got; { until [ -s /tmp/got ]; do usleep 50000; done; cat /tmp/got; echo and"
            + " answer; }"
            + " | nc -N %s %d >/tmp/got".formatted(address, PORT);
    try (ServerSocketChannel server = TcpPair.listen(lab.remote(), address, PORT)) {
      TrafficStream.together(
          SOON,
          List.of(
              TrafficStream.task(() -> guest.run(answer)),
              TrafficStream.task(
                  () -> {
                    try (SocketChannel accepted = server.accept()) {
                      write(accepted, "request\n");
                      accepted.shutdownOutput();
                      assertThat(readToEnd(accepted)).isEqualTo("request\nand answer\n");
                    }
                  })));
    }
  }

  @ParameterizedTest
  @CsvSource({Lab.HOST4 + ", -4", Lab.HOST6 + ", -6"})
  void guestEndsItsSideOfInboundConnectionFirst(String address, String family) throws Exception {
    guest
        .console()
        .listen(
            "echo answer | nc %s -N -l %d >/tmp/got".formatted(family, Attachment.FORWARDED),
            Attachment.FORWARDED);
    try (SocketChannel client = TcpPair.connect(lab.remote(), address, Attachment.FORWARDED)) {
      assertThat(readToEnd(client)).isEqualTo("answer\n");
      write(client, "request\n");
    }
    assertThat(guest.run("wait; cat /tmp/got")).isEqualTo("request");
  }

  @Test
  @Order(Integer.MAX_VALUE - 1)
  void networkWorksAfterTheGuestHasBoundItsDriverAnew() {
    guest.run("cd /sys/bus/virtio/drivers/virtio_net && device=$(ls | grep ^virtio)");
    guest.run("echo $device >unbind && echo $device >bind; cd /tmp");
    guest.console().await("[ -e /sys/class/net/eth0 ]");
    guest.run("ip link set eth0 up && ip addr add 192.0.2.1/24 dev eth0");
    guest.console().awaitAddress("2001:.*dynamic");
    for (String address : List.of(Lab.REMOTE4, Lab.REMOTE6)) {
      assertThat(guest.run("ping -c 2 -W 5 " + address)).contains(" 0% packet loss");
    }
  }

  @Test
  @Order(Integer.MAX_VALUE)
  void endOfQemuEndsTheBackEnd() {
    NetworkNamespace host = lab.host();
    assertThat(host.processes()).as("QEMU and the back-end").hasSize(2);
    assertThat(guest.quit()).isZero();
    Await.atMost("processes in the host's namespace", 0, SOON, () -> host.processes().size());
  }

  private static void answerOneDatagram(DatagramChannel server) throws IOException {
    ByteBuffer datagram = ByteBuffer.allocate(2000);
    datagram.put("answer to ".getBytes(StandardCharsets.US_ASCII));
    var sender = server.receive(datagram);
    server.send(datagram.flip(), sender);
  }

  /** A counter of /proc/net/snmp's ICMP group, or of /proc/net/snmp6. */
  private static long counter(String files, String name) {
    if (name.startsWith("Icmp6")) {
      return files
          .lines()
          .filter(each -> each.startsWith(name))
          .map(each -> Long.parseLong(each.split("\\s+")[1]))
          .findFirst()
          .orElseThrow();
    }
    List<String> pair = files.lines().filter(each -> each.startsWith("Icmp:")).toList();
    int column = List.of(pair.get(0).split(" ")).indexOf(name);
    return Long.parseLong(pair.get(1).split(" ")[column]);
  }

  private static void write(SocketChannel channel, String text) throws IOException {
    channel.write(ByteBuffer.wrap(text.getBytes(StandardCharsets.US_ASCII)));
  }

  private static String readToEnd(SocketChannel channel) throws IOException {
    ByteBuffer received = ByteBuffer.allocate(1000);
    while (channel.read(received) >= 0) {
      // Until the end of the stream.
    }
    return new String(received.array(), 0, received.position(), StandardCharsets.US_ASCII);
  }
}
