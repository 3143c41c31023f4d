package org.jpasst.config;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import org.jpasst.net.IpAddress;

/** A command line's wishes, put together for a test. */
final class FakeRequest {
  final Family ipv4 = new Family();
  final Family ipv6 = new Family();
  boolean ipv6Enabled = true;
  int mtu = Configuration.DEFAULT_MTU;
  Optional<String> interfaceName = Optional.empty();
  boolean mapGateway = true;
  boolean withoutResolvers;
  Optional<List<String>> searchList = Optional.empty();
  boolean tellResolvers = true;
  Services services = new Services(true, true, true, true, true, true, true);
  final List<RequestedConfiguration.Forward> forwards = new ArrayList<>();

  /** One family's wishes. */
  static final class Family {
    Optional<IpAddress> address = Optional.empty();
    OptionalInt prefixLength = OptionalInt.empty();
    Optional<IpAddress> gateway = Optional.empty();
    List<IpAddress> resolvers = List.of();
    Optional<IpAddress> dnsForward = Optional.empty();
    Optional<IpAddress> dnsHost = Optional.empty();
    Optional<IpAddress> mapHostLoopback = Optional.empty();
    Optional<IpAddress> mapGuestAddress = Optional.empty();
    Optional<String> outboundInterface = Optional.empty();

    RequestedFamily build() {
      return new RequestedFamily(
          address,
          prefixLength,
          gateway,
          resolvers,
          dnsForward,
          dnsHost,
          mapHostLoopback,
          mapGuestAddress,
          new Outbound(Optional.empty(), outboundInterface));
    }
  }

  RequestedConfiguration build() {
    return new RequestedConfiguration(
        new ProcessSettings(
            true,
            Verbosity.NORMAL,
            Optional.empty(),
            ProcessSettings.DEFAULT_LOG_SIZE,
            0,
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            SandboxSettings.USUAL),
        new LinkSettings(
            new GuestSocket.ListenAtFirstFree(),
            false,
            OfferedFeatures.ALL,
            false,
            Optional.empty()),
        MigrationSettings.USUAL,
        mtu,
        Configuration.DEFAULT_MAC,
        interfaceName,
        Optional.of(ipv4.build()),
        ipv6Enabled ? Optional.of(ipv6.build()) : Optional.empty(),
        mapGateway,
        withoutResolvers,
        searchList,
        Optional.empty(),
        Optional.empty(),
        tellResolvers,
        true,
        services,
        false,
        UdpFiltering.ADDRESS_AND_PORT_DEPENDENT,
        forwards);
  }
}
