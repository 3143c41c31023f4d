package org.jpasst.forward;

import java.util.function.LongConsumer;
import java.util.function.LongSupplier;
import org.jpasst.net.Tenancy;

/**
 * Whether the address that is assigned to the guest is free for a station that asks for it by DHCP:
 * as a server should (RFC 2131 section 3.1, RFC 8415 section 18.3.9), we ask whoever has it, by ARP
 * or neighbour discovery. The answer comes long before the client asks for what it was offered; so
 * an offer waits for nothing, and a guest that has changed its Ethernet address gets its own
 * address back at once.
 *
 * <p>What an earlier question found counts for the next offer, each of which asks again: of those
 * who ask one after the other, only the first after the tenant has gone is sent away in vain.
 */
final class AddressTenancy implements Tenancy {
  private final LongSupplier tenant;
  private final Runnable question;
  private final LongConsumer onLease;
  private boolean asked;
  private boolean answered;

  /**
   * Nobody has asked yet.
   *
   * @param tenant tells who has the address, or {@link GuestStations#NONE}
   * @param question asks whether that is still there
   * @param onLease is told who gets it
   */
  AddressTenancy(LongSupplier tenant, Runnable question, LongConsumer onLease) {
    this.tenant = tenant;
    this.question = question;
    this.onLease = onLease;
  }

  @Override
  public boolean isFreeFor(long mac) {
    long present = tenant.getAsLong();
    return present == GuestStations.NONE || present == mac;
  }

  @Override
  public boolean mayBeOffered(long mac) {
    if (isFreeFor(mac)) {
      return true;
    }
    boolean held = answered;
    ask();
    return !held;
  }

  @Override
  public boolean mayTake(long mac) {
    if (isFreeFor(mac)) {
      return true;
    }
    if (!asked) {
      ask(); // it wasn't offered: when it asks for an offer, we know
      return false;
    }
    return !answered;
  }

  @Override
  public void take(long mac) {
    asked = false;
    answered = false;
    onLease.accept(mac);
  }

  /** The tenant was heard from the address. */
  void onHeard() {
    answered = asked;
  }

  private void ask() {
    asked = true;
    answered = false;
    question.run();
  }
}
