/**
 * The host's network as the kernel tells it over rtnetlink (rtnetlink(7), RFC 3549): a dump of
 * interfaces, addresses, routes and neighbours, and changes of the neighbour table.
 */
package org.jpasst.linux.netlink;
