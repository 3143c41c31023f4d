package org.jpasst.migrate;

import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jpasst.flow.Flow;
import org.jpasst.flow.FlowTable;
import org.jpasst.forward.GuestAddresses;
import org.jpasst.guest.GuestLink;
import org.jpasst.guest.TrafficKind;
import org.jpasst.migrate.stream.StationRecord;
import org.jpasst.migrate.stream.Stations;
import org.jpasst.net.IpAddress;
import org.jpasst.net.MacAddress;

/**
 * Which stations besides the guest have flows, and where: the target sends them something before
 * they have said a word there. Others are found again as they were found here.
 */
final class StationStage implements SectionStage<Stations> {
  private final GuestAddresses guest;
  private final FlowTable flows;
  private final GuestLink link;

  StationStage(GuestAddresses guest, FlowTable flows, GuestLink link) {
    this.guest = guest;
    this.flows = flows;
    this.link = link;
  }

  @Override
  public boolean moves(Set<TrafficKind> covered) {
    return true;
  }

  @Override
  public Stations save(long now) {
    Map<IpAddress, MacAddress> stations = new TreeMap<>();
    for (int i = 0; i < flows.capacity(); i++) {
      Flow flow = flows.flow(i);
      if (flow.live()) {
        long mac = guest.stationOf(flow.guest());
        if (mac != guest.mac()) {
          var address = new IpAddress(flow.guest().endpointHi(), flow.guest().endpointLo());
          stations.put(address, new MacAddress(mac));
        }
      }
    }
    return new Stations(
        stations.entrySet().stream()
            .map(each -> new StationRecord(each.getKey(), each.getValue()))
            .toList());
  }

  @Override
  public String load(Stations section, long now) {
    for (StationRecord each : section.stations()) {
      guest.resume(each.address(), each.mac());
    }
    if (!link.isAttached()) {
      guest.expect();
    }
    return "stations besides the guest: " + section.stations().size();
  }

  @Override
  public void forget() {
    // What they have is other stages'.
  }
}
