package org.jpasst.migrate;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jpasst.bridge.HeardAddresses;
import org.jpasst.guest.TrafficKind;
import org.jpasst.migrate.stream.NeighbourRecord;
import org.jpasst.migrate.stream.Neighbours;
import org.jpasst.net.IpAddress;
import org.jpasst.net.MacAddress;

/** By which addresses a bridged guest is known, so that the target can tell where they are now. */
final class NeighbourStage implements SectionStage<Neighbours> {
  private final HeardAddresses guest;

  NeighbourStage(HeardAddresses guest) {
    this.guest = guest;
  }

  @Override
  public boolean moves(Set<TrafficKind> covered) {
    return true;
  }

  @Override
  public Neighbours save(long now) {
    List<NeighbourRecord> known = new ArrayList<>();
    guest.visit(
        now,
        (mac, hi, lo, router) ->
            known.add(new NeighbourRecord(new MacAddress(mac), new IpAddress(hi, lo), router)));
    return new Neighbours(known);
  }

  /** Whatever was known before was another guest's, or this one's before it went elsewhere. */
  @Override
  public String load(Neighbours section, long now) {
    guest.clear();
    for (NeighbourRecord each : section.addresses()) {
      IpAddress address = each.address();
      guest.resume(each.mac().bits(), address.hi(), address.lo(), each.router(), now);
    }
    return "addresses of the guest: " + section.addresses().size();
  }

  @Override
  public void forget() {
    // They are no sockets.
  }
}
