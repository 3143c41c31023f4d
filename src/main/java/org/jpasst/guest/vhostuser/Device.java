package org.jpasst.guest.vhostuser;

import java.io.IOException;
import java.util.function.LongConsumer;
import org.jpasst.guest.DeviceState;
import org.jpasst.log.Log;
import org.jpasst.log.LogLevel;

/**
 * The virtio-net device as the front-end sees it: takes its messages ("Communication" in QEMU's
 * document) and keeps what they set up.
 */
final class Device {
  /** Queue pairs that a guest can have: index 0 receives, 1 transmits, 2 receives and so on. */
  static final int MAX_PAIRS = 8;

  private static final long NO_TRANSFER = -1L;

  /** In what is answered to SET_DEVICE_STATE_FD: we have no descriptor of our own. */
  private static final long NO_DESCRIPTOR = 1L << 8;

  /** Acknowledges a message that couldn't be done ("VHOST_USER_PROTOCOL_F_REPLY_ACK"). */
  private static final long REFUSED = 1;

  private static final int MIN_MTU = 68; // virtio 1.3 section 5.1.4.1
  private static final int MAX_MTU = 65_535;
  private static final int MAX_REGIONS_AT_ONCE = 8;
  private static final int REGION_SIZE = 32;
  private static final int INDEX_MASK = 0xff;
  private static final long LOG_USED_RING = 1;

  private final Offer offer;
  private final GuestMemory memory;
  private final DirtyLog dirtyLog;
  private final Vring[] rings;
  private final LongConsumer announcement;
  private final Log log;
  private DeviceState state = DeviceState.UNSUPPORTED;
  private long features;
  private long protocolFeatures;
  private long transferResult = NO_TRANSFER;
  private boolean saved;

  /**
   * A device without a guest.
   *
   * @param announcement is told an Ethernet address that the front-end wants to have announced
   */
  Device(
      Offer offer,
      GuestMemory memory,
      DirtyLog dirtyLog,
      Vring[] rings,
      LongConsumer announcement,
      Log log) {
    this.offer = offer;
    this.memory = memory;
    this.dirtyLog = dirtyLog;
    this.rings = rings;
    this.announcement = announcement;
    this.log = log;
  }

  /** Sets what is carried inside the front-end's migration. */
  void carry(DeviceState carried) {
    state = carried;
  }

  /** What has been agreed upon. */
  long features() {
    return features;
  }

  /** Forgets all that a front-end has set up. */
  void reset() {
    for (Vring ring : rings) {
      ring.reset();
    }
    memory.clear();
    dirtyLog.enable(false);
    dirtyLog.close();
    features = 0;
    protocolFeatures = 0;
    transferResult = NO_TRANSFER;
    saved = false;
  }

  /**
   * Does what a message asks for, and answers it. One that can't be done and is to be acknowledged
   * is refused that way.
   *
   * @param fd the front-end's connection
   * @throws BadMessageException if it can't be done otherwise; then the connection is of no use
   */
  void handle(FrontEndChannel m, int fd) throws BadMessageException {
    boolean acknowledged =
        m.needsReply() && Features.has(protocolFeatures, Features.PROTOCOL_REPLY_ACK);
    switch (m.request()) {
      case Request.GET_FEATURES -> answer(m, fd, offer.device());
      case Request.GET_PROTOCOL_FEATURES -> answer(m, fd, offer.protocol());
      case Request.GET_QUEUE_NUM -> answer(m, fd, offer.pairs());
      case Request.GET_MAX_MEM_SLOTS -> answer(m, fd, GuestMemory.MAX_REGIONS);
      case Request.GET_VRING_BASE -> stop(m, fd);
      case Request.SET_LOG_BASE -> logBase(m, fd);
      case Request.SET_DEVICE_STATE_FD -> transfer(m, fd);
      case Request.CHECK_DEVICE_STATE -> {
        answer(m, fd, transferResult);
        if (saved) {
          state.taken();
        }
      }
      default -> {
        if (acknowledged) {
          answer(m, fd, tryToSet(m) ? 0 : REFUSED);
        } else {
          set(m);
        }
      }
    }
  }

  private boolean tryToSet(FrontEndChannel m) {
    try {
      set(m);
      return true;
    } catch (BadMessageException e) {
      log.limited(
          LogLevel.WARNING,
          "vhost-user.refused",
          "refused what the vhost-user front-end sent: " + e.getMessage());
      return false;
    }
  }

  private void set(FrontEndChannel m) throws BadMessageException {
    switch (m.request()) {
      case Request.SET_FEATURES -> features(m.int64(0));
      case Request.SET_PROTOCOL_FEATURES -> protocolFeatures = m.int64(0) & offer.protocol();
      case Request.SET_MEM_TABLE -> memoryTable(m);
      case Request.ADD_MEM_REG -> {
        addRegion(m, Long.BYTES, m.descriptor(0));
        remap();
      }
      case Request.REM_MEM_REG -> removeRegion(m);
      case Request.SET_VRING_NUM, Request.SET_VRING_BASE, Request.SET_VRING_ENABLE -> vring(m);
      case Request.SET_VRING_ADDR -> address(m);
      case Request.SET_VRING_KICK, Request.SET_VRING_CALL, Request.SET_VRING_ERR -> descriptor(m);
      case Request.NET_SET_MTU -> mtu(m.int64(0));
      case Request.SEND_RARP -> announcement.accept(macOf(m.int64(0)));
      case Request.SET_OWNER, Request.RESET_OWNER, Request.SET_LOG_FD -> {
        // There is one owner; errors aren't told.
      }
      default -> throw new BadMessageException("message " + m.request() + ", which isn't known");
    }
  }

  /** An Ethernet address whose six bytes lie in front, as QEMU copies it (SEND_RARP). */
  private static long macOf(long payload) {
    return Long.reverseBytes(payload) >>> Short.SIZE;
  }

  private static void answer(FrontEndChannel m, int fd, long value) throws BadMessageException {
    if (!m.reply(fd, value)) {
      throw new BadMessageException("message " + m.request() + " and doesn't take the answer");
    }
  }

  private void features(long asked) throws BadMessageException {
    if ((asked & ~offer.device()) != 0) {
      throw new BadMessageException(
          "features that weren't offered: " + Long.toHexString(asked & ~offer.device()));
    }
    if (Features.has(asked, Features.LOG_ALL) && !Features.has(features, Features.LOG_ALL)) {
      state.expected();
    }
    features = asked;
    dirtyLog.enable(Features.has(asked, Features.LOG_ALL));
    for (Vring ring : rings) {
      ring.queue().features(asked);
      if (!Features.has(asked, Features.PROTOCOL_FEATURES)) {
        ring.enable(true);
      }
    }
  }

  /** What the guest is told by its configuration; DHCP and router advertisements are told by us. */
  private static void mtu(long mtu) throws BadMessageException {
    if (mtu < MIN_MTU || mtu > MAX_MTU) {
      throw new BadMessageException("an MTU of " + Long.toUnsignedString(mtu));
    }
  }

  private void memoryTable(FrontEndChannel m) throws BadMessageException {
    int count = m.int32(0);
    if (count < 0 || count > MAX_REGIONS_AT_ONCE || count != m.descriptorCount()) {
      throw new BadMessageException(
          count + " regions of memory with " + m.descriptorCount() + " descriptors");
    }
    memory.clear();
    for (Vring ring : rings) {
      ring.queue().unmap();
    }
    for (int i = 0; i < count; i++) {
      addRegion(m, Long.BYTES + i * REGION_SIZE, m.descriptor(i));
    }
    remap();
  }

  private void addRegion(FrontEndChannel m, int at, int fd) throws BadMessageException {
    long guestAddress = m.int64(at);
    long size = m.int64(at + Long.BYTES);
    long userAddress = m.int64(at + 2 * Long.BYTES);
    long offset = m.int64(at + 3 * Long.BYTES);
    try {
      memory.add(guestAddress, size, userAddress, offset, fd);
    } catch (IOException e) {
      throw new BadMessageException("memory that can't be shared: " + e.getMessage());
    }
  }

  private void removeRegion(FrontEndChannel m) throws BadMessageException {
    for (Vring ring : rings) {
      ring.queue().unmap();
    }
    boolean removed =
        memory.remove(m.int64(Long.BYTES), m.int64(2 * Long.BYTES), m.int64(3 * Long.BYTES));
    if (!removed) {
      throw new BadMessageException("a region to be removed that isn't there");
    }
    remap();
  }

  private void remap() throws BadMessageException {
    for (Vring ring : rings) {
      if (!ring.remap() && ring.isStarted()) {
        throw new BadMessageException("memory without a running queue's rings");
      }
    }
  }

  private Vring ring(int index) throws BadMessageException {
    if (index < 0 || index >= rings.length) {
      throw new BadMessageException("a queue of index " + Integer.toUnsignedString(index));
    }
    return rings[index];
  }

  private void vring(FrontEndChannel m) throws BadMessageException {
    Vring ring = ring(m.int32(0));
    int value = m.int32(Integer.BYTES);
    switch (m.request()) {
      case Request.SET_VRING_NUM -> {
        if (!ring.queue().resize(value)) {
          throw new BadMessageException(
              "a queue of " + Integer.toUnsignedString(value) + " descriptors");
        }
      }
      case Request.SET_VRING_BASE -> ring.queue().base(value);
      default -> ring.enable(value != 0);
    }
  }

  private void address(FrontEndChannel m) throws BadMessageException {
    Vring ring = ring(m.int32(0));
    boolean logs = (m.int32(Integer.BYTES) & LOG_USED_RING) != 0;
    ring.queue().logUsed(logs, m.int64(4 * Long.BYTES));
    if (!ring.address(m.int64(Long.BYTES), m.int64(2 * Long.BYTES), m.int64(3 * Long.BYTES))) {
      throw new BadMessageException("a queue's rings outside the shared memory");
    }
  }

  private void descriptor(FrontEndChannel m) throws BadMessageException {
    long value = m.int64(0);
    Vring ring = ring((int) (value & INDEX_MASK));
    int fd = (value & NO_DESCRIPTOR) != 0 ? -1 : m.takeDescriptor();
    switch (m.request()) {
      case Request.SET_VRING_CALL -> ring.call(fd);
      case Request.SET_VRING_ERR -> ring.error(fd);
      default -> start(ring, fd);
    }
  }

  private void start(Vring ring, int kick) throws BadMessageException {
    if (!ring.start(kick)) {
      throw new BadMessageException("a kick descriptor that can't be watched");
    }
    if (saved) {
      saved = false;
      state.resumed();
    }
  }

  private void stop(FrontEndChannel m, int fd) throws BadMessageException {
    int index = m.int32(0);
    Vring ring = ring(index);
    ring.stop();
    if (!m.reply(fd, index, ring.queue().base())) {
      throw new BadMessageException("GET_VRING_BASE and doesn't take the answer");
    }
  }

  private void logBase(FrontEndChannel m, int fd) throws BadMessageException {
    try {
      dirtyLog.map(m.descriptor(0), m.int64(Long.BYTES), m.int64(0));
    } catch (IOException e) {
      throw new BadMessageException("a log that can't be mapped: " + e.getMessage());
    }
    answer(m, fd, 0);
  }

  /** The transfer happens right after the answer, as passt does it. */
  private void transfer(FrontEndChannel m, int fd) throws BadMessageException {
    int direction = m.int32(0);
    int phase = m.int32(Integer.BYTES);
    if (direction < 0 || direction > 1 || phase != 0) {
      throw new BadMessageException("a transfer of direction " + direction + " in phase " + phase);
    }
    int pipe = m.descriptor(0);
    answer(m, fd, NO_DESCRIPTOR);
    if (direction == 0) {
      transferResult = state.save(pipe);
      saved = transferResult == 0;
    } else {
      transferResult = state.load(pipe);
    }
  }
}
