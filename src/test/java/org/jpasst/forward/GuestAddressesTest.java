package org.jpasst.forward;

import static org.assertj.core.api.Assertions.assertThat;

import org.jpasst.config.Configuration;
import org.jpasst.net.IpAddress;
import org.jpasst.net.MacAddress;
import org.jpasst.proto.socket.LoopbackHost;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Which frames tell who the guest is. */
final class GuestAddressesTest {
  private static final Configuration CONFIGURATION = LoopbackHost.configuration();
  private static final IpAddress ASSIGNED4 = LoopbackHost.GUEST4;
  private static final IpAddress ASSIGNED6 = LoopbackHost.GUEST6;
  private static final IpAddress STATIC4 = ip("192.0.2.50");
  private static final IpAddress STATIC6 = ip("2001:db8::50");
  private static final IpAddress CONTAINER4 = ip("172.17.0.2");
  private static final IpAddress CONTAINER6 = ip("fd00:17::2");
  private static final IpAddress NEIGHBOUR4 = ip("192.0.2.77");
  private static final long MAC = 0x5254_0012_3456L;
  private static final long NEIGHBOUR_MAC = 0x0242_ac11_0009L;

  private final GuestAddresses guest = new GuestAddresses(CONFIGURATION);

  private static IpAddress ip(String text) {
    return IpAddress.parse(text).orElseThrow();
  }

  private void uses(IpAddress address, long mac) {
    guest.uses(address.hi(), address.lo(), mac);
  }

  private void claims(IpAddress address, long mac) {
    guest.claims(address.hi(), address.lo(), mac);
  }

  private void shows(IpAddress address, long mac) {
    guest.shows(address.hi(), address.lo(), mac);
  }

  private void connects(IpAddress address) {
    guest.connects(address.hi(), address.lo());
  }

  private IpAddress seen4() {
    return new IpAddress(0, guest.seen4Lo());
  }

  private IpAddress seen6() {
    return new IpAddress(guest.seen6Hi(), guest.seen6Lo());
  }

  private IpAddress linkLocal() {
    return new IpAddress(guest.linkLocalHi(), guest.linkLocalLo());
  }

  private long macOf(IpAddress address) {
    return guest.macOf(address.hi(), address.lo());
  }

  @Test
  void aGuestIsFirstLookedForWhereItWillBe() {
    assertThat(seen4()).isEqualTo(ASSIGNED4);
    assertThat(seen6()).isEqualTo(ASSIGNED6);
    assertThat(guest.mac()).isEqualTo(MacAddress.BROADCAST.bits());
  }

  @Test
  void theFirstTrafficTellsAnAddressThatWasNeverAskedFor() {
    uses(STATIC4, MAC);
    uses(STATIC6, MAC);
    assertThat(seen4()).isEqualTo(STATIC4);
    assertThat(seen6()).isEqualTo(STATIC6);
    uses(NEIGHBOUR4, MAC);
    assertThat(seen4()).isEqualTo(NEIGHBOUR4);
  }

  @Test
  void whatIsForwardedDoesNotMoveAGuestThatHasItsLease() {
    guest.leasedIpv4(MAC);
    guest.leasedIpv6(MAC);
    uses(CONTAINER4, MAC);
    uses(CONTAINER6, MAC);
    connects(CONTAINER4);
    connects(CONTAINER6);
    shows(ip("10.0.2.1"), MAC);
    shows(NEIGHBOUR4, NEIGHBOUR_MAC);
    assertThat(seen4()).isEqualTo(ASSIGNED4);
    assertThat(seen6()).isEqualTo(ASSIGNED6);
    assertThat(guest.mac()).isEqualTo(MAC);
  }

  @Test
  void itDoesNotMoveAGuestThatUsesItsAddressWithoutHavingAskedUs() {
    uses(ASSIGNED4, MAC);
    uses(ASSIGNED6, MAC);
    uses(CONTAINER4, MAC);
    uses(CONTAINER6, MAC);
    assertThat(seen4()).isEqualTo(ASSIGNED4);
    assertThat(seen6()).isEqualTo(ASSIGNED6);
  }

  @Test
  void itDoesNotMoveAGuestThatHasSaidWhereItIs() {
    claims(STATIC4, MAC);
    claims(STATIC6, MAC);
    uses(CONTAINER4, MAC);
    uses(CONTAINER6, MAC);
    assertThat(seen4()).isEqualTo(STATIC4);
    assertThat(seen6()).isEqualTo(STATIC6);
  }

  @Test
  void aGuestMovesFromItsLeaseByWhatItSaysAndBackByUsingIt() {
    guest.leasedIpv4(MAC);
    guest.leasedIpv6(MAC);
    claims(STATIC4, MAC);
    claims(STATIC6, MAC);
    assertThat(seen4()).isEqualTo(STATIC4);
    assertThat(seen6()).isEqualTo(STATIC6);
    uses(ASSIGNED4, MAC);
    uses(ASSIGNED6, MAC);
    assertThat(seen4()).isEqualTo(ASSIGNED4);
    assertThat(seen6()).isEqualTo(ASSIGNED6);
  }

  @Test
  void aConnectionFromTheGuestsNetworkTellsItsAddress() {
    guest.leasedIpv4(MAC);
    guest.leasedIpv6(MAC);
    uses(STATIC4, MAC);
    uses(STATIC6, MAC);
    connects(STATIC4);
    connects(STATIC6);
    assertThat(seen4()).isEqualTo(STATIC4);
    assertThat(seen6()).isEqualTo(STATIC6);
  }

  @Test
  void neighboursBehindTheGuestAreNotTheGuest() {
    guest.leasedIpv4(MAC);
    claims(NEIGHBOUR4, NEIGHBOUR_MAC);
    uses(NEIGHBOUR4, NEIGHBOUR_MAC);
    connects(NEIGHBOUR4);
    shows(ip("fe80::9"), NEIGHBOUR_MAC);
    assertThat(seen4()).isEqualTo(ASSIGNED4);
    assertThat(guest.mac()).isEqualTo(MAC);
    assertThat(linkLocal()).isEqualTo(IpAddress.ANY6);
  }

  @Test
  void eachAddressOfTheLinkHasItsOwnEthernetAddress() {
    guest.leasedIpv4(MAC);
    uses(NEIGHBOUR4, NEIGHBOUR_MAC);
    assertThat(macOf(ASSIGNED4)).isEqualTo(MAC);
    assertThat(macOf(NEIGHBOUR4)).isEqualTo(NEIGHBOUR_MAC);
    assertThat(macOf(STATIC4)).isEqualTo(MAC);
    shows(NEIGHBOUR4, MAC);
    assertThat(macOf(NEIGHBOUR4)).isEqualTo(NEIGHBOUR_MAC);
  }

  @Test
  void aGuestMayChangeItsEthernetAddress() {
    guest.leasedIpv4(MAC);
    claims(ASSIGNED4, NEIGHBOUR_MAC);
    assertThat(guest.mac()).isEqualTo(NEIGHBOUR_MAC);
    assertThat(macOf(ASSIGNED4)).isEqualTo(NEIGHBOUR_MAC);
    guest.leasedIpv4(MAC);
    assertThat(guest.mac()).isEqualTo(MAC);
  }

  @Test
  void anyFramesEthernetAddressStandsInUntilOneIsKnown() {
    guest.sawMac(NEIGHBOUR_MAC);
    assertThat(guest.mac()).isEqualTo(NEIGHBOUR_MAC);
    guest.sawMac(MAC);
    assertThat(guest.mac()).isEqualTo(MAC);
    uses(ASSIGNED4, MAC);
    guest.sawMac(NEIGHBOUR_MAC);
    assertThat(guest.mac()).isEqualTo(MAC);
  }

  @ParameterizedTest
  @ValueSource(longs = {0, 0xffff_ffff_ffffL, 0x0100_5e00_00fbL})
  void whatIsNoStationsEthernetAddressTellsNothing(long mac) {
    guest.sawMac(mac);
    claims(STATIC4, mac);
    uses(STATIC4, mac);
    shows(ip("fe80::9"), mac);
    guest.leasedIpv4(mac);
    assertThat(seen4()).isEqualTo(ASSIGNED4);
    assertThat(linkLocal()).isEqualTo(IpAddress.ANY6);
    assertThat(guest.mac()).isEqualTo(MacAddress.BROADCAST.bits());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "0.0.0.0", "0.1.2.3", "127.0.0.1", "192.0.2.0", "192.0.2.2", "192.0.2.255", "224.0.0.1",
        "240.0.0.1", "255.255.255.255", "::", "::1", "2001:db8::2", "fe80::1", "ff02::1"
      })
  void anAddressThatTheGuestCannotHaveTellsNothing(String address) {
    claims(ip(address), MAC);
    uses(ip(address), MAC);
    shows(ip(address), MAC);
    assertThat(seen4()).isEqualTo(ASSIGNED4);
    assertThat(seen6()).isEqualTo(ASSIGNED6);
    assertThat(linkLocal()).isEqualTo(IpAddress.ANY6);
  }

  @Test
  void aLinkLocalAddressIsNeverForwarded() {
    shows(ip("fe80::9"), MAC);
    assertThat(linkLocal()).isEqualTo(ip("fe80::9"));
    claims(ip("fe80::10"), MAC);
    assertThat(linkLocal()).isEqualTo(ip("fe80::10"));
    assertThat(seen6()).isEqualTo(ASSIGNED6);
  }

  @Test
  void anotherGuestMayConnect() {
    guest.leasedIpv4(MAC);
    guest.connected();
    assertThat(seen4()).isEqualTo(ASSIGNED4);
    assertThat(guest.mac()).isEqualTo(MAC);
    uses(STATIC4, NEIGHBOUR_MAC);
    guest.sawMac(NEIGHBOUR_MAC);
    assertThat(seen4()).isEqualTo(STATIC4);
    assertThat(guest.mac()).isEqualTo(NEIGHBOUR_MAC);
  }

  @Test
  void whatAnotherHostSawLastStandsUntilTheGuestShowsMore() {
    guest.resume(CONTAINER4);
    guest.resume(ip("fe80::9"));
    guest.resume(new MacAddress(MAC));
    assertThat(seen4()).isEqualTo(CONTAINER4);
    assertThat(linkLocal()).isEqualTo(ip("fe80::9"));
    assertThat(guest.mac()).isEqualTo(MAC);
    uses(STATIC4, MAC);
    assertThat(seen4()).isEqualTo(STATIC4);
    guest.resume(ASSIGNED4);
    uses(CONTAINER4, MAC);
    assertThat(seen4()).isEqualTo(ASSIGNED4);
  }
}
