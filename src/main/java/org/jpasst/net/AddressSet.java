package org.jpasst.net;

import java.util.Collection;
import java.util.stream.LongStream;

/** A few addresses, fixed; looking one up allocates nothing. */
public final class AddressSet implements AddressTest {
  private final long[] halves;

  /** A set of these; repetitions don't matter. */
  public AddressSet(Collection<IpAddress> addresses) {
    halves = addresses.stream().flatMapToLong(a -> LongStream.of(a.hi(), a.lo())).toArray();
  }

  /** Whether the address is in the set. */
  @Override
  public boolean test(long hi, long lo) {
    for (int i = 0; i < halves.length; i += 2) {
      if (halves[i] == hi && halves[i + 1] == lo) {
        return true;
      }
    }
    return false;
  }
}
