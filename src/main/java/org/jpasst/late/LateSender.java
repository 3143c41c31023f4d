package org.jpasst.late;

import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.jpasst.guest.GuestLink;
import org.jpasst.guest.cache.PacketCache;
import org.jpasst.linux.Errno;
import org.jpasst.linux.SocketType;
import org.jpasst.linux.Sockets;
import org.jpasst.linux.UnixConnector;
import org.jpasst.log.Log;
import org.jpasst.loop.Connections;
import org.jpasst.loop.EventKind;
import org.jpasst.loop.EventLoop;
import org.jpasst.loop.TimerWheel;
import org.jpasst.loop.TurnListener;
import org.jpasst.stats.Counter;
import org.jpasst.stats.Counters;
import org.jpasst.wire.EthernetHeader;

/**
 * The source: sends the frames that are cached after the state was saved to the target, as they
 * come. As long as the guest may go on here they stay in the cache, too.
 *
 * <p>What goes to a group reaches both hosts. It is sent until the target's own network brings it
 * there.
 */
public final class LateSender implements TurnListener, AutoCloseable {
  /** The connection to the target is ready. */
  public static final EventKind EVENTS = new EventKind("connection for late frames, to the target");

  /** For a target that says nothing more: no network takes so long to learn. */
  private static final long LONGEST = TimeUnit.SECONDS.toNanos(60);

  /** What the network has under way when the guest is announced elsewhere comes within this. */
  private static final long UNDER_WAY = TimeUnit.MILLISECONDS.toNanos(5);

  private static final int PLACE = 0;
  private static final int CAUGHT_UP = 0; // timers
  private static final int GIVING_UP = 1;

  private final Path target;
  private final PacketCache cache;
  private final GuestLink link;
  private final Sockets sockets;
  private final EventLoop loop;
  private final Counters counters;
  private final Log log;
  private final UnixConnector connector = new UnixConnector();
  private final TokenSource tokens = new TokenSource();
  private final MemorySegment buffer = SendingConnection.newBuffer();
  private final Connections<SendingConnection> connections;
  private final TimerWheel timers;
  private boolean sending;
  private boolean groups;
  private boolean gone; // the guest, for good
  private boolean vacant; // its link was closed meanwhile
  private long sent;

  /**
   * Has nothing to send yet.
   *
   * @param target socket of the target's back-end
   * @param link the guest's, to notice that there is another
   */
  public LateSender(
      Path target,
      PacketCache cache,
      GuestLink link,
      Sockets sockets,
      EventLoop loop,
      Counters counters,
      Log log) {
    this.target = target;
    this.cache = cache;
    this.link = link;
    this.sockets = sockets;
    this.loop = loop;
    this.counters = counters;
    this.log = log;
    String whom = target.toString();
    connections = new Connections<>(loop, EVENTS, 1, whom, Connections.Owner.NOBODY, log);
    timers = loop.newTimers((timer, now) -> onTimer(timer));
    loop.onTurnEnd(this);
  }

  /**
   * The guest's state is being saved, and with it all that is cached so far: sends what comes from
   * now on, if the target can be reached.
   *
   * @return what the target is to know these frames by, to be saved as well
   */
  public Token begin() {
    finish();
    gone = false;
    vacant = false;
    sent = 0;
    Token token = tokens.next();
    int fd = connector.connect(target.toString(), SocketType.STREAM | SocketType.NONBLOCK);
    if (fd < 0) {
      log.warn(
          "cannot connect to "
              + target
              + ": "
              + Errno.name(fd)
              + ": frames that come late for the guest will be lost");
      return token;
    }
    var connection = new SendingConnection(sockets, fd, buffer, token, new Target());
    if (connections.add(PLACE, fd, connection)) {
      sending = true;
      groups = true;
      cache.hold();
      cache.showTo(this::onFrame);
      timers.schedule(GIVING_UP, loop.now() + LONGEST);
    }
    return token;
  }

  private void onFrame(MemorySegment frame, long at, int length) {
    if (!groups && EthernetHeader.isToGroup(frame, at)) {
      return;
    }
    if (connections.has(PLACE) && connections.at(PLACE).add(frame, at, length)) {
      counters.increment(Counter.HANDED_ON);
      sent++;
    } else {
      counters.increment(Counter.DROP_HAND_ON);
    }
  }

  /** The guest goes on here after all, with all that is cached, unless it is gone. */
  public void cancel() {
    if (sending && !gone) {
      stop();
      hangUp();
    }
  }

  /**
   * If the guest goes on anywhere, then elsewhere. What still comes for it is sent all the same.
   */
  public void guestIsGone() {
    gone = true;
  }

  /** Sends no more. */
  public void finish() {
    if (!sending) {
      return;
    }
    stop();
    if (connections.has(PLACE)) {
      connections.at(PLACE).mark(LateProtocol.END);
      connections.at(PLACE).flush();
      connections.hangUp(PLACE);
    }
  }

  private void stop() {
    sending = false;
    timers.cancel(CAUGHT_UP);
    timers.cancel(GIVING_UP);
    cache.showTo(PacketCache.Successor.NOBODY);
    if (gone) {
      cache.clear(); // they are for another guest than the next
    }
    cache.release();
    log.info("late frames: " + sent + " sent to the target");
  }

  private void hangUp() {
    if (connections.has(PLACE)) {
      connections.hangUp(PLACE);
    }
  }

  private void onTimer(int timer) {
    if (timer == GIVING_UP) {
      finish();
    } else if (connections.has(PLACE)) {
      connections.at(PLACE).mark(LateProtocol.CAUGHT_UP);
    }
  }

  @Override
  public void onTurnEnd(long nowNanos) {
    if (!sending) {
      return;
    }
    vacant |= !link.isAttached();
    if (vacant && link.isAttached() && link.hasSpoken()) {
      finish(); // that is another guest
    } else if (connections.has(PLACE)) {
      flush();
    }
  }

  private void flush() {
    if (connections.at(PLACE).flush()) {
      connections.update(PLACE);
    } else {
      connections.hangUp(PLACE);
    }
  }

  private final class Target implements SendingConnection.Owner {
    @Override
    public boolean onAnswer(byte answer) {
      switch (answer) {
        case LateProtocol.LISTENING -> groups = false;
        case LateProtocol.RUNNING -> timers.schedule(CAUGHT_UP, loop.now() + UNDER_WAY);
        default -> {
          return false;
        }
      }
      return true;
    }

    /** The target has had enough, or is gone. */
    @Override
    public void onEnd() {
      if (sending) {
        stop();
      }
    }
  }

  @Override
  public void close() {
    sending = false;
    connections.close();
    tokens.close();
  }
}
