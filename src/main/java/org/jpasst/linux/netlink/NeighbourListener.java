package org.jpasst.linux.netlink;

/** Is told about the host's neighbours: addresses as two halves, IPv4 in mapped form. */
public interface NeighbourListener {
  /**
   * A neighbour's Ethernet address is known: a new one, or one told before.
   *
   * @param interfaceIndex where it is
   * @param mac 48 bits
   */
  void onNeighbour(int interfaceIndex, long hi, long lo, long mac);

  /** A neighbour's Ethernet address isn't known any more; it may never have been told. */
  void onNeighbourGone(int interfaceIndex, long hi, long lo);
}
