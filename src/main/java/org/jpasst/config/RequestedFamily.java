package org.jpasst.config;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import org.jpasst.net.IpAddress;

/**
 * What the command line asks of one family; all addresses are of that family.
 *
 * @param address the guest's
 * @param prefixLength of the guest's network; 0: by the address's class; no meaning for IPv6
 * @param gateway the guest's router
 * @param resolvers what the guest is told, verbatim; empty: the host's
 * @param dnsForward DNS traffic to this address is redirected
 * @param dnsHost where to
 * @param mapHostLoopback as in {@link Translation#hostLoopback}
 * @param mapGuestAddress as in {@link Translation#guestAddress}
 * @param outbound how sockets are bound
 */
public record RequestedFamily(
    Optional<IpAddress> address,
    OptionalInt prefixLength,
    Optional<IpAddress> gateway,
    List<IpAddress> resolvers,
    Optional<IpAddress> dnsForward,
    Optional<IpAddress> dnsHost,
    Optional<IpAddress> mapHostLoopback,
    Optional<IpAddress> mapGuestAddress,
    Outbound outbound) {

  /** Copies the list. */
  public RequestedFamily {
    resolvers = List.copyOf(resolvers);
  }

  /** Collects the parts by name; what nobody sets stays as it is where nothing is said. */
  public static final class Builder {
    public Optional<IpAddress> address = Optional.empty();
    public OptionalInt prefixLength = OptionalInt.empty();
    public Optional<IpAddress> gateway = Optional.empty();
    public final List<IpAddress> resolvers = new ArrayList<>();
    public Optional<IpAddress> dnsForward = Optional.empty();
    public Optional<IpAddress> dnsHost = Optional.empty();
    public Optional<IpAddress> mapHostLoopback = Optional.empty();
    public Optional<IpAddress> mapGuestAddress = Optional.empty();
    public Optional<IpAddress> outboundAddress = Optional.empty();
    public Optional<String> outboundInterface = Optional.empty();

    /** All of them. */
    public RequestedFamily build() {
      return new RequestedFamily(
          address,
          prefixLength,
          gateway,
          resolvers,
          dnsForward,
          dnsHost,
          mapHostLoopback,
          mapGuestAddress,
          new Outbound(outboundAddress, outboundInterface));
    }
  }
}
