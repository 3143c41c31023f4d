package org.jpasst.forward;

import java.util.Optional;
import org.jpasst.config.Configuration;
import org.jpasst.config.Ipv4Settings;
import org.jpasst.net.IpAddress;
import org.jpasst.net.MacAddress;

/**
 * Who the guest is, as far as its frames have told: new inbound flows go to the addresses seen
 * last. Survives the guest's disconnection.
 */
public final class GuestAddresses {
  private final boolean hasIpv4;
  private final boolean hasIpv6;
  private long assigned4Lo;
  private IpAddress assigned6;
  private boolean assignedByGuest;
  private long mac = MacAddress.BROADCAST.bits();
  private long former4Lo;
  private boolean sawGuest4;
  private boolean sawGuest6;
  private long seen4Lo;
  private long seen6Hi;
  private long seen6Lo;
  private long linkLocalHi;
  private long linkLocalLo;

  /** Starts with what will be assigned to the guest. */
  public GuestAddresses(Configuration configuration) {
    IpAddress assigned4 = configuration.ipv4().map(Ipv4Settings::assigned).orElse(IpAddress.ANY4);
    hasIpv4 = configuration.ipv4().isPresent();
    hasIpv6 = configuration.ipv6().isPresent();
    assigned4Lo = assigned4.lo();
    seen4Lo = assigned4Lo;
    assigned6 = configuration.ipv6().flatMap(s -> s.assigned()).orElse(IpAddress.ANY6);
    assignedByGuest = assigned6.isUnspecified();
    seen6Hi = assigned6.hi();
    seen6Lo = assigned6.lo();
  }

  /**
   * Other addresses will be assigned from now on. A guest that was never seen, or of which only a
   * former assignment is known, is looked for at the new ones as soon as it was told of them.
   */
  public void reconfigure(Configuration configuration) {
    IpAddress next4 = configuration.ipv4().map(Ipv4Settings::assigned).orElse(IpAddress.ANY4);
    if (next4.lo() != assigned4Lo) {
      if (!sawGuest4) {
        seen4Lo = next4.lo();
      }
      former4Lo = assigned4Lo;
      assigned4Lo = next4.lo();
    }
    Optional<IpAddress> next6 = configuration.ipv6().flatMap(s -> s.assigned());
    if (next6.isPresent() && !next6.get().equals(assigned6)) {
      if (!sawGuest6) {
        seen6Hi = next6.get().hi();
        seen6Lo = next6.get().lo();
      }
      assigned6 = next6.get();
      assignedByGuest = false;
    }
  }

  /**
   * Learns the Ethernet source of a frame.
   *
   * @return whether it is a new one
   */
  public boolean sawMac(long bits) {
    boolean changed = bits != mac;
    mac = bits;
    return changed;
  }

  /** Learns the source of a well-formed IPv4 packet; 0.0.0.0 tells nothing. */
  public void sawIpv4(long lo) {
    if (!IpAddress.isUnspecified(0, lo)) {
      seen4Lo = lo;
      sawGuest4 = true;
    }
  }

  /** Learns the source of a well-formed IPv6 packet; {@code ::} tells nothing. */
  public void sawIpv6(long hi, long lo) {
    if (IpAddress.isUnspecified(hi, lo)) {
      return;
    }
    if (IpAddress.isLinkLocal(hi, lo)) {
      linkLocalHi = hi;
      linkLocalLo = lo;
      if (assignedByGuest && assigned6.isUnspecified()) {
        assigned6 = new IpAddress(hi, lo);
      }
      if (IpAddress.isUnspecified(seen6Hi, seen6Lo)) {
        seen6Hi = hi;
        seen6Lo = lo;
      }
    } else {
      seen6Hi = hi;
      seen6Lo = lo;
      sawGuest6 = true;
    }
  }

  /**
   * The guest has just been given its address by DHCP. If it was still known by the former one, it
   * is about to use this.
   */
  public void leasedIpv4() {
    if (seen4Lo == former4Lo) {
      seen4Lo = assigned4Lo;
    }
  }

  /** The guest has just been given its address by DHCPv6, and is about to use it. */
  public void leasedIpv6() {
    if (!assigned6.isUnspecified()) {
      seen6Hi = assigned6.hi();
      seen6Lo = assigned6.lo();
    }
  }

  /** Whether the guest may use IPv4. */
  public boolean hasIpv4() {
    return hasIpv4;
  }

  /** Whether the guest may use IPv6. */
  public boolean hasIpv6() {
    return hasIpv6;
  }

  /** The Ethernet address seen last, broadcast before any. */
  public long mac() {
    return mac;
  }

  /** Low half of the IPv4-mapped address seen last. */
  public long seen4Lo() {
    return seen4Lo;
  }

  /** Low half of the IPv4-mapped address assigned to the guest. */
  public long assigned4Lo() {
    return assigned4Lo;
  }

  /** First half of the address seen last that isn't link-local; {@code ::} where there is none. */
  public long seen6Hi() {
    return seen6Hi;
  }

  /** Second half of the same. */
  public long seen6Lo() {
    return seen6Lo;
  }

  /** First half of the link-local address seen last; {@code ::} where there is none. */
  public long linkLocalHi() {
    return linkLocalHi;
  }

  /** Second half of the same. */
  public long linkLocalLo() {
    return linkLocalLo;
  }

  /** Whether this is the address assigned to the guest. */
  public boolean isAssigned(long hi, long lo) {
    return IpAddress.isIpv4(hi, lo)
        ? hasIpv4 && lo == assigned4Lo
        : hi == assigned6.hi() && lo == assigned6.lo() && !assigned6.isUnspecified();
  }

  /** Whether this is one of the addresses the guest is known by. */
  public boolean isGuests(long hi, long lo) {
    if (IpAddress.isIpv4(hi, lo)) {
      return hasIpv4 && (lo == assigned4Lo || lo == seen4Lo);
    }
    return isAssigned(hi, lo)
        || (hi == seen6Hi && lo == seen6Lo)
        || (hi == linkLocalHi && lo == linkLocalLo);
  }

  /** The IPv6 address assigned, or in local mode the guest's first; {@code ::} before that. */
  public IpAddress assigned6() {
    return assigned6;
  }
}
