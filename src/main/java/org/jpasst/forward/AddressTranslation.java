package org.jpasst.forward;

import java.util.Optional;
import org.jpasst.config.Configuration;
import org.jpasst.config.DnsRedirection;
import org.jpasst.config.Outbound;
import org.jpasst.config.Translation;
import org.jpasst.flow.FlowSide;
import org.jpasst.flow.Pif;
import org.jpasst.net.IpAddress;

/**
 * How the two sides of a flow follow from each other: what an address means that the guest uses,
 * and how a peer on the host's side is presented to the guest.
 *
 * <p>Nothing here allocates: the rules of both families are taken apart once, at start.
 */
public final class AddressTranslation {
  private static final int DNS = 53;
  private static final int DNS_OVER_TLS = 853;

  private final Family ipv4;
  private final Family ipv6;
  private final GuestAddresses guest;

  /** The rules of a run, over the addresses the guest is seen to have. */
  public AddressTranslation(Configuration configuration, GuestAddresses guest) {
    this.guest = guest;
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
    if (redirectDns
        && (from.ourPort() == DNS || from.ourPort() == DNS_OVER_TLS)
        && family.dnsSeen.is(hi, lo)) {
      toHi = family.dnsResolver.hi;
      toLo = family.dnsResolver.lo;
    } else if (family.hostLoopback.is(hi, lo)) {
      toHi = 0;
      toLo = family == ipv4 ? IpAddress.LOOPBACK4.lo() : IpAddress.LOOPBACK6.lo();
    } else if (family.guestAddress.is(hi, lo)) {
      toHi = family == ipv4 ? 0 : guest.assigned6().hi();
      toLo = family == ipv4 ? guest.assigned4Lo() : guest.assigned6().lo();
    }
    to.set(Pif.HOST, toHi, toLo, from.ourPort(), family.source.hi, family.source.lo, 0);
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
    private final Maybe ourAddress;
    private final Maybe source;
    private final Optional<String> interfaceName;

    Family(
        Translation translation, Outbound outbound, Optional<IpAddress> ourAddress, IpAddress any) {
      hostLoopback = new Maybe(translation.hostLoopback(), any);
      guestAddress = new Maybe(translation.guestAddress(), any);
      dnsSeen = new Maybe(translation.dns().map(DnsRedirection::seenByGuest), any);
      dnsResolver = new Maybe(translation.dns().map(DnsRedirection::resolver), any);
      this.ourAddress = new Maybe(ourAddress, any);
      source = new Maybe(outbound.address(), any);
      interfaceName = outbound.interfaceName();
    }
  }
}
