package org.jpasst.guest.tap;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Set;
import org.jpasst.guest.BufferedSink;
import org.jpasst.guest.Frame;
import org.jpasst.guest.FrameLength;
import org.jpasst.guest.FramePieces;
import org.jpasst.guest.FrameReceiver;
import org.jpasst.guest.FrameSink;
import org.jpasst.guest.GuestLink;
import org.jpasst.guest.LinkCapabilities;
import org.jpasst.guest.LinkEnd;
import org.jpasst.guest.MigrationMeans;
import org.jpasst.guest.Offload;
import org.jpasst.guest.OutBuffer;
import org.jpasst.guest.RoomListener;
import org.jpasst.guest.TrafficKind;
import org.jpasst.guest.VirtioNetHeader;
import org.jpasst.linux.EpollFlag;
import org.jpasst.linux.Errno;
import org.jpasst.linux.FileDescriptors;
import org.jpasst.linux.IoVectors;
import org.jpasst.linux.ZeroPages;
import org.jpasst.log.Log;
import org.jpasst.loop.EventHandler;
import org.jpasst.loop.EventKey;
import org.jpasst.loop.EventKeys;
import org.jpasst.loop.EventLoop;
import org.jpasst.stats.Counters;
import org.jpasst.wire.EthernetHeader;

/**
 * The link to a guest behind a TAP device, or to none; or to the network that a guest is bridged
 * to.
 *
 * <p>Where the device has a virtio-net header in front of frames, it is written and read: then the
 * kernel completes what is left undone, and may be told to leave it undone.
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

  /** Those of the header and of the head. */
  private static final int FIXED_VECTORS = 2;

  private static final long IN = 1 << 20;

  /** Frames of a turn: what comes of them for one connection goes to its socket by one call. */
  private static final int BATCH = 64;

  /** The longest that the kernel makes of several packets, with a tag (802.1Q) in front. */
  private static final int MAX_READ = 65_535 + EthernetHeader.LENGTH + EthernetHeader.TAG_LENGTH;

  /** Frames begin at multiples of a cache line. */
  private static final int ALIGNMENT = 64;

  /** More than a device queues: behind it is a guest that doesn't stand still. */
  private static final int MAX_PAUSE_BATCHES = 1024;

  private final LinkEnd end;
  private final LinkCapabilities offloads;
  private final EventLoop loop;
  private final Counters counters;
  private final Log log;
  private final BufferedSink sink;
  private final int headerLength;
  private final MemorySegment header = Arena.global().allocate(VirtioNetHeader.MAX_LENGTH);
  private final IoVectors vectors = new IoVectors(IoVectors.UIO_MAXIOV);
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
    this(LinkEnd.GUEST, LinkCapabilities.NONE, loop, counters, log);
  }

  /**
   * The same, to anybody.
   *
   * @param offloads as in {@link TapDevice}, of the devices that are attached
   */
  public TapLink(
      LinkEnd end, LinkCapabilities offloads, EventLoop loop, Counters counters, Log log) {
    this.end = end;
    this.offloads = offloads;
    this.loop = loop;
    this.counters = counters;
    this.log = log;
    sink = new BufferedSink(new Device(), end, offloads, counters);
    headerLength = sink.headerLength();
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
  public void goOn() {
    if (fd != NONE && !paused && !lost) {
      updateInterest();
    }
  }

  @Override
  public void leaveTo(LinkCapabilities takers) {
    if (fd != NONE && headerLength > 0) {
      int result = TapDevice.leaveTo(fd, takers.and(offloads));
      if (result < 0) {
        log.warn("cannot set the offloads of " + end.whose() + " device: " + Errno.name(result));
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
    if ((events & (EpollFlag.ERR | EpollFlag.HUP)) != 0) {
      lost = true; // tun_chr_poll() of the kernel: the device isn't registered any more
      return;
    }
    if ((events & EpollFlag.OUT) != 0) {
      down = false;
      sink.onWritable();
    }
    if ((events & EpollFlag.IN) != 0) {
      receive(false, nowNanos);
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
        long at = out.frameAt() - headerLength;
        int length = headerLength + out.frameLength();
        taking = isDone(FileDescriptors.write(fd, out.memory(), at, length));
        if (taking) {
          out.frameSent();
        }
      }
      while (down && out.pending() > 0) {
        counters.increment(end.down());
        out.frameSent();
      }
      return taking;
    }

    /** Takes what tun_get_user() of the kernel answers; false if the frame is to be kept. */
    private boolean isDone(int result) {
      if (result >= 0) {
        return true;
      }
      switch (-result) {
        case Errno.EAGAIN, Errno.ENOBUFS, Errno.EINTR -> {
          return false;
        }
        case Errno.EBADFD, Errno.ENODEV -> lost = true;
        case Errno.EIO -> {
          down = true;
          log.info(end.whose() + " interface is down");
          counters.increment(end.down());
        }
        default -> counters.increment(end.refused());
      }
      return true;
    }

    @Override
    public boolean takesInPlace(Frame sent) {
      return sent.pieceCount() <= vectors.capacity() - FIXED_VECTORS;
    }

    @Override
    public boolean send(Frame sent, int headers, Offload offload) {
      int count = 0;
      if (headerLength > 0) {
        VirtioNetHeader.write(header, 0, offload, headers);
        vectors.set(count++, header, 0, headerLength);
      }
      vectors.set(count++, sent.memory(), sent.at(), sent.headLength());
      FramePieces pieces = sent.pieces();
      for (int i = sent.firstPiece(); i < sent.firstPiece() + sent.pieceCount(); i++) {
        vectors.set(count++, pieces.memory(i), pieces.at(i), pieces.length(i));
      }
      return isDone(FileDescriptors.writev(fd, vectors, count));
    }

    /** tun_net_xmit() of the kernel drops what comes when its queue is full. */
    @Override
    public boolean isLossy() {
      return true;
    }
  }

  /**
   * Takes a batch of what the other end has sent; false if that is nothing for now.
   *
   * @param all even if the receiver is blocked
   */
  private boolean receive(boolean all, long now) {
    int frames = 0;
    long at = 0;
    long bytes = 0;
    int longest = headerLength > 0 ? headerLength + MAX_READ : FrameLength.MAX;
    boolean keeps = receiver.keepsFrames();
    // A frame counts as taken before it is shown: should the receiver throw, it isn't shown again,
    // and those behind it are still in the device.
    try {
      while (frames < BATCH && IN - bytes >= longest && (all || !receiver.isBlocked())) {
        int length = FileDescriptors.read(fd, in, at, longest) - headerLength;
        if (length < FrameLength.MIN) {
          notRead(length + headerLength);
          break;
        }
        frames++;
        frame.set(in, at + headerLength, length);
        if (headerLength > 0) {
          setOffload(at);
        }
        bytes = (bytes + headerLength + length + ALIGNMENT - 1) & -ALIGNMENT;
        at = keeps ? bytes : 0;
        receiver.onFrame(frame, now);
      }
    } finally {
      if (frames > 0) {
        receiver.onBatchEnd(now);
      }
    }
    return frames > 0;
  }

  private void setOffload(long at) {
    frame.setOffload(
        VirtioNetHeader.needsChecksum(in, at),
        VirtioNetHeader.segmentation(in, at),
        VirtioNetHeader.segmentSize(in, at));
    frame.setChecksumPlace(
        VirtioNetHeader.checksumStart(in, at), VirtioNetHeader.checksumOffset(in, at));
  }

  private void notRead(int result) {
    if (result == -Errno.EAGAIN || result == -Errno.EINTR) {
      return;
    }
    lost = true;
    if (result >= 0) {
      log.error("closing " + end.whose() + " device: it gave a frame of " + result + " bytes");
    } else if (result != -Errno.EBADFD && result != -Errno.ENODEV) {
      log.error("closing " + end.whose() + " device: " + Errno.name(result));
    }
  }

  private void detach() {
    close();
    lost = false;
    sink.clear();
    log.info(end.whose() + " device is gone");
    receiver.onDisconnected();
    onGone.run();
  }

  private void updateInterest() {
    // A writable device makes the next turn come at once, where something is left to be done.
    boolean waiting = down || sink.isWaiting();
    int wanted = (receiver.isBlocked() ? 0 : EpollFlag.IN) | (waiting ? EpollFlag.OUT : 0);
    if (wanted != interest) {
      int result = loop.modify(fd, wanted, key());
      if (result == 0) {
        interest = wanted;
      } else {
        log.error("cannot watch " + end.whose() + " device: " + Errno.name(result));
        lost = true;
      }
    }
  }
}
