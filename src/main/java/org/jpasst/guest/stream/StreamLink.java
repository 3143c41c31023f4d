package org.jpasst.guest.stream;

import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.jpasst.guest.BufferedSink;
import org.jpasst.guest.FrameReceiver;
import org.jpasst.guest.FrameSink;
import org.jpasst.guest.GuestLink;
import org.jpasst.guest.LinkCapabilities;
import org.jpasst.guest.LinkEnd;
import org.jpasst.guest.MigrationMeans;
import org.jpasst.guest.OutBuffer;
import org.jpasst.guest.RoomListener;
import org.jpasst.guest.TrafficKind;
import org.jpasst.linux.EpollFlag;
import org.jpasst.linux.Errno;
import org.jpasst.linux.Ioctl;
import org.jpasst.linux.MessageFlag;
import org.jpasst.linux.SocketLevel;
import org.jpasst.linux.SocketOption;
import org.jpasst.linux.Sockets;
import org.jpasst.log.Log;
import org.jpasst.loop.EventHandler;
import org.jpasst.loop.EventKey;
import org.jpasst.loop.EventKeys;
import org.jpasst.loop.EventLoop;
import org.jpasst.stats.Counter;
import org.jpasst.stats.Counters;

/**
 * The link to a guest over a connected stream socket, or to none; or to the network that a guest is
 * bridged to.
 *
 * <p>What is published goes out by one send(2) at the turn's end, or when {@link FrameSink#flush}
 * is called. What the socket doesn't take stays, in order, and until it is gone there is no room
 * for data: the socket's readiness for writing is watched only then. Of what the guest sends, one
 * buffer full is taken a turn at most, and of many short frames, or such as cost more than others,
 * a part of it.
 *
 * <p>When the guest is gone or has broken the framing, its connection is closed at the turn's end
 * and incomplete frames of both directions are forgotten; another may be attached. Its {@link
 * #onTurnEnd} is to be the last one of a turn.
 */
public final class StreamLink implements GuestLink, EventHandler {
  private static final int NONE = -1;
  private static final long IN = 1 << 20;

  /**
   * Of the socket, towards the guest; the kernel doubles it. Enough to keep the other end busy
   * while we fill the next buffer, and what is behind it waits no longer than it must: with the 8
   * MiB that the kernel would grant, acknowledgments came so late that the guest sent its segments
   * again, and memory that is no longer in the processor's cache made bytes a fifth dearer.
   */
  private static final int SEND_BUFFER = 1 << 18;

  /** A guest that sends as often as that is running, whatever may wait for it. */
  private static final long SILENCE = TimeUnit.SECONDS.toNanos(1);

  /** More than two sockets hold: at the other end is one who doesn't stand still. */
  private static final int MAX_PAUSE_BATCHES = 1024;

  private final LinkEnd end;
  private final EventLoop loop;
  private final Sockets sockets;
  private final Counters counters;
  private final Log log;
  private final BufferedSink sink;
  private final InBuffer in = new InBuffer(IN);
  private FrameReceiver receiver = FrameReceiver.NOBODY;
  private Runnable onGone = () -> {};
  private int fd = NONE;
  private final EventKeys keys;
  private int generation;
  private int interest;
  private long heardAt; // when the guest sent something last, in the loop's time
  private boolean spoken; // has sent something
  private boolean lost; // to be closed at the turn's end
  private boolean deaf; // doesn't take anything any more, but what it sent may be left to be read
  private boolean again; // complete frames are left in the buffer
  private boolean left; // so they were when the last turn ended, and are still
  private boolean paused; // isn't watched, and takes nothing

  /** A link without a guest, whose frames would go to nobody yet. */
  public StreamLink(EventLoop loop, Sockets sockets, Counters counters, Log log) {
    this(LinkEnd.GUEST, loop, sockets, counters, log);
  }

  /** The same, to anybody. */
  public StreamLink(LinkEnd end, EventLoop loop, Sockets sockets, Counters counters, Log log) {
    this.end = end;
    this.loop = loop;
    this.sockets = sockets;
    this.counters = counters;
    this.log = log;
    sink = new BufferedSink(new Socket(), end, LinkCapabilities.NONE, counters);
    keys = loop.handle(end.events(), this);
  }

  @Override
  public void deliverTo(FrameReceiver frameReceiver) {
    receiver = frameReceiver;
  }

  @Override
  public FrameSink sink() {
    return sink;
  }

  @Override
  public void onRoom(RoomListener listener) {
    sink.onRoom(listener);
  }

  @Override
  public void onGone(Runnable action) {
    onGone = action;
  }

  /** Whether there is a guest. */
  public boolean isConnected() {
    return fd != NONE && !lost && !deaf && !paused;
  }

  @Override
  public boolean isAttached() {
    return fd != NONE;
  }

  @Override
  public boolean hasSpoken() {
    return spoken;
  }

  @Override
  public int attach(int connected) {
    if (fd != NONE) {
      throw new IllegalStateException("a guest is connected already");
    }
    generation++;
    int result = paused ? 0 : watch(connected);
    if (result < 0) {
      return result;
    }
    fd = connected;
    heardAt = loop.now();
    spoken = false;
    limitBuffer();
    sink.open();
    receiver.onConnected(loop.now());
    return 0;
  }

  private int watch(int connected) {
    interest = EpollFlag.IN;
    return loop.add(connected, interest, keys.of(generation, 0));
  }

  @Override
  public boolean pause(long now) {
    if (paused) {
      return true;
    }
    if (fd != NONE) {
      int batches = 0;
      while (!lost && receive(true, now)) {
        sink.flush();
        if (++batches == MAX_PAUSE_BATCHES) {
          return false;
        }
      }
      loop.remove(fd);
    }
    paused = true;
    return true;
  }

  @Override
  public boolean isPaused() {
    return paused;
  }

  @Override
  public Set<TrafficKind> covered(MigrationMeans means) {
    return means.coverable();
  }

  @Override
  public void resume() {
    if (!paused) {
      return;
    }
    paused = false;
    sink.open();
    if (fd != NONE && watch(fd) < 0) {
      lost = true;
    }
  }

  @Override
  public void goOn() {
    if (fd != NONE && !paused && !lost) {
      updateInterest();
      left = again;
      if (left) {
        loop.again();
      }
    }
  }

  @Override
  public void onReady(int index, int eventGeneration, int events, long nowNanos) {
    if (fd == NONE
        || lost
        || paused
        || eventGeneration != (generation & EventKey.GENERATION_MASK)) {
      return;
    }
    if ((events & EpollFlag.OUT) != 0) {
      sink.onWritable();
    }
    if (again || (events & ~EpollFlag.OUT) != 0) {
      // Who is gone is told of again and again, even while nothing of theirs can be taken.
      boolean gone = (events & (EpollFlag.ERR | EpollFlag.HUP)) != 0;
      receive(gone && receiver.isBlocked(), nowNanos);
    }
  }

  @Override
  public void onFailure(int index, int eventGeneration, long nowNanos) {
    // The frames behind the one that caused it come in the next turn.
    again = true;
  }

  @Override
  public void onTurnEnd(long nowNanos) {
    boolean late = left && !lost && !paused && !receiver.isBlocked();
    if (late) {
      receive(false, nowNanos);
      loop.again(); // the receiver may have had its turn's end
    }
    sink.endTurn(nowNanos);
    if (lost) {
      detach();
    } else if (fd != NONE && !paused) {
      updateInterest();
    }
    left = again && !receiver.isBlocked();
    if (left) {
      loop.again();
    }
  }

  @Override
  public void closeLost() {
    if (lost) {
      detach();
    }
  }

  @Override
  public void close() {
    if (fd != NONE) {
      sockets.close(fd);
      fd = NONE;
    }
  }

  /** What the guest is sent goes to its socket. */
  private final class Socket implements BufferedSink.Outlet {
    @Override
    public boolean isUp() {
      return isConnected();
    }

    @Override
    public boolean send(OutBuffer out) {
      long pending = out.pending();
      int flags = MessageFlag.DONTWAIT | MessageFlag.NOSIGNAL;
      int sent = sockets.send(fd, out.memory(), out.pendingAt(), pending, flags);
      if (sent >= 0) {
        out.sent(sent);
        return sent == pending;
      }
      if (sent == -Errno.EAGAIN || sent == -Errno.ENOBUFS || sent == -Errno.EINTR) {
        return false;
      }
      log.debug("cannot send over " + end.whose() + " connection: " + Errno.name(sent));
      deaf = true;
      return true;
    }

    /**
     * A front-end whose guest has stopped leaves what comes in its socket, whose buffer has room
     * for many retransmissions all the same.
     */
    @Override
    public boolean isStalled() {
      boolean silent = loop.now() - heardAt > SILENCE;
      return silent && sockets.ioctl(fd, Ioctl.SIOCOUTQ) > 0;
    }
  }

  /** Takes what the guest has sent; false if that is nothing for now. */
  private boolean receive(boolean all, long now) {
    if (again) {
      deliver(all, now);
      return true;
    }
    int received = sockets.recv(fd, in.memory(), in.freeAt(), in.free(), MessageFlag.DONTWAIT);
    if (received > 0) {
      heardAt = now;
      spoken = true;
      in.received(received);
      deliver(all, now);
    } else if (received == 0) {
      lost = true;
    } else if (received != -Errno.EAGAIN && received != -Errno.EINTR) {
      log.info(end.whose() + " connection failed: " + Errno.name(received));
      lost = true;
    }
    return received > 0;
  }

  private void deliver(boolean all, long now) {
    left = false;
    again = true; // should the receiver throw
    long bad = in.deliver(receiver, all, now);
    again = in.hasMore();
    if (bad != InBuffer.VALID) {
      counters.increment(Counter.LINK_BAD_LENGTH);
      log.error(
          "closing " + end.whose() + " connection: it sent a frame length of " + bad + " bytes");
      lost = true;
    }
  }

  private void detach() {
    sockets.close(fd);
    fd = NONE;
    lost = false;
    deaf = false;
    again = false;
    left = false;
    in.clear();
    sink.clear();
    receiver.onDisconnected();
    onGone.run();
  }

  private void updateInterest() {
    // A writable socket makes the next turn come at once, where something is left to be sent.
    boolean waiting = sink.isWaiting();
    int wanted = (receiver.isBlocked() ? 0 : EpollFlag.IN) | (waiting ? EpollFlag.OUT : 0);
    if (wanted != interest) {
      int result = loop.modify(fd, wanted, keys.of(generation, 0));
      if (result == 0) {
        interest = wanted;
      } else {
        log.error("cannot watch " + end.whose() + " connection: " + Errno.name(result));
        lost = true;
      }
    }
  }

  private void limitBuffer() {
    int result = sockets.setsockopt(fd, SocketLevel.SOCKET, SocketOption.SO_SNDBUF, SEND_BUFFER);
    if (result < 0) {
      log.debug(
          "cannot set the size of " + end.whose() + " connection's buffer: " + Errno.name(result));
    }
  }
}
