package org.jpasst.forward;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Optional;
import org.jpasst.config.ChangedConfiguration;
import org.jpasst.config.Configuration;
import org.jpasst.config.DnsRedirection;
import org.jpasst.config.Ipv4Settings;
import org.jpasst.config.Ipv6Settings;
import org.jpasst.config.TemplateInterface;
import org.jpasst.config.Translation;
import org.jpasst.flow.FlowSide;
import org.jpasst.flow.Pif;
import org.jpasst.net.IpAddress;
import org.jpasst.proto.socket.LoopbackHost;
import org.junit.jupiter.api.Test;

/** What the host's other network means for addresses. */
final class ReconfigurationTest {
  private static final Configuration BEFORE = LoopbackHost.configuration();
  private static final IpAddress OLD4 = BEFORE.ipv4().orElseThrow().assigned();
  private static final IpAddress OLD_GATEWAY =
      BEFORE.ipv4().flatMap(Ipv4Settings::gateway).orElseThrow();
  private static final IpAddress NEW4 = ip("198.51.100.7");
  private static final IpAddress NEW_GATEWAY = ip("198.51.100.1");
  private static final IpAddress NEW6 = ip("2001:db8:1::7");
  private static final long MAC = 0x5254_0012_3456L;
  private static final Configuration AFTER = after();

  private final GuestAddresses guest = new GuestAddresses(BEFORE);
  private final AddressTranslation translation = new AddressTranslation(BEFORE, guest);

  private static IpAddress ip(String text) {
    return IpAddress.parse(text).orElseThrow();
  }

  private static Configuration after() {
    Ipv6Settings six = BEFORE.ipv6().orElseThrow();
    var template = Optional.of(new TemplateInterface("eth0", 7));
    return ChangedConfiguration.from(BEFORE)
        .ipv4(
            Optional.of(
                new Ipv4Settings(
                    NEW4,
                    24,
                    Optional.of(NEW_GATEWAY),
                    template,
                    List.of(NEW_GATEWAY),
                    new Translation(
                        Optional.of(NEW_GATEWAY),
                        Optional.empty(),
                        Optional.of(new DnsRedirection(NEW_GATEWAY, IpAddress.LOOPBACK4)),
                        List.of(new DnsRedirection(OLD_GATEWAY, IpAddress.LOOPBACK4))),
                    BEFORE.ipv4().orElseThrow().outbound())))
        .ipv6(
            Optional.of(
                new Ipv6Settings(
                    Optional.of(NEW6),
                    six.gateway(),
                    six.ourLinkLocal(),
                    template,
                    six.resolvers(),
                    six.translation(),
                    six.outbound())))
        .get();
  }

  private void reconfigure() {
    guest.reconfigure(AFTER);
    translation.reconfigure(AFTER);
  }

  private IpAddress destinationOf(IpAddress used, int port) {
    var from = new FlowSide();
    var to = new FlowSide();
    from.set(Pif.GUEST, OLD4.hi(), OLD4.lo(), 40_000, used.hi(), used.lo(), port);
    translation.outbound(from, true, to);
    return new IpAddress(to.endpointHi(), to.endpointLo());
  }

  @Test
  void theNewRulesHoldForNewFlows() {
    assertThat(destinationOf(OLD_GATEWAY, 80)).isEqualTo(IpAddress.LOOPBACK4);
    reconfigure();
    assertThat(destinationOf(OLD_GATEWAY, 80)).isEqualTo(OLD_GATEWAY);
    assertThat(destinationOf(NEW_GATEWAY, 80)).isEqualTo(IpAddress.LOOPBACK4);
    assertThat(translation.ourAddress(true)).isEqualTo(NEW_GATEWAY);
    assertThat(translation.linkLocalScope()).isEqualTo(7);
    assertThat(translation.isBroadcast(0, ip("198.51.100.255").lo())).isTrue();
  }

  @Test
  void questionsToAFormerResolverAreAnswered() {
    reconfigure();
    assertThat(destinationOf(OLD_GATEWAY, 53)).isEqualTo(IpAddress.LOOPBACK4);
    assertThat(destinationOf(OLD_GATEWAY, 853)).isEqualTo(IpAddress.LOOPBACK4);
    assertThat(destinationOf(ip("192.0.2.99"), 53)).isEqualTo(ip("192.0.2.99"));
  }

  @Test
  void aGuestThatWasNeverSeenIsLookedForAtItsNewAddresses() {
    reconfigure();
    assertThat(guest.seen4Lo()).isEqualTo(NEW4.lo());
    assertThat(guest.seen6Hi()).isEqualTo(NEW6.hi());
    assertThat(guest.assigned6()).isEqualTo(NEW6);
  }

  @Test
  void aGuestIsKnownByItsFormerAddressUntilItIsGivenTheNewOne() {
    guest.uses(0, OLD4.lo(), MAC);
    reconfigure();
    assertThat(guest.seen4Lo()).isEqualTo(OLD4.lo());
    assertThat(guest.isGuests(0, OLD4.lo())).isTrue();
    assertThat(guest.isGuests(0, NEW4.lo())).isTrue();
    guest.leasedIpv4(MAC);
    assertThat(guest.seen4Lo()).isEqualTo(NEW4.lo());
  }

  @Test
  void aGuestWithAnAddressOfItsOwnKeepsIt() {
    guest.uses(0, ip("192.0.2.77").lo(), MAC);
    reconfigure();
    assertThat(guest.seen4Lo()).isEqualTo(ip("192.0.2.77").lo());
    // Only a guest that is about to use what it is given asks for it.
    guest.leasedIpv4(MAC);
    assertThat(guest.seen4Lo()).isEqualTo(NEW4.lo());
  }
}
