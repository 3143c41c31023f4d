package org.jpasst.guest.vhostuser;

import java.util.Set;
import org.jpasst.guest.DeviceState;
import org.jpasst.guest.FrameReceiver;
import org.jpasst.guest.FrameSink;
import org.jpasst.guest.GuestLink;
import org.jpasst.guest.MigrationMeans;
import org.jpasst.guest.RoomListener;
import org.jpasst.guest.TrafficKind;
import org.jpasst.guest.vhostuser.FrontEndChannel.Outcome;
import org.jpasst.linux.EpollFlag;
import org.jpasst.linux.SharedMapping;
import org.jpasst.linux.Sockets;
import org.jpasst.log.Log;
import org.jpasst.loop.EventHandler;
import org.jpasst.loop.EventKey;
import org.jpasst.loop.EventKeys;
import org.jpasst.loop.EventKind;
import org.jpasst.loop.EventLoop;
import org.jpasst.stats.Counters;

/**
 * The link to a guest whose memory a vhost-user front-end shares with us, or to none.
 *
 * <p>Frames for the guest go to its first receive queue, whatever the number of queues: one thread
 * fills them, and a flow's frames stay in order. Frames from it are taken from all its transmit
 * queues. What was published is shown to the guest at the turn's end, or by {@link
 * FrameSink#flush}, with one interrupt at most.
 *
 * <p>A front-end that breaks the protocol, or takes memory away that it has shared, loses its
 * connection at the turn's end; another may be attached. Descriptors, rings and memory that it gave
 * are released then.
 */
public final class VhostUserLink implements GuestLink, EventHandler {
  /** The guest tells that there is something new in a queue. */
  public static final EventKind KICKS = new EventKind("vhost-user kick");

  private static final int NONE = -1;

  /** Batches of one queue in a turn, before others have theirs. */
  private static final int MAX_BATCHES = 8;

  private static final int MAX_MESSAGES = 64;

  private final EventLoop loop;
  private final Sockets sockets;
  private final Counters counters;
  private final Log log;
  private final FrontEndChannel channel;
  private final GuestMemory memory = new GuestMemory();
  private final DirtyLog dirtyLog = new DirtyLog();
  private final Vring[] rings = new Vring[2 * Device.MAX_PAIRS];
  private final TransmitQueue transmit;
  private final Vring receiveRing;
  private final ReceiveSink sink;
  private final Device device;
  private final PolledRings polledRings;
  private FrameReceiver receiver = FrameReceiver.NOBODY;
  private Runnable onGone = () -> {};
  private int fd = NONE;
  private final EventKeys keys;
  private int generation;
  private boolean spoken; // has sent something
  private boolean lost; // to be closed at the turn's end
  private boolean up; // the receiver knows of the guest

  /**
   * A link without a guest, whose frames would go to nobody yet.
   *
   * @param offer what a guest may agree to
   */
  public VhostUserLink(Offer offer, EventLoop loop, Sockets sockets, Counters counters, Log log) {
    this.loop = loop;
    this.sockets = sockets;
    this.counters = counters;
    this.log = log;
    channel = new FrontEndChannel(sockets);
    for (int i = 0; i < rings.length; i++) {
      rings[i] = new Vring(i, loop, new Virtqueue(memory, dirtyLog));
    }
    transmit = new TransmitQueue(counters);
    receiveRing = rings[0];
    var receive = new ReceiveQueue(receiveRing, dirtyLog, counters);
    sink = new ReceiveSink(receive, receiveRing, () -> lost, loop, counters);
    polledRings = new PolledRings(loop, rings);
    device = new Device(offer, memory, dirtyLog, rings, this::announce, log);
    keys = loop.handle(EVENTS, this);
    loop.handle(KICKS, new Kicks());
    SharedMapping.prepare();
  }

  @Override
  public void deliverTo(FrameReceiver frameReceiver) {
    receiver = frameReceiver;
  }

  @Override
  public boolean carry(DeviceState state) {
    device.carry(state);
    return true;
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

  @Override
  public boolean hasSpoken() {
    return spoken;
  }

  @Override
  public int attach(int connected) {
    if (fd != NONE) {
      throw new IllegalStateException("a front-end is connected already");
    }
    generation++;
    int result = loop.add(connected, EpollFlag.IN, keys.of(generation, 0));
    if (result == 0) {
      fd = connected;
      spoken = false;
      sink.open();
    }
    return result;
  }

  /** The front-end stops the queues, and starts them again. */
  @Override
  public boolean pause(long now) {
    return !isAnyRunning();
  }

  private void announce(long mac) {
    receiver.onAnnouncement(mac, loop.now());
  }

  private boolean isAnyRunning() {
    for (Vring ring : rings) {
      if (ring.isRunning()) {
        return true;
      }
    }
    return false;
  }

  @Override
  public boolean awaitsGuest() {
    return fd != NONE && !up;
  }

  @Override
  public boolean isPaused() {
    return up && !lost && !isAnyRunning();
  }

  @Override
  public Set<TrafficKind> covered(MigrationMeans means) {
    return means.coverable();
  }

  @Override
  public void resume() {
    // The front-end does it.
  }

  @Override
  public void goOn() {
    for (int i = 1; i < rings.length; i += 2) {
      if (rings[i].isRunning()) {
        rings[i].kickAgain();
      }
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
      release();
    }
  }

  /** The front-end has sent something. */
  @Override
  public void onReady(int index, int eventGeneration, int events, long nowNanos) {
    if (fd == NONE || lost || eventGeneration != (generation & EventKey.GENERATION_MASK)) {
      return;
    }
    // What a message asks for is done for a guest that has seen all of what was published; and what
    // somebody failed to publish must not outlive the memory that it is in.
    sink.giveBack();
    sink.flush();
    try {
      handleMessages();
    } catch (BadMessageException e) {
      log.error("closing the vhost-user connection: the front-end sent " + e.getMessage());
      spoken = true;
      lost = true;
    }
    polledRings.begin();
    if (!lost && !up && receiveRing.isRunning()) {
      up = true;
      receiver.onConnected(nowNanos);
    }
  }

  private void handleMessages() throws BadMessageException {
    for (int i = 0; i < MAX_MESSAGES && !lost; i++) {
      Outcome outcome = channel.receive(fd);
      if (outcome == Outcome.INCOMPLETE) {
        return;
      }
      if (outcome == Outcome.ENDED) {
        lost = true;
        return;
      }
      spoken = true;
      try {
        device.handle(channel, fd);
      } finally {
        channel.done();
      }
      checkMemory();
      sink.features(device.features());
      transmit.features(device.features());
    }
  }

  @Override
  public void onFailure(int index, int eventGeneration, long nowNanos) {
    // A bug while handling a message: what it did to the device isn't known.
    lost = true;
  }

  /** Kicks: the guest has put something into a queue. */
  private final class Kicks implements EventHandler {
    @Override
    public void onReady(int index, int eventGeneration, int events, long nowNanos) {
      if (lost || index >= rings.length || !rings[index].isCurrent(eventGeneration)) {
        return;
      }
      if (!rings[index].clearKick()) {
        log.error("closing the vhost-user connection: a queue's kick descriptor is broken");
        lost = true;
      } else if (index % 2 == 1) {
        takeFrames(rings[index], nowNanos);
      }
    }

    @Override
    public void onFailure(int index, int eventGeneration, long nowNanos) {
      // The frames behind the one that caused it come in the next turn.
      if (!lost && index < rings.length && rings[index].isCurrent(eventGeneration)) {
        rings[index].kickAgain();
      }
    }
  }

  private void takeFrames(Vring ring, long now) {
    int batches = 0;
    // While the receiver is blocked frames stay in the queue: whoever unblocks it says so.
    while (!receiver.isBlocked() && transmit.deliver(ring, receiver, now)) {
      if (++batches == MAX_BATCHES || receiver.isSated()) {
        ring.kickAgain();
        break;
      }
    }
    checkMemory();
    if (ring.queue().isBroken() && !lost) {
      log.error("closing the vhost-user connection: the guest has broken a transmit queue");
      lost = true;
    }
  }

  /** The front-end may have made a file shorter that we have mapped: then zeros were found. */
  private void checkMemory() {
    if (!lost && fd != NONE && (memory.isTorn() || dirtyLog.isTorn())) {
      log.error("closing the vhost-user connection: shared memory is gone");
      lost = true;
    }
  }

  @Override
  public void onTurnEnd(long nowNanos) {
    sink.endTurn(nowNanos);
    checkMemory();
    if (receiveRing.queue().isBroken() && !lost && fd != NONE) {
      log.error("closing the vhost-user connection: the guest has broken its receive queue");
      lost = true;
    }
    if (lost && fd != NONE) {
      detach();
    }
  }

  private void detach() {
    release();
    receiver.onDisconnected();
    onGone.run();
  }

  private void release() {
    channel.done();
    sink.clear();
    device.reset();
    sockets.close(fd);
    fd = NONE;
    lost = false;
    up = false;
  }
}
