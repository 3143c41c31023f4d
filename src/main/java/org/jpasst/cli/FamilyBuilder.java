package org.jpasst.cli;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import org.jpasst.config.Outbound;
import org.jpasst.config.RequestedFamily;
import org.jpasst.net.IpAddress;

/** Collects what is asked of one family, option by option. */
final class FamilyBuilder {
  Optional<IpAddress> address = Optional.empty();
  OptionalInt addressPrefixLength = OptionalInt.empty();
  OptionalInt netmask = OptionalInt.empty();
  Optional<IpAddress> gateway = Optional.empty();
  final List<IpAddress> resolvers = new ArrayList<>();
  Optional<IpAddress> dnsForward = Optional.empty();
  Optional<IpAddress> dnsHost = Optional.empty();
  Optional<IpAddress> mapHostLoopback = Optional.empty();
  Optional<IpAddress> mapGuestAddress = Optional.empty();
  Optional<IpAddress> outboundAddress = Optional.empty();
  Optional<String> outboundInterface = Optional.empty();

  RequestedFamily build() {
    return new RequestedFamily(
        address,
        netmask.isPresent() ? netmask : addressPrefixLength,
        gateway,
        resolvers,
        dnsForward,
        dnsHost,
        mapHostLoopback,
        mapGuestAddress,
        new Outbound(outboundAddress, outboundInterface));
  }
}
