package org.jpasst.linux.netlink;

import java.util.Optional;
import org.jpasst.net.MacAddress;

/**
 * A network interface.
 *
 * @param index its index, 1 or more
 * @param name its name
 * @param mtu in bytes
 * @param up whether it is administratively up (IFF_UP)
 * @param address its hardware address, if that is an Ethernet address
 */
public record Link(int index, String name, int mtu, boolean up, Optional<MacAddress> address) {}
