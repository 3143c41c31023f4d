package org.jpasst.forward;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jpasst.config.Configuration;
import org.jpasst.config.Ipv4Settings;
import org.jpasst.config.Translation;
import org.jpasst.flow.FlowSide;
import org.jpasst.net.AddressSet;
import org.jpasst.net.IpAddress;
import org.jpasst.net.MacAddress;
import org.jpasst.net.Tenancy;

/**
 * Who the guest is: new inbound flows go to these addresses. At first it is who it will be told to
 * be; what its frames then tell counts by how much it proves:
 *
 * <ul>
 *   <li>A lease, an ARP or neighbour discovery message in which a node says what its own address is
 *       ({@link #claims}), and ordinary traffic from the assigned address tell until the guest says
 *       something else. Where it has the assigned address, a node with another Ethernet address is
 *       somebody else: the guest may be a bridge.
 *   <li>Ordinary traffic from any other address ({@link #uses}) tells as long as nobody has said
 *       more: guests forward packets of others, and not all are translated as they should be. Of an
 *       address in the guest's network a connection that comes about tells as well ({@link
 *       #connects}).
 *   <li>What nobody answers, such as multicast and resets, tells nothing ({@link #shows}), and
 *       neither does an address that the guest can't have.
 * </ul>
 *
 * <p>Survives the guest's disconnection, after which another guest may prove that it is there.
 */
public final class GuestAddresses {
  private final boolean hasIpv4;
  private final boolean hasIpv6;
  private final GuestStations stations = new GuestStations();
  private final StationQuestions questions = new StationQuestions();
  private final AddressTenancy tenancy4 =
      new AddressTenancy(
          this::tenant4, () -> questions.add(0, assigned4Lo(), tenant4()), this::leasedIpv4);
  private final AddressTenancy tenancy6 =
      new AddressTenancy(
          this::tenant6,
          () -> questions.add(assigned6().hi(), assigned6().lo(), tenant6()),
          this::leasedIpv6);
  private AddressSet ours;
  private long netmask4;
  private long broadcast4Lo;
  private long assigned4Lo;
  private IpAddress assigned6;
  private boolean assignedByGuest;
  private long mac = MacAddress.BROADCAST.bits();
  private boolean sawGuest4;
  private boolean sawGuest6;

  /** Whether somebody has said to have these addresses, and that one is its Ethernet address. */
  private boolean known4;

  private boolean known6;
  private boolean knownMac;
  private boolean expected;

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
    readNetwork(configuration);
  }

  private void readNetwork(Configuration configuration) {
    List<IpAddress> all = new ArrayList<>();
    configuration.ipv4().ifPresent(s -> addOurs(s.translation(), s.gateway(), all));
    configuration.ipv6().ifPresent(s -> addOurs(s.translation(), s.gateway(), all));
    configuration.ipv6().ifPresent(s -> all.add(s.ourLinkLocal()));
    ours = new AddressSet(all);
    IpAddress broadcast =
        configuration.ipv4().map(Ipv4Settings::broadcast).orElse(IpAddress.BROADCAST4);
    broadcast4Lo = broadcast.lo();
    netmask4 = configuration.ipv4().map(Ipv4Settings::netmask).orElse(-1);
  }

  private static void addOurs(
      Translation translation, Optional<IpAddress> gateway, List<IpAddress> to) {
    to.addAll(translation.addresses());
    gateway.ifPresent(to::add);
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
    readNetwork(configuration);
  }

  /** A guest has connected, the same as before or another: whoever proves to be it, is. */
  public void connected() {
    known4 = false;
    known6 = false;
    knownMac = false;
    questions.clear();
    if (!expected) {
      stations.clear();
    }
    expected = false;
  }

  /** The guest that connects next is the one of whom another host has told. */
  public void expect() {
    expected = true;
  }

  /** To be called once a second. */
  public void onTick() {
    stations.onTick();
    questions.onTick();
  }

  /** The Ethernet source of any frame, which stands in for a better one. */
  public void sawMac(long bits) {
    if (!knownMac && MacAddress.isOfOne(bits)) {
      mac = bits;
    }
  }

  /**
   * A node says that it has an address.
   *
   * @param bits its Ethernet address
   */
  public void claims(long hi, long lo, long bits) {
    boolean ipv4 = IpAddress.isIpv4(hi, lo);
    if (isAssigned(hi, lo) && bits == (ipv4 ? tenant4() : tenant6())) {
      (ipv4 ? tenancy4 : tenancy6).onHeard();
    }
    if (!learn(hi, lo, bits, GuestStations.CLAIMS)) {
      return;
    }
    if (isGuest(bits) || isAssigned(hi, lo) || isSeen(hi, lo) || !hasAssigned(ipv4)) {
      isAt(hi, lo);
      isKnown(ipv4, bits);
    }
  }

  /**
   * A packet of a kind that is answered, to a single node.
   *
   * @param hi first half of its source
   * @param lo second half
   * @param bits the Ethernet address it came from
   */
  public void uses(long hi, long lo, long bits) {
    boolean ipv4 = IpAddress.isIpv4(hi, lo);
    boolean own = isAssigned(hi, lo) || isSeen(hi, lo) && (ipv4 ? known4 : known6);
    if (!learn(hi, lo, bits, own ? GuestStations.CLAIMS : GuestStations.USES)) {
      return;
    }
    if (own) {
      isAt(hi, lo);
      isKnown(ipv4, bits);
    } else if (isGuest(bits) && !(ipv4 ? known4 : known6)) {
      isAt(hi, lo);
    }
  }

  /** Takes in who has an address; answers whether it may be more than a link-local one. */
  private boolean learn(long hi, long lo, long bits, int proof) {
    if (!isPossible(hi, lo, bits)) {
      return false;
    }
    stations.learn(hi, lo, bits, proof);
    if (IpAddress.isIpv4(hi, lo) || !IpAddress.isLinkLocal(hi, lo)) {
      return true;
    }
    hasLinkLocal(hi, lo, bits);
    return false;
  }

  /** A TCP connection that the guest opened has come about: the address receives, too. */
  public void connects(long hi, long lo) {
    if (isNear(hi, lo) && !isSeen(hi, lo) && knownMac && stations.macOf(hi, lo) == mac) {
      claims(hi, lo, mac);
    }
  }

  /**
   * The source of any other packet. It proves nothing; but nobody forwards packets of link-local
   * addresses (RFC 4291 section 2.5.6).
   */
  public void shows(long hi, long lo, long bits) {
    if (!IpAddress.isIpv4(hi, lo) && IpAddress.isLinkLocal(hi, lo) && isPossible(hi, lo, bits)) {
      hasLinkLocal(hi, lo, bits);
    }
  }

  /** Who may be given the address of a family that is assigned to the guest. */
  public Tenancy tenancy(boolean ipv4) {
    return ipv4 ? tenancy4 : tenancy6;
  }

  /** A station is about to ask for that address; a question may come of it. */
  public void contest(boolean ipv4, long bits) {
    (ipv4 ? tenancy4 : tenancy6).contest(bits);
  }

  private long tenant4() {
    return known4 && seen4Lo == assigned4Lo ? macOfTenant(0, assigned4Lo) : GuestStations.NONE;
  }

  private long tenant6() {
    return known6 && hasAssigned(false)
        ? macOfTenant(assigned6.hi(), assigned6.lo())
        : GuestStations.NONE;
  }

  private long macOfTenant(long hi, long lo) {
    long station = stations.macOf(hi, lo);
    return station == GuestStations.NONE && knownMac ? mac : station;
  }

  /** What another host has seen last; {@code ::} tells nothing. */
  public void resume(IpAddress address) {
    long hi = address.hi();
    long lo = address.lo();
    if (address.isUnspecified()) {
      return;
    }
    if (!address.isIpv4() && address.isLinkLocal()) {
      hasLinkLocal(hi, lo, mac);
    } else {
      isAt(hi, lo);
      known4 |= address.isIpv4() && isAssigned(hi, lo);
      known6 |= !address.isIpv4() && isAssigned(hi, lo);
    }
  }

  /** The Ethernet address that another host has seen last. */
  public void resume(MacAddress address) {
    mac = address.bits();
    knownMac = known4 || known6;
  }

  /** Where another host has heard a station last. */
  public void resume(IpAddress address, MacAddress station) {
    if (isPossible(address.hi(), address.lo(), station.bits())) {
      stations.learn(address.hi(), address.lo(), station.bits(), GuestStations.USES);
    }
  }

  /**
   * A guest has just been given its address by DHCP, and is about to use it.
   *
   * @param bits its Ethernet address
   */
  public void leasedIpv4(long bits) {
    if (MacAddress.isOfOne(bits)) {
      stations.learn(0, assigned4Lo, bits, GuestStations.CLAIMS);
      seen4Lo = assigned4Lo;
      isKnown(true, bits);
    }
  }

  /** The same by DHCPv6. */
  public void leasedIpv6(long bits) {
    if (!assigned6.isUnspecified() && MacAddress.isOfOne(bits)) {
      stations.learn(assigned6.hi(), assigned6.lo(), bits, GuestStations.CLAIMS);
      seen6Hi = assigned6.hi();
      seen6Lo = assigned6.lo();
      isKnown(false, bits);
    }
  }

  private boolean isPossible(long hi, long lo, long bits) {
    return MacAddress.isOfOne(bits)
        && IpAddress.isUnicast(hi, lo)
        && !IpAddress.isLoopback(hi, lo)
        && (isAssigned(hi, lo) || !ours.test(hi, lo) && !isForNobody(hi, lo));
  }

  /** An address that no host has (RFC 1122 section 3.2.1.3, RFC 1112 section 4). */
  private boolean isForNobody(long hi, long lo) {
    if (!IpAddress.isIpv4(hi, lo)) {
      return false;
    }
    int first = (int) (lo >>> 24) & 0xff;
    boolean hasBroadcast = broadcast4Lo != IpAddress.BROADCAST4.lo();
    boolean isNetwork = hasBroadcast && lo == (broadcast4Lo & (netmask4 | ~0xffff_ffffL));
    return first == 0 || first >= 240 || lo == broadcast4Lo || isNetwork;
  }

  /** Whether this is on the network that the guest is assigned an address of. */
  private boolean isNear(long hi, long lo) {
    return IpAddress.isIpv4(hi, lo)
        ? ((lo ^ assigned4Lo) & netmask4) == 0
        : hi == assigned6.hi() && !assigned6.isUnspecified();
  }

  /** Whether the guest reaches this without a router: a neighbour of its, or one of us. */
  public boolean isOnLink(long hi, long lo) {
    return isNear(hi, lo) || ours.test(hi, lo) || IpAddress.isLinkLocal(hi, lo);
  }

  /** Whether many hear what is sent there, or nobody. */
  public boolean isForMany(long hi, long lo) {
    return !IpAddress.isUnicast(hi, lo) || hi == 0 && lo == broadcast4Lo;
  }

  private boolean isGuest(long bits) {
    return !knownMac || bits == mac;
  }

  private boolean isSeen(long hi, long lo) {
    return IpAddress.isIpv4(hi, lo) ? lo == seen4Lo : hi == seen6Hi && lo == seen6Lo;
  }

  private boolean hasAssigned(boolean ipv4) {
    return ipv4 ? seen4Lo == assigned4Lo : seen6Hi == assigned6.hi() && seen6Lo == assigned6.lo();
  }

  private void isKnown(boolean ipv4, long bits) {
    known4 |= ipv4;
    known6 |= !ipv4;
    knownMac = true;
    mac = bits;
  }

  private void isAt(long hi, long lo) {
    if (IpAddress.isIpv4(hi, lo)) {
      seen4Lo = lo;
      sawGuest4 = true;
    } else {
      seen6Hi = hi;
      seen6Lo = lo;
      sawGuest6 = true;
    }
  }

  private void hasLinkLocal(long hi, long lo, long bits) {
    if (!isGuest(bits)) {
      return;
    }
    linkLocalHi = hi;
    linkLocalLo = lo;
    if (assignedByGuest && assigned6.isUnspecified()) {
      assigned6 = new IpAddress(hi, lo);
    }
    if (IpAddress.isUnspecified(seen6Hi, seen6Lo)) {
      seen6Hi = hi;
      seen6Lo = lo;
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

  /** The guest's Ethernet address, broadcast before any is known. */
  public long mac() {
    return mac;
  }

  /**
   * The Ethernet address to which packets for an address on the guest's link go: that of its
   * station, if that is known; else the guest's, which may be a router or a bridge. Then, or where
   * it wasn't heard for long, the guest's network is {@link #questions asked}.
   */
  public long macOf(long hi, long lo) {
    long station = stations.macOf(hi, lo);
    if ((station == GuestStations.NONE || !stations.isFresh(hi, lo))
        && !isGuests(hi, lo)
        && (isNear(hi, lo) || IpAddress.isLinkLocal(hi, lo))) {
      questions.add(hi, lo);
    }
    return station == GuestStations.NONE ? mac : station;
  }

  /**
   * The Ethernet address to which packets of a flow go: from which the flow was heard last, unless
   * its address has moved since.
   */
  public long stationOf(FlowSide side) {
    long station = stations.stationOf(side);
    return station == GuestStations.NONE ? macOf(side.endpointHi(), side.endpointLo()) : station;
  }

  /**
   * A packet of a flow came from a station, to which the flow's packets go from now on.
   *
   * @param bits its Ethernet address
   */
  public void heard(FlowSide side, long bits) {
    if (MacAddress.isOfOne(bits)) {
      stations.heard(side, bits);
    }
  }

  /** What is to be asked of the guest's network. */
  public StationQuestions questions() {
    return questions;
  }

  /** Whether an address is the guest's, or of another station behind the guest's link. */
  public boolean isBehindLink(long hi, long lo) {
    return isGuests(hi, lo) || stations.isClaimed(hi, lo);
  }

  /** Low half of the guest's IPv4-mapped address, as far as known. */
  public long seen4Lo() {
    return seen4Lo;
  }

  /** Low half of the IPv4-mapped address assigned to the guest. */
  public long assigned4Lo() {
    return assigned4Lo;
  }

  /** First half of the guest's address that isn't link-local; {@code ::} where there is none. */
  public long seen6Hi() {
    return seen6Hi;
  }

  /** Second half of the same. */
  public long seen6Lo() {
    return seen6Lo;
  }

  /** First half of the guest's link-local address; {@code ::} where there is none. */
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
