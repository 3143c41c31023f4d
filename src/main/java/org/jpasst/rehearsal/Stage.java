package org.jpasst.rehearsal;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.util.Optional;
import org.jpasst.config.Configuration;
import org.jpasst.guest.cache.CachePolicy;
import org.jpasst.guest.cache.PacketCache;
import org.jpasst.linux.Sockets;
import org.jpasst.log.Log;
import org.jpasst.loop.EventLoop;
import org.jpasst.migrate.Migration;
import org.jpasst.migrate.Preparation;
import org.jpasst.migrate.repair.RepairAccess;
import org.jpasst.proto.tcp.TcpMigration;
import org.jpasst.stack.NetStack;
import org.jpasst.stats.Counters;

/** A back-end's parts that move, made once more, with nobody on either side. */
final class Stage implements AutoCloseable {
  private final EventLoop loop;
  private final NetStack stack;
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
    stack = RehearsedStack.make(configuration, sockets, loop, link.sink(), counters);
    var cache = new PacketCache(link, link.sink(), CachePolicy.never(), 0, loop::now, counters);
    migration =
        new Migration(
            stack.state(link, cache),
            sockets,
            new RepairAccess(sockets, Optional.empty()),
            () -> 0,
            true,
            loop::now,
            Preparation.NONE,
            log);
    loop.onTurnEnd(stack);
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
      TcpMigration tcp = stack.tcp().migration();
      tcp.forget(tcp.pause());
      loop.turn(0);
    }
  }

  @Override
  public void close() {
    loop.close();
  }
}
