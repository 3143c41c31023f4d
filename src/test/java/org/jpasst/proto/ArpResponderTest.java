package org.jpasst.proto;

import static org.assertj.core.api.Assertions.assertThat;

import org.jpasst.net.IpAddress;
import org.jpasst.stats.Counter;
import org.jpasst.vectors.Frame;
import org.junit.jupiter.api.Test;

class ArpResponderTest {
  private static final String REPLY = "00010800060400029a559a559a55";

  private final GuestServices services = TestConfiguration.services();

  @Test
  void probeForTheGatewayIsAnswered() {
    assertThat(services.answer(GuestFrames.arp(1, "0.0.0.0", "192.0.2.2")))
        .hasValueSatisfying(f -> assertThat(f.toString().substring(28)).startsWith(REPLY));
  }

  @Test
  void probeForAnAddressNobodyUsesIsNotAnsweredAndCounted() {
    assertThat(services.answer(GuestFrames.arp(1, "0.0.0.0", "192.0.2.99"))).isEmpty();
    assertThat(services.counters.value(Counter.DROP_ARP)).isEqualTo(1);
  }

  @Test
  void probeForANeighbourOfTheHostIsAnsweredWithItsAddress() {
    IpAddress neighbour = GuestServices.address("192.0.2.3");
    GuestServices known =
        new GuestServices(
            TestConfiguration.with(),
            (hi, lo) -> lo == neighbour.lo() ? 0x0200_0000_0002L : 0x9a55_9a55_9a55L);
    assertThat(known.answer(GuestFrames.arp(1, "0.0.0.0", "192.0.2.3")))
        .hasValueSatisfying(f -> assertThat(f.toString()).contains("0002020000000002c0000203"));
    assertThat(known.answer(GuestFrames.arp(1, "0.0.0.0", "192.0.2.4"))).isEmpty();
  }

  @Test
  void requestForAnAddressTheGuestWasSeenToHaveIsNotAnswered() {
    byte[] request = GuestFrames.arp(1, "192.0.2.1", "192.0.2.50");
    assertThat(services.answer(request)).isPresent();
    services.guest.uses(0, GuestServices.address("192.0.2.50").lo(), GuestFrames.MAC);
    assertThat(services.answer(request)).isEmpty();
  }

  @Test
  void gatewayIsAnsweredForEvenIfTheGuestUsesItsAddress() {
    services.guest.uses(0, GuestServices.address("192.0.2.2").lo(), GuestFrames.MAC);
    assertThat(services.answer(GuestFrames.arp(1, "192.0.2.1", "192.0.2.2"))).isPresent();
  }

  @Test
  void announcementNamesTheNeighbourInBothFields() {
    Frame frame =
        services
            .frame(
                (s, at) -> services.arp.orElseThrow().announce(s, at, 0xc0000203, 0x020000000002L))
            .orElseThrow();
    assertThat(frame.toString())
        .startsWith(
            "ffffffffffff0200000000020806"
                + "0001080006040001"
                + "020000000002c0000203"
                + "000000000000c0000203");
  }
}
