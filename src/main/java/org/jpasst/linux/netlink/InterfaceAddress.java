package org.jpasst.linux.netlink;

import org.jpasst.net.IpAddress;

/**
 * An IP address of an interface.
 *
 * @param interfaceIndex the interface
 * @param address the local address, not a point-to-point peer's
 * @param prefixLength counted in the address's family
 * @param scope 0 universe, 200 site, 253 link, 254 host (linux/rtnetlink.h)
 * @param flags IFA_F_* of linux/if_addr.h
 */
public record InterfaceAddress(
    int interfaceIndex, IpAddress address, int prefixLength, int scope, int flags) {
  private static final int SCOPE_LINK = 253;
  private static final int TEMPORARY = 0x01;
  private static final int DAD_FAILED = 0x08;
  private static final int DEPRECATED = 0x20;
  private static final int TENTATIVE = 0x40;

  /** Whether the scope is the link or narrower. */
  public boolean isLinkScope() {
    return scope >= SCOPE_LINK;
  }

  /** Whether the address isn't to be used for anything new. */
  public boolean isDeprecated() {
    return (flags & DEPRECATED) != 0;
  }

  /** Whether duplicate address detection hasn't ended well, or not yet. */
  public boolean isTentative() {
    return (flags & (TENTATIVE | DAD_FAILED)) != 0;
  }

  /** Whether it is a temporary address of RFC 8981. */
  public boolean isTemporary() {
    return (flags & TEMPORARY) != 0;
  }
}
