package org.jpasst.router;

import java.util.concurrent.TimeUnit;
import org.jpasst.proto.Packet;
import org.jpasst.stats.Counter;
import org.jpasst.stats.Counters;

/**
 * The guest's datagrams that have come in part: as many as there is memory for, of each sender a
 * quarter of them, and none for long. Where there are too many the oldest makes room: a datagram's
 * fragments come together, so that the newest are those that will be whole.
 *
 * <p>A datagram that is whole keeps its memory to the end of the batch.
 */
final class Reassembly {
  /** Datagrams of 64 KiB: the 4 MiB of Linux's ipfrag_high_thresh. */
  static final int MOST = 64;

  /** Of one sender. */
  static final int MOST_OF_ONE = MOST / 4;

  /** Linux's ipfrag_time; RFC 791 section 3.2 has 15 s at least. */
  static final long LIFE4 = TimeUnit.SECONDS.toNanos(30);

  /** RFC 8200 section 4.5. */
  static final long LIFE6 = TimeUnit.SECONDS.toNanos(60);

  /** Told of a datagram that was given up though its beginning had come. */
  @FunctionalInterface
  interface Expiry {
    /** The datagram's memory is used again after this. */
    void onExpired(PartialDatagram datagram);
  }

  private final Counters counters;

  /** From the oldest on: {@link #waiting} of them; behind these the whole ones, then free ones. */
  private final PartialDatagram[] all = new PartialDatagram[MOST];

  private int waiting;
  private int whole;

  Reassembly(Counters counters) {
    this.counters = counters;
  }

  /** Whether there is no memory left in this batch but that of whole datagrams. */
  boolean isFull() {
    return whole == MOST;
  }

  /** The datagram that a fragment belongs to; there has to be memory. */
  PartialDatagram of(Packet fragment, int identification, long now) {
    int ofSender = 0;
    int oldest = 0;
    for (int i = waiting - 1; i >= 0; i--) {
      if (all[i].isOf(fragment, identification)) {
        return all[i];
      }
      if (all[i].isFrom(fragment)) {
        ofSender++;
        oldest = i;
      }
    }
    if (ofSender >= MOST_OF_ONE) {
      evict(oldest);
    } else if (waiting + whole == MOST) {
      evict(0);
    }
    long end = now + (fragment.isIpv4() ? LIFE4 : LIFE6);
    PartialDatagram datagram = makeRoom();
    datagram.begin(fragment, identification, end);
    return datagram;
  }

  private void evict(int index) {
    counters.increment(Counter.DROP_FRAGMENT_FULL);
    free(index);
  }

  /** Puts a free one behind those that wait. */
  private PartialDatagram makeRoom() {
    int free = waiting + whole;
    PartialDatagram datagram = all[free] == null ? new PartialDatagram() : all[free];
    all[free] = all[waiting];
    all[waiting++] = datagram;
    return datagram;
  }

  /** A datagram has become whole: its memory stays as it is to the end of the batch. */
  void completed(PartialDatagram datagram) {
    remove(indexOf(datagram));
    all[waiting] = datagram;
    whole++;
  }

  private int indexOf(PartialDatagram datagram) {
    int index = waiting - 1;
    while (all[index] != datagram) {
      index--;
    }
    return index;
  }

  /** Takes one out of those that wait; its place is the one in front of the whole ones. */
  private void remove(int index) {
    System.arraycopy(all, index + 1, all, index, waiting - index - 1);
    waiting--;
  }

  private void free(int index) {
    PartialDatagram datagram = all[index];
    remove(index);
    // The last of the whole ones fills the place.
    all[waiting] = all[waiting + whole];
    all[waiting + whole] = datagram;
  }

  /** The whole ones have been used: their memory is free. */
  void onBatchEnd() {
    whole = 0;
  }

  /** Gives up those whose time is over. */
  void expire(long now, Expiry expiry) {
    for (int i = waiting - 1; i >= 0; i--) {
      if (now - all[i].deadline() >= 0) {
        counters.increment(Counter.DROP_FRAGMENT_LATE);
        if (all[i].isToBeTold()) {
          expiry.onExpired(all[i]);
        }
        free(i);
      }
    }
  }

  /** Gives up all: the guest is gone. */
  void clear() {
    counters.add(Counter.DROP_FRAGMENT_LATE, waiting);
    waiting = 0;
    whole = 0;
  }
}
