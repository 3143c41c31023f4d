package org.jpasst.migrate;

import java.io.IOException;
import java.util.Set;
import org.jpasst.forward.GuestAddresses;
import org.jpasst.guest.TrafficKind;
import org.jpasst.migrate.stream.ObservedAddresses;
import org.jpasst.migrate.stream.StreamReader;
import org.jpasst.migrate.stream.StreamWriter;
import org.jpasst.net.IpAddress;
import org.jpasst.net.MacAddress;

/** The addresses that the guest is known by, so that the target's first packet finds it. */
final class AddressStage implements Stage {
  private final GuestAddresses guest;

  AddressStage(GuestAddresses guest) {
    this.guest = guest;
  }

  @Override
  public String title() {
    return "observed addresses";
  }

  @Override
  public void save(Set<TrafficKind> covered, StreamWriter to) throws IOException {
    to.addresses(
        new ObservedAddresses(
            new IpAddress(guest.seen6Hi(), guest.seen6Lo()),
            new IpAddress(guest.linkLocalHi(), guest.linkLocalLo()),
            new IpAddress(0, guest.seen4Lo()),
            new MacAddress(guest.mac())));
  }

  @Override
  public void load(StreamReader from) throws IOException {
    ObservedAddresses seen = from.addresses();
    // The order matters: without another address, a link-local one stands in for it.
    ObservedAddresses.usable(seen.linkLocal()).ifPresent(guest::resume);
    ObservedAddresses.usable(seen.ipv6()).ifPresent(guest::resume);
    ObservedAddresses.usable(seen.ipv4()).ifPresent(guest::resume);
    seen.usableMac().ifPresent(guest::resume);
  }
}
