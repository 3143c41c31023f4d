package org.jpasst.forward;

import java.util.function.BooleanSupplier;
import java.util.function.LongConsumer;
import java.util.function.LongSupplier;
import org.jpasst.net.Tenancy;

/**
 * Whether the address that is assigned to the guest is free for a station that asks for it by DHCP:
 * as a server should (RFC 2131 section 3.1, RFC 8415 section 18.3.9), we ask whoever has it, by ARP
 * or neighbour discovery. The question is on the link before the offer, and a kernel answers it at
 * once: so its answer is here before the client asks for what it was offered, an offer waits for
 * nothing, and a guest that has changed its Ethernet address gets its own address back.
 *
 * <p>What an earlier question found counts for the next offer: of those who ask one after the
 * other, only the first after the tenant has gone is sent away in vain.
 */
final class AddressTenancy implements Tenancy {
  private final LongSupplier tenant;
  private final BooleanSupplier question;
  private final LongConsumer onLease;

  /** Whether the tenant was asked, and has been heard since; and so of the question before. */
  private boolean asked;

  private boolean answered;
  private boolean held;

  /** To whom it was offered last. */
  private long offered = GuestStations.NONE;

  /**
   * Nobody has asked yet.
   *
   * @param tenant tells who has the address, or {@link GuestStations#NONE}
   * @param question asks whether that is still there, but where it has just been asked
   * @param onLease is told who gets it
   */
  AddressTenancy(LongSupplier tenant, BooleanSupplier question, LongConsumer onLease) {
    this.tenant = tenant;
    this.question = question;
    this.onLease = onLease;
  }

  /** A station is about to ask for the address. */
  void contest(long mac) {
    if (isFreeFor(mac)) {
      return;
    }
    held = answered;
    asked = true;
    if (question.getAsBoolean()) {
      answered = false;
    }
  }

  /** The tenant was heard from the address. */
  void onHeard() {
    answered = asked;
  }

  @Override
  public boolean isFreeFor(long mac) {
    long present = tenant.getAsLong();
    return present == GuestStations.NONE || present == mac;
  }

  @Override
  public boolean mayBeOffered(long mac) {
    boolean may = isFreeFor(mac) || !held;
    offered = may ? mac : GuestStations.NONE;
    return may;
  }

  @Override
  public boolean mayTake(long mac) {
    return isFreeFor(mac) || offered == mac && !held && !answered;
  }

  @Override
  public void take(long mac) {
    asked = false;
    answered = false;
    held = false;
    onLease.accept(mac);
  }
}
