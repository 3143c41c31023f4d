package org.jpasst.rehearsal;

import org.jpasst.config.Configuration;
import org.jpasst.flow.SipHash;
import org.jpasst.guest.FrameSink;
import org.jpasst.linux.Sockets;
import org.jpasst.log.Log;
import org.jpasst.loop.EventLoop;
import org.jpasst.proto.DescriptorReserve;
import org.jpasst.proto.udp.UdpTimeouts;
import org.jpasst.stack.NetStack;
import org.jpasst.stack.StackContext;
import org.jpasst.stats.Counters;

/** The stack of a guest that doesn't exist: the real one, that says nothing. */
final class RehearsedStack {
  private RehearsedStack() {}

  /** Makes one. */
  static NetStack make(
      Configuration configuration,
      Sockets sockets,
      EventLoop loop,
      FrameSink sink,
      Counters counters) {
    return new NetStack(
        new StackContext(
            configuration,
            sockets,
            loop,
            kind -> sink,
            new SipHash(0, 0), // nobody attacks it
            DescriptorReserve.none(),
            UdpTimeouts.DEFAULT,
            counters,
            Log.none()));
  }
}
