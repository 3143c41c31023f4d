package org.jpasst.proto;

import org.jpasst.config.Configuration;
import org.jpasst.flow.FlowTable;
import org.jpasst.forward.AddressTranslation;
import org.jpasst.forward.GuestAddresses;
import org.jpasst.guest.FrameSink;
import org.jpasst.linux.Sockets;
import org.jpasst.log.Log;
import org.jpasst.log.LogLevel;
import org.jpasst.loop.EventLoop;
import org.jpasst.net.MacLookup;
import org.jpasst.stats.Counter;
import org.jpasst.stats.Counters;

/**
 * What every protocol with sockets works with. All of it belongs to the loop's thread and outlives
 * the protocols.
 *
 * @param sockets the host's sockets
 * @param loop tells readiness and runs timers
 * @param configuration the run's settings
 * @param flows the flow table, shared by all
 * @param descriptors which sockets flows may have
 * @param translation how addresses are translated
 * @param guest who the guest is
 * @param macs whom the guest sees frames come from
 * @param sink where frames for the guest go
 * @param counters the run's counters
 * @param log the run's messages
 */
public record Environment(
    Sockets sockets,
    EventLoop loop,
    Configuration configuration,
    FlowTable flows,
    DescriptorReserve descriptors,
    AddressTranslation translation,
    GuestAddresses guest,
    MacLookup macs,
    FrameSink sink,
    Counters counters,
    Log log) {
  private static final String FULL_TABLE = "flows";

  /** Ethernet's (RFC 894), which the device of a guest has that is told none. */
  private static final int ETHERNET_MTU = 1500;

  /** The longest packet that the guest's link takes, as far as is known. */
  public int linkMtu() {
    return configuration.mtu() == 0 ? ETHERNET_MTU : configuration.mtu();
  }

  /** A flow can't begin, since there are as many as there can be: counts that, and tells it. */
  public void refuseForFullTable() {
    counters.increment(Counter.DROP_TABLE_FULL);
    if (log.allows(LogLevel.WARNING, FULL_TABLE)) {
      log.limited(
          LogLevel.WARNING,
          FULL_TABLE,
          "there are " + FlowTable.LIMIT + " flows: new ones are refused until others end");
    }
  }

  /** The same, with frames for the guest going elsewhere. */
  public Environment withSink(FrameSink other) {
    return new Environment(
        sockets,
        loop,
        configuration,
        flows,
        descriptors,
        translation,
        guest,
        macs,
        other,
        counters,
        log);
  }
}
