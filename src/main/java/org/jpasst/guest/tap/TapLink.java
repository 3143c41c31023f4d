package org.jpasst.guest.tap;

import java.lang.foreign.MemorySegment;
import java.util.Set;
import org.jpasst.guest.BufferedSink;
import org.jpasst.guest.Frame;
import org.jpasst.guest.FrameLength;
import org.jpasst.guest.FramePieces;
import org.jpasst.guest.FrameReceiver;
import org.jpasst.guest.FrameSink;
import org.jpasst.guest.GuestLink;
import org.jpasst.guest.MigrationMeans;
import org.jpasst.guest.OutBuffer;
import org.jpasst.guest.RoomListener;
import org.jpasst.guest.TrafficKind;
import org.jpasst.linux.EpollFlag;
import org.jpasst.linux.Errno;
import org.jpasst.linux.FileDescriptors;
import org.jpasst.linux.ZeroPages;
import org.jpasst.log.Log;
import org.jpasst.loop.EventHandler;
import org.jpasst.loop.EventKey;
import org.jpasst.loop.EventKeys;
import org.jpasst.loop.EventLoop;
import org.jpasst.stats.Counter;
import org.jpasst.stats.Counters;

/**
 * The link to a guest behind a TAP device, or to none.
 *
 * <p>Frames are read one by one, as many as there are but no more than a batch in a turn, and stay
 * where they were read to until the batch ends. What is published is written frame by frame at the
 * turn's end, or when {@link FrameSink#flush} is called.
 *
 * <p>While the interface is down nobody is there to take frames: those on their way are dropped,
 * and there is no room for others. The kernel tells that it is up by the device being writable, so
 * readiness for writing is watched then, as it is at first. A device that was deleted is a guest
 * that is gone. Its {@link #onTurnEnd} is to be the last one of a turn.
 */
public final class TapLink implements GuestLink, EventHandler {
  private static final int NONE = -1;
  private static final long IN = 1 << 20;

  /** Frames of a turn: what comes of them for one connection goes to its socket by one call. */
  private static final int BATCH = 64;

  /** Frames begin at multiples of a cache line. */
  private static final int ALIGNMENT = 64;

  /** More than a device queues: behind it is a guest that doesn't stand still. */
  private static final int MAX_PAUSE_BATCHES = 1024;

  private final EventLoop loop;
  private final Counters counters;
  private final Log log;
  private final BufferedSink sink;
  private final MemorySegment in = ZeroPages.map(IN);
  private final Frame frame = new Frame(new FramePieces(0));
  private FrameReceiver receiver = FrameReceiver.NOBODY;
  private Runnable onGone = () -> {};
  private int fd = NONE;
  private final EventKeys keys;
  private int generation;
  private int interest;
  private boolean lost; // to be closed at the turn's end
  private boolean down; // the interface is, as far as is known
  private boolean paused; // isn't watched, and takes nothing

  /** A link without a guest, whose frames would go to nobody yet. */
  public TapLink(EventLoop loop, Counters counters, Log log) {
    this.loop = loop;
    this.counters = counters;
    this.log = log;
    sink = new BufferedSink(new Device(), counters);
    keys = loop.handle(EVENTS, this);
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

  @Override
  public boolean isAttached() {
    return fd != NONE;
  }

  /**
   * Takes over a TAP device's descriptor that doesn't block ({@link TapDevice}), which this closes
   * from now on.
   */
  @Override
  public int attach(int device) {
    if (fd != NONE) {
      throw new IllegalStateException("there is a device already");
    }
    generation++;
    int result = paused ? 0 : watch(device);
    if (result < 0) {
      return result;
    }
    fd = device;
    down = true;
    sink.open();
    receiver.onConnected(loop.now());
    return 0;
  }

  private int watch(int device) {
    interest = EpollFlag.IN | EpollFlag.OUT;
    return loop.add(device, interest, key());
  }

  private long key() {
    return keys.of(generation, 0);
  }

  @Override
  public boolean pause(long now) {
    if (paused) {
      return true;
    }
    if (fd != NONE) {
      int batches = 0;
      while (!lost && receive(now)) {
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

  /** A device is all there is: whoever moves the guest behind it knows nothing of a state. */
  @Override
  public Set<TrafficKind> covered(MigrationMeans means) {
    return Set.of(TrafficKind.ADDRESSES);
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
  public void onReady(int index, int eventGeneration, int events, long nowNanos) {
    if (fd == NONE
        || lost
        || paused
        || eventGeneration != (generation & EventKey.GENERATION_MASK)) {
      return;
    }
    if ((events & (EpollFlag.ERR | EpollFlag.HUP)) != 0) {
      lost = true; // tun_chr_poll() of the kernel: the device isn't registered any more
      return;
    }
    if ((events & EpollFlag.OUT) != 0) {
      down = false;
      sink.onWritable();
    }
    if ((events & EpollFlag.IN) != 0) {
      receive(nowNanos);
    }
  }

  @Override
  public void onTurnEnd(long nowNanos) {
    sink.endTurn(nowNanos);
    if (lost) {
      detach();
    } else if (fd != NONE && !paused) {
      updateInterest();
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
      FileDescriptors.close(fd);
      fd = NONE;
    }
  }

  /** What the guest is sent is written to the device, frame by frame. */
  private final class Device implements BufferedSink.Outlet {
    @Override
    public boolean isUp() {
      return fd != NONE && !lost && !paused && !down;
    }

    @Override
    public boolean send(OutBuffer out) {
      boolean taking = true;
      while (taking && out.pending() > 0 && isUp()) {
        int result = FileDescriptors.write(fd, out.memory(), out.frameAt(), out.frameLength());
        if (result >= 0) {
          out.frameSent();
        } else {
          taking = notTaken(out, result);
        }
      }
      return taking;
    }

    /** What tun_get_user() of the kernel answers instead of taking a frame. */
    private boolean notTaken(OutBuffer out, int error) {
      switch (-error) {
        case Errno.EAGAIN, Errno.ENOBUFS, Errno.EINTR -> {
          return false;
        }
        case Errno.EBADFD, Errno.ENODEV -> lost = true;
        case Errno.EIO -> {
          down = true;
          log.info("the guest's interface is down");
          while (out.pending() > 0) {
            drop(out, Counter.DROP_LINK_DOWN);
          }
        }
        default -> drop(out, Counter.DROP_LINK_REFUSED);
      }
      return true;
    }

    private void drop(OutBuffer out, Counter counter) {
      counters.increment(counter);
      out.frameSent();
    }

    /** tun_net_xmit() of the kernel drops what comes when its queue is full. */
    @Override
    public boolean isLossy() {
      return true;
    }
  }

  /** Takes a batch of what the guest has sent; false if that is nothing for now. */
  private boolean receive(long now) {
    int frames = 0;
    long at = 0;
    // A frame counts as taken before it is shown: should the receiver throw, it isn't shown again,
    // and those behind it are still in the device.
    try {
      while (frames < BATCH && IN - at >= FrameLength.MAX) {
        int length = FileDescriptors.read(fd, in, at, FrameLength.MAX);
        if (length < FrameLength.MIN) {
          notRead(length);
          break;
        }
        frames++;
        frame.set(in, at, length);
        at = (at + length + ALIGNMENT - 1) & -ALIGNMENT;
        receiver.onFrame(frame, now);
      }
    } finally {
      if (frames > 0) {
        receiver.onBatchEnd(now);
      }
    }
    return frames > 0;
  }

  private void notRead(int result) {
    if (result == -Errno.EAGAIN || result == -Errno.EINTR) {
      return;
    }
    lost = true;
    if (result >= 0) {
      log.error("closing the guest's device: it gave a frame of " + result + " bytes");
    } else if (result != -Errno.EBADFD && result != -Errno.ENODEV) {
      log.error("closing the guest's device: " + Errno.name(result));
    }
  }

  private void detach() {
    close();
    lost = false;
    sink.clear();
    log.info("the guest's device is gone");
    receiver.onDisconnected();
    onGone.run();
  }

  private void updateInterest() {
    // A writable device makes the next turn come at once, where something is left to be done.
    boolean waiting = down || sink.isWaiting();
    int wanted = waiting ? EpollFlag.IN | EpollFlag.OUT : EpollFlag.IN;
    if (wanted != interest) {
      int result = loop.modify(fd, wanted, key());
      if (result == 0) {
        interest = wanted;
      } else {
        log.error("cannot watch the guest's device: " + Errno.name(result));
        lost = true;
      }
    }
  }
}
