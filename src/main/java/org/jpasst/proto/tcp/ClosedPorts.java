package org.jpasst.proto.tcp;

import java.util.ArrayDeque;
import java.util.concurrent.TimeUnit;
import org.jpasst.config.Configuration;
import org.jpasst.config.ForwardClosed;
import org.jpasst.flow.FlowSide;
import org.jpasst.guest.FrameSink;
import org.jpasst.linux.Errno;
import org.jpasst.log.Log;
import org.jpasst.log.LogLevel;
import org.jpasst.proto.Environment;
import org.jpasst.proto.listen.ListeningSockets;
import org.jpasst.proto.tcp.PortQuestions.Answer;
import org.jpasst.proto.tcp.PortQuestions.Outcome;
import org.jpasst.wire.TcpHeader;

/**
 * Has the host refuse connections at ports where the guest refuses them, so that who looks at them
 * from outside sees what is true. Does nothing unless {@link ForwardClosed#REFUSE} is asked for.
 *
 * <p>A guest that has refused a peer's connection is asked itself, over each IP version that the
 * port is listened at: it may serve the other one, or reject this peer only. The port closes when
 * it refuses all of these, and is listened at again when it takes one. As nobody can be heard who
 * connects to a closed port, it is asked from time to time whether anybody waits or not: at most
 * once a second, and the less often the longer the port has been closed.
 */
final class ClosedPorts {
  /** Least time between two questions about one port, nanoseconds. */
  static final long SHORTEST = TimeUnit.SECONDS.toNanos(1);

  /** Most time. */
  static final long LONGEST = TimeUnit.SECONDS.toNanos(30);

  /** A port that was closed for some time is found to be open after this part more of it. */
  private static final int PART = 8;

  private final PortQuestions questions;
  private final FrameSink sink;
  private final Log log;
  private final boolean refuse;
  private final boolean ipv4;
  private final boolean ipv6;

  /** Those that refuse, in the order in which the guest is asked about them. */
  private final ArrayDeque<TcpListener> refusing = new ArrayDeque<>();

  private boolean frozen;

  ClosedPorts(Environment environment, TcpOutput output) {
    Configuration configuration = environment.configuration();
    questions = new PortQuestions(environment, output);
    sink = environment.sink();
    log = environment.log();
    refuse = configuration.forwardClosed() == ForwardClosed.REFUSE;
    ipv4 = configuration.ipv4().isPresent();
    ipv6 = configuration.ipv6().isPresent();
  }

  /** The guest has refused a peer's connection, by RST or ICMP. */
  void onRefused(TcpConnection c, long now) {
    TcpListener port = c.listener;
    if (refuse
        && port != null
        && !port.closed
        && !port.socket.isRefusing()
        && now - port.askedAt >= SHORTEST) {
      ask(port, now);
    }
  }

  /** Whether a segment of no connection is the guest's answer to a question. */
  Answer takeSegment(FlowSide side, int flags, int acknowledgment, long now) {
    return take(side, flags, acknowledgment - 1, now);
  }

  /** The guest says by ICMP that a SYN was rejected; whether it was a question. */
  boolean takeError(FlowSide side, int sequence, long now) {
    return take(side, TcpHeader.RST, sequence, now) != Answer.NONE;
  }

  private Answer take(FlowSide side, int flags, int acknowledged, long now) {
    Answer answer = refuse ? questions.take(side, flags, acknowledged) : Answer.NONE;
    if (answer == Answer.NONE || frozen || questions.answered().closed) {
      return answer;
    }
    TcpListener port = questions.answered();
    if (answer == Answer.TAKEN) {
      port.unanswered = 0;
      listen(port);
    } else if (--port.unanswered == 0 && !port.socket.isRefusing()) {
      port.socket.refuse();
      port.refusingSince = now;
      refusing.add(port);
    }
    return answer;
  }

  private void ask(TcpListener port, long now) {
    port.askedAt = now;
    port.unanswered = 0;
    if (ipv4 && isListenedAt(port, true)) {
      ask(port, true, now);
    }
    if (ipv6 && isListenedAt(port, false)) {
      ask(port, false, now);
    }
  }

  private static boolean isListenedAt(TcpListener port, boolean overIpv4) {
    return port.rule.bind().map(at -> at.isIpv4() == overIpv4).orElse(true);
  }

  /** What couldn't be asked isn't known: then the port doesn't close. */
  private void ask(TcpListener port, boolean overIpv4, long now) {
    Outcome outcome = questions.ask(port, overIpv4, now);
    port.unanswered += outcome == Outcome.NOBODY ? 0 : 1;
  }

  private void listen(TcpListener port) {
    if (!port.socket.isRefusing()) {
      return;
    }
    int result = port.socket.listen(ListeningSockets.BACKLOG);
    if (result < 0) {
      log.limited(
          LogLevel.WARNING,
          "listen",
          "cannot listen at TCP port " + port.port + " again: " + Errno.name(-result));
    } else {
      refusing.remove(port);
    }
  }

  /** Once a second: asks about ports whose time has come. */
  void onTick(long now) {
    if (frozen || sink.isStalled()) {
      return;
    }
    // Where there is no room for more, the next second goes on with those that are left.
    int left = refusing.size();
    for (; left > 0 && sink.hasRoom() && questions.hasRoom(now); left--) {
      TcpListener port = refusing.removeFirst();
      refusing.addLast(port);
      long interval = Math.clamp((now - port.refusingSince) / PART, SHORTEST, LONGEST);
      if (now - port.askedAt >= interval) {
        ask(port, now);
      }
    }
  }

  /** A port goes to another place of the guest's: what is known of the former doesn't count. */
  void moved(TcpListener port) {
    port.unanswered = 0;
    listen(port);
  }

  /** A port isn't forwarded any more. */
  void forget(TcpListener port) {
    if (port.socket.isRefusing()) {
      refusing.remove(port);
    }
  }

  /** Nothing changes and nobody is asked while connections are being moved. */
  void setFrozen(boolean is) {
    frozen = is;
  }
}
