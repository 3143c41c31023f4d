package org.jpasst.rehearsal;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.util.Optional;
import org.jpasst.config.Configuration;
import org.jpasst.flow.FlowTable;
import org.jpasst.flow.SipHash;
import org.jpasst.forward.AddressTranslation;
import org.jpasst.forward.GuestAddresses;
import org.jpasst.forward.Neighbours;
import org.jpasst.guest.cache.CachePolicy;
import org.jpasst.guest.cache.PacketCache;
import org.jpasst.linux.Sockets;
import org.jpasst.log.Log;
import org.jpasst.loop.EventLoop;
import org.jpasst.migrate.GuestState;
import org.jpasst.migrate.Migration;
import org.jpasst.migrate.Preparation;
import org.jpasst.migrate.repair.RepairAccess;
import org.jpasst.proto.DescriptorReserve;
import org.jpasst.proto.Environment;
import org.jpasst.proto.icmp.IcmpErrorWriter;
import org.jpasst.proto.icmp.Ping;
import org.jpasst.proto.tcp.Tcp;
import org.jpasst.proto.tcp.TcpListeners;
import org.jpasst.proto.tcp.TcpMigration;
import org.jpasst.proto.udp.Udp;
import org.jpasst.proto.udp.UdpTimeouts;
import org.jpasst.stats.Counters;

/** A back-end's parts that move, made once more, with nobody on either side. */
final class Stage implements AutoCloseable {
  private final EventLoop loop;
  private final TcpMigration tcp;
  private final Migration migration;

  /**
   * Makes them.
   *
   * @throws IOException if the process is out of descriptors
   */
  Stage(Configuration configuration, Sockets sockets) throws IOException {
    Log log = Log.none();
    var counters = new Counters();
    var link = new NoGuest();
    loop = new EventLoop(System::nanoTime, counters, log);
    var flows = new FlowTable(new SipHash(0, 0)); // nobody attacks it
    var guest = new GuestAddresses(configuration);
    var translation = new AddressTranslation(configuration, guest);
    var neighbours = new Neighbours(configuration);
    var environment =
        new Environment(
            sockets,
            loop,
            configuration,
            flows,
            DescriptorReserve.none(),
            translation,
            guest,
            neighbours,
            link.sink(),
            counters,
            log);
    var icmp = new IcmpErrorWriter(link.sink(), guest, translation, neighbours);
    var all = new Tcp(environment, icmp);
    tcp = all.migration();
    var state =
        new GuestState(
            link,
            guest,
            tcp,
            new TcpListeners(sockets, loop, link.sink(), all, log),
            new Udp(environment, icmp, UdpTimeouts.DEFAULT).migration(),
            new Ping(environment, icmp).migration(),
            new PacketCache(link, link.sink(), CachePolicy.never(), 0, loop::now, counters));
    migration =
        new Migration(
            state,
            sockets,
            new RepairAccess(sockets, Optional.empty()),
            () -> 0,
            true,
            loop::now,
            Preparation.NONE,
            log);
    loop.onTurnEnd(now -> flows.reclaim());
  }

  /**
   * Loads a state, saves it again, lets it go on, and forgets it.
   *
   * @param saved gets what is saved
   */
  void play(byte[] state, OutputStream saved) throws IOException {
    try {
      migration.load(Channels.newChannel(new ByteArrayInputStream(state)));
      migration.save(Channels.newChannel(saved));
      migration.resume();
    } finally {
      tcp.forget(tcp.pause());
      loop.turn(0);
    }
  }

  @Override
  public void close() {
    loop.close();
  }
}
