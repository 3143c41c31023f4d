package org.jpasst.forward;

import java.util.ArrayList;
import java.util.List;
import org.jpasst.config.Configuration;
import org.jpasst.net.IpAddress;
import org.jpasst.net.MacLookup;

/**
 * The Ethernet addresses of the host's neighbours, so that the guest sees each by its own. Unknown
 * addresses are behind the gateway and have its address, or ours where that isn't known either.
 *
 * <p>A handful of entries as a rule, asked once per flow: a scan over arrays.
 */
public final class Neighbours implements MacLookup {
  private static final int CAPACITY = 512;

  private final long ourMac;
  private final List<IpAddress> pinned = new ArrayList<>();
  private IpAddress gateway4 = IpAddress.ANY4;
  private IpAddress gateway6 = IpAddress.ANY6;
  private final long[] hi = new long[CAPACITY];
  private final long[] lo = new long[CAPACITY];
  private final long[] mac = new long[CAPACITY];
  private int size;

  /** No neighbours yet; the addresses that mean the host itself are at ours. */
  public Neighbours(Configuration configuration) {
    ourMac = configuration.ourMac().bits();
    reconfigure(configuration);
  }

  /** Other addresses mean the host itself, or the router, from now on. */
  public void reconfigure(Configuration configuration) {
    pinned.clear();
    configuration.ipv4().ifPresent(s -> pinned.addAll(s.translation().addresses()));
    configuration.ipv6().ifPresent(s -> pinned.addAll(s.translation().addresses()));
    configuration.ipv6().ifPresent(s -> pinned.add(s.ourLinkLocal()));
    gateway4 = configuration.ipv4().flatMap(s -> s.gateway()).orElse(IpAddress.ANY4);
    gateway6 = configuration.ipv6().flatMap(s -> s.gateway()).orElse(IpAddress.ANY6);
  }

  /**
   * Learns of a neighbour.
   *
   * @return whether it is a new one that the guest should be told of
   */
  public boolean learn(long addressHi, long addressLo, long bits) {
    int at = find(addressHi, addressLo);
    if (at >= 0) {
      mac[at] = bits;
      return false;
    }
    if (size == CAPACITY || isPinned(addressHi, addressLo)) {
      return false;
    }
    hi[size] = addressHi;
    lo[size] = addressLo;
    mac[size++] = bits;
    return bits != ourMac;
  }

  /** Forgets a neighbour, if it was known. */
  public void forget(long addressHi, long addressLo) {
    int at = find(addressHi, addressLo);
    if (at >= 0) {
      size--;
      hi[at] = hi[size];
      lo[at] = lo[size];
      mac[at] = mac[size];
    }
  }

  /** Forgets all neighbours. */
  public void clear() {
    size = 0;
  }

  @Override
  public long macOf(long addressHi, long addressLo) {
    if (isPinned(addressHi, addressLo)) {
      return ourMac;
    }
    int at = find(addressHi, addressLo);
    if (at >= 0) {
      return mac[at];
    }
    IpAddress gateway = IpAddress.isIpv4(addressHi, addressLo) ? gateway4 : gateway6;
    int router = isPinned(gateway.hi(), gateway.lo()) ? -1 : find(gateway.hi(), gateway.lo());
    return router < 0 ? ourMac : mac[router];
  }

  private boolean isPinned(long addressHi, long addressLo) {
    for (int i = 0; i < pinned.size(); i++) {
      IpAddress address = pinned.get(i);
      if (address.lo() == addressLo && address.hi() == addressHi) {
        return true;
      }
    }
    return false;
  }

  private int find(long addressHi, long addressLo) {
    for (int i = 0; i < size; i++) {
      if (lo[i] == addressLo && hi[i] == addressHi) {
        return i;
      }
    }
    return -1;
  }
}
