package org.jpasst.bridge;

import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.jpasst.guest.FrameSink;
import org.jpasst.guest.LentFrame;
import org.jpasst.loop.EventLoop;
import org.jpasst.loop.TimerListener;
import org.jpasst.loop.TimerWheel;
import org.jpasst.net.IpAddress;
import org.jpasst.net.MacAddress;
import org.jpasst.stats.Counter;
import org.jpasst.stats.Counters;

/**
 * Tells the network where a guest is that has moved here: all its addresses, once it runs, before
 * any frame of its own, and some times again, since nobody acknowledges it. Where it goes on
 * elsewhere after all, nothing is told.
 */
final class Announcements implements TimerListener, HeardAddresses.Visitor {
  /** As QEMU announces its guests unless it is told otherwise (announce-rounds). */
  static final int ROUNDS = 5;

  /** Between the first round and the second (QEMU's announce-initial). */
  static final long FIRST_WAIT = TimeUnit.MILLISECONDS.toNanos(50);

  /** By so much each wait is longer than the one before (announce-step). */
  static final long STEP = TimeUnit.MILLISECONDS.toNanos(100);

  /** The longest wait (announce-max). */
  static final long LONGEST_WAIT = TimeUnit.MILLISECONDS.toNanos(550);

  /** More than QEMU asks for, for a guest of one Ethernet address, if it isn't told to flood. */
  static final int MOST_REQUESTS = 100;

  /** For so many. */
  static final long PERIOD = TimeUnit.SECONDS.toNanos(1);

  private static final int TIMER = 0;

  private final HeardAddresses addresses;
  private final FrameSink uplink;
  private final BooleanSupplier runsHere;
  private final Counters counters;
  private final TimerWheel timers;
  private final Announcement announcement = new Announcement();
  private boolean expected; // a guest has come whose addresses are to be told
  private boolean begun; // its addresses have been told to somebody
  private int round; // how many are over
  private int sent; // in this round
  private int requests; // in this period
  private long periodStart;

  /**
   * Nobody has come yet.
   *
   * @param addresses the guest's
   * @param runsHere whether there is a guest that can send frames
   */
  Announcements(
      HeardAddresses addresses,
      FrameSink uplink,
      BooleanSupplier runsHere,
      EventLoop loop,
      Counters counters) {
    this.addresses = addresses;
    this.uplink = uplink;
    this.runsHere = runsHere;
    this.counters = counters;
    timers = loop.newTimers(this);
    periodStart = loop.now();
  }

  /** The state of a guest has come from another host. */
  void expect() {
    expected = true;
    begun = false;
    timers.cancel(TIMER);
  }

  /** The guest is gone. */
  void forget() {
    expected = false;
    begun = false;
    timers.cancel(TIMER);
  }

  /** Who was there, and is gone, wasn't the guest. */
  void expectAgain() {
    if (begun) {
      expect();
    }
  }

  /** To be called in each turn, and before a frame of the guest. */
  void look(long now) {
    if (expected && runsHere.getAsBoolean() && uplink.hasRoom()) {
      expected = false;
      begun = true;
      round = 0;
      announce(now);
    }
  }

  @Override
  public void onTimer(int id, long now) {
    if (runsHere.getAsBoolean()) {
      announce(now);
    }
  }

  private void announce(long now) {
    sent = 0;
    addresses.visit(now, this);
    round++;
    // Of whom nothing is known there is nothing to be repeated.
    if (sent > 0 && round < ROUNDS) {
      timers.schedule(TIMER, now + Math.min(FIRST_WAIT + (round - 1) * STEP, LONGEST_WAIT));
    }
  }

  @Override
  public void visit(long mac, long hi, long lo, boolean router) {
    sent++;
    LentFrame lent = uplink.lend(Announcement.LONGEST);
    if (lent.isNone()) {
      counters.increment(Counter.DROP_ANNOUNCEMENT);
      return;
    }
    int length;
    if (hi == 0 && lo == 0) {
      length = announcement.ofEthernet(lent.memory(), lent.at(), mac);
    } else if (IpAddress.isIpv4(hi, lo)) {
      length = announcement.ofIpv4(lent.memory(), lent.at(), mac, (int) lo);
    } else {
      length = announcement.ofIpv6(lent.memory(), lent.at(), mac, hi, lo, router);
    }
    uplink.publish(lent, length);
    counters.increment(Counter.ANNOUNCEMENTS);
  }

  /**
   * The guest's front-end asks to have an Ethernet address told, any number of times.
   *
   * @param mac may be anything
   */
  void request(long mac, long now) {
    if (now - periodStart >= PERIOD) {
      periodStart = now;
      requests = 0;
    }
    if (MacAddress.isOfOne(mac) && requests < MOST_REQUESTS) {
      requests++;
      visit(mac, 0, 0, false);
    } else {
      counters.increment(Counter.DROP_ANNOUNCEMENT);
    }
  }
}
