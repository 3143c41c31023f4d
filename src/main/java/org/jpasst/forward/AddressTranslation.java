package org.jpasst.forward;

import java.util.Optional;
import java.util.function.Function;
import org.jpasst.config.Configuration;
import org.jpasst.config.DnsRedirection;
import org.jpasst.config.Ipv4Settings;
import org.jpasst.config.Outbound;
import org.jpasst.config.Translation;
import org.jpasst.flow.FlowSide;
import org.jpasst.flow.Pif;
import org.jpasst.net.IpAddress;

/**
 * How the two sides of a flow follow from each other: what an address means that the guest uses,
 * and how a peer on the host's side is presented to the guest.
 *
 * <p>Nothing here allocates but {@link #reconfigure}, which takes the rules of both families apart:
 * at start, and when the host's network has changed. Flows that were opened before keep what they
 * have.
 */
public final class AddressTranslation {
  private static final int DNS = 53;
  private static final int DNS_OVER_TLS = 853;

  private final GuestAddresses guest;
  private Family ipv4 = Family.OFF;
  private Family ipv6 = Family.OFF;
  private int linkLocalScope;
  private long broadcast4Lo;

  /** The rules of a run, over the addresses the guest is seen to have. */
  public AddressTranslation(Configuration configuration, GuestAddresses guest) {
    this.guest = guest;
    reconfigure(configuration);
  }

  /** Other rules take the place of those so far, for flows that begin from now on. */
  public void reconfigure(Configuration configuration) {
    linkLocalScope = configuration.linkLocalScope();
    broadcast4Lo =
        configuration.ipv4().map(Ipv4Settings::broadcast).orElse(IpAddress.BROADCAST4).lo();
    ipv4 =
        configuration
            .ipv4()
            .map(s -> new Family(s.translation(), s.outbound(), s.ourAddress(), IpAddress.ANY4))
            .orElse(Family.OFF);
    ipv6 =
        configuration
            .ipv6()
            .map(
                s ->
                    new Family(
                        s.translation(),
                        s.outbound(),
                        Optional.of(s.ourLinkLocal()),
                        IpAddress.ANY6))
            .orElse(Family.OFF);
  }

  /**
   * Outbound: fills the host's side of a flow that the guest opens. Our own address is the source
   * asked for, or unspecified where the kernel shall choose; our port is left zero.
   *
   * @param from the guest's side: the guest's endpoint, and the destination it used as ours
   * @param redirectDns whether DNS redirection applies: for TCP and UDP
   * @param to is filled
   */
  public void outbound(FlowSide from, boolean redirectDns, FlowSide to) {
    long hi = from.ourHi();
    long lo = from.ourLo();
    Family family = family(hi, lo);
    long toHi = hi;
    long toLo = lo;
    if (redirectDns && isDns(from.ourPort()) && family.dnsSeen.is(hi, lo)) {
      toHi = family.dnsResolver.hi;
      toLo = family.dnsResolver.lo;
    } else if (redirectDns && isDns(from.ourPort()) && family.formerDns(hi, lo) >= 0) {
      Maybe resolver = family.formerDnsResolver[family.formerDns(hi, lo)];
      toHi = resolver.hi;
      toLo = resolver.lo;
    } else if (family.hostLoopback.is(hi, lo)) {
      toHi = 0;
      toLo = family == ipv4 ? IpAddress.LOOPBACK4.lo() : IpAddress.LOOPBACK6.lo();
    } else if (family.guestAddress.is(hi, lo)) {
      toHi = family == ipv4 ? 0 : guest.assigned6().hi();
      toLo = family == ipv4 ? guest.assigned4Lo() : guest.assigned6().lo();
    }
    to.set(Pif.HOST, toHi, toLo, from.ourPort(), family.source.hi, family.source.lo, 0);
  }

  private static boolean isDns(int port) {
    return port == DNS || port == DNS_OVER_TLS;
  }

  /**
   * Inbound: fills the guest's side of a flow that a peer of the host opens.
   *
   * @param from the host's side: the peer, and our address and port that it used
   * @param targetHi first half of the rule's target address; with the second, {@code ::} where the
   *     rule has none
   * @param targetLo second half
   * @param targetPort the guest's port
   * @param to is filled
   * @return false where there is no address to present the peer as, or none of the guest is known
   */
  public boolean inbound(FlowSide from, long targetHi, long targetLo, int targetPort, FlowSide to) {
    long hi = from.endpointHi();
    long lo = from.endpointLo();
    Family family = family(hi, lo);
    long ourHi = presentedHi(family, hi, lo);
    long ourLo = presentedLo(family, hi, lo);
    if (IpAddress.isUnspecified(ourHi, ourLo)) {
      ourHi = family.ourAddress.hi;
      ourLo = family.ourAddress.lo;
      if (!family.ourAddress.present) {
        return false;
      }
    }
    long guestHi = targetHi;
    long guestLo = targetLo;
    if (targetHi == 0 && targetLo == 0) {
      if (family == ipv4) {
        guestHi = 0;
        guestLo = guest.seen4Lo();
      } else if (IpAddress.isLinkLocal(ourHi, ourLo)
          && !IpAddress.isUnspecified(guest.linkLocalHi(), guest.linkLocalLo())) {
        guestHi = guest.linkLocalHi();
        guestLo = guest.linkLocalLo();
      } else {
        guestHi = guest.seen6Hi();
        guestLo = guest.seen6Lo();
      }
    }
    to.set(Pif.GUEST, guestHi, guestLo, targetPort, ourHi, ourLo, from.endpointPort());
    return !IpAddress.isUnspecified(guestHi, guestLo);
  }

  /**
   * First half of the address that a node on the host's side, such as the reporter of an ICMP
   * error, is presented to the guest as; with the second half unspecified where the guest could
   * make nothing of it.
   */
  public long presentedHi(long hi, long lo) {
    return presentedHi(family(hi, lo), hi, lo);
  }

  /** Second half of the same. */
  public long presentedLo(long hi, long lo) {
    return presentedLo(family(hi, lo), hi, lo);
  }

  /** The interface that sockets towards this address are bound to (SO_BINDTODEVICE). */
  public Optional<String> outboundInterface(long hi, long lo) {
    return family(hi, lo).interfaceName;
  }

  /**
   * Index of the interface that link-local IPv6 addresses of the host's network are on; 0 where
   * there is none.
   */
  public int linkLocalScope() {
    return linkLocalScope;
  }

  /** Whether this is the broadcast address of the guest's IPv4 network. */
  public boolean isBroadcast(long hi, long lo) {
    return hi == 0 && lo == broadcast4Lo;
  }

  /**
   * Whether a packet of the guest's to an address leaves the guest's network by us, as by a router:
   * not what is for a neighbour, for the host or for many.
   */
  public boolean isForwarded(long hi, long lo) {
    return IpAddress.isUnicast(hi, lo) && !isBroadcast(hi, lo) && !guest.isOnLink(hi, lo);
  }

  /** How many hops of a packet's TTL are used up by us, which are a router if it is forwarded. */
  public int hopsTo(long hi, long lo) {
    return isForwarded(hi, lo) ? 1 : 0;
  }

  /** Our own address on the guest's link; unspecified where there is none. */
  public IpAddress ourAddress(boolean ofIpv4) {
    return (ofIpv4 ? ipv4 : ipv6).our;
  }

  private long presentedHi(Family family, long hi, long lo) {
    return switch (presentation(family, hi, lo)) {
      case LOOPBACK -> family.hostLoopback.hi;
      case GUEST_ADDRESS -> family.guestAddress.hi;
      case UNCHANGED -> hi;
      case NONE -> 0;
    };
  }

  private long presentedLo(Family family, long hi, long lo) {
    return switch (presentation(family, hi, lo)) {
      case LOOPBACK -> family.hostLoopback.lo;
      case GUEST_ADDRESS -> family.guestAddress.lo;
      case UNCHANGED -> lo;
      case NONE -> 0;
    };
  }

  private enum Presentation {
    LOOPBACK,
    GUEST_ADDRESS,
    UNCHANGED,
    NONE
  }

  private Presentation presentation(Family family, long hi, long lo) {
    if (hi == 0
        && (lo == IpAddress.LOOPBACK4.lo() || lo == IpAddress.LOOPBACK6.lo())
        && family.hostLoopback.present) {
      return Presentation.LOOPBACK;
    }
    if (family.guestAddress.present && guest.isAssigned(hi, lo)) {
      return Presentation.GUEST_ADDRESS;
    }
    boolean accessible =
        !IpAddress.isLoopback(hi, lo)
            && !IpAddress.isUnspecified(hi, lo)
            && !guest.isGuests(hi, lo);
    return accessible ? Presentation.UNCHANGED : Presentation.NONE;
  }

  private Family family(long hi, long lo) {
    return IpAddress.isIpv4(hi, lo) ? ipv4 : ipv6;
  }

  /** An address that may be absent, as primitives. */
  private static final class Maybe {
    private final boolean present;
    private final long hi;
    private final long lo;

    Maybe(Optional<IpAddress> address, IpAddress otherwise) {
      present = address.isPresent();
      hi = address.orElse(otherwise).hi();
      lo = address.orElse(otherwise).lo();
    }

    boolean is(long otherHi, long otherLo) {
      return present && hi == otherHi && lo == otherLo;
    }
  }

  /** The rules of one IP version. */
  private static final class Family {
    static final Family OFF =
        new Family(Translation.NONE, Outbound.UNBOUND, Optional.empty(), IpAddress.ANY6);

    private final Maybe hostLoopback;
    private final Maybe guestAddress;
    private final Maybe dnsSeen;
    private final Maybe dnsResolver;
    private final Maybe[] formerDnsSeen;
    private final Maybe[] formerDnsResolver;
    private final Maybe ourAddress;
    private final IpAddress our;
    private final Maybe source;
    private final Optional<String> interfaceName;

    Family(
        Translation translation, Outbound outbound, Optional<IpAddress> ourAddress, IpAddress any) {
      hostLoopback = new Maybe(translation.hostLoopback(), any);
      guestAddress = new Maybe(translation.guestAddress(), any);
      dnsSeen = new Maybe(translation.dns().map(DnsRedirection::seenByGuest), any);
      dnsResolver = new Maybe(translation.dns().map(DnsRedirection::resolver), any);
      formerDnsSeen = former(translation, DnsRedirection::seenByGuest);
      formerDnsResolver = former(translation, DnsRedirection::resolver);
      this.ourAddress = new Maybe(ourAddress, any);
      our = ourAddress.orElse(any);
      source = new Maybe(outbound.address(), any);
      interfaceName = outbound.interfaceName();
    }

    private static Maybe[] former(
        Translation translation, Function<DnsRedirection, IpAddress> which) {
      return translation.formerDns().stream()
          .map(each -> new Maybe(Optional.of(which.apply(each)), IpAddress.ANY6))
          .toArray(Maybe[]::new);
    }

    /** Which of the former resolvers this is, or -1. */
    int formerDns(long hi, long lo) {
      for (int i = 0; i < formerDnsSeen.length; i++) {
        if (formerDnsSeen[i].is(hi, lo)) {
          return i;
        }
      }
      return -1;
    }
  }
}
