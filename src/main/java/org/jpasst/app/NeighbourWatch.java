package org.jpasst.app;

import java.io.IOException;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jpasst.config.Configuration;
import org.jpasst.config.Ipv4Settings;
import org.jpasst.config.Ipv6Settings;
import org.jpasst.config.TemplateInterface;
import org.jpasst.forward.Neighbours;
import org.jpasst.linux.EpollFlag;
import org.jpasst.linux.Sockets;
import org.jpasst.linux.netlink.NeighbourListener;
import org.jpasst.linux.netlink.NeighbourTable;
import org.jpasst.log.Log;
import org.jpasst.loop.EventHandler;
import org.jpasst.loop.EventKeys;
import org.jpasst.loop.EventKind;
import org.jpasst.loop.EventLoop;

/**
 * Follows the host's neighbours on the template interfaces, so that the guest sees each by its own
 * Ethernet address, and is told when one appears.
 */
final class NeighbourWatch implements EventHandler, NeighbourListener, AutoCloseable {
  /** The neighbour table has changed. */
  static final EventKind EVENTS = new EventKind("netlink neighbour notifier");

  /** Tells the guest of a neighbour. */
  @FunctionalInterface
  interface Announcement {
    /** A neighbour has this Ethernet address. */
    void announce(long hi, long lo, long mac);
  }

  private final Neighbours neighbours;
  private final Announcement announcement;
  private final EventLoop loop;
  private final Log log;
  private final NeighbourTable table;
  private boolean isFollowing = true;
  private Set<Integer> interfaces;

  /**
   * Starts following.
   *
   * @throws IOException if the kernel refuses
   */
  NeighbourWatch(
      Configuration configuration,
      Sockets sockets,
      EventLoop loop,
      Neighbours neighbours,
      Announcement announcement,
      Log log)
      throws IOException {
    this.neighbours = neighbours;
    this.announcement = announcement;
    this.loop = loop;
    this.log = log;
    interfaces = interfaces(configuration);
    table = new NeighbourTable(sockets);
    table.read(this);
    EventKeys keys = loop.handle(EVENTS, this);
    loop.add(table.fd(), EpollFlag.IN, keys.of(0, 0));
  }

  private static Set<Integer> interfaces(Configuration configuration) {
    return Stream.of(
            configuration.ipv4().flatMap(Ipv4Settings::template),
            configuration.ipv6().flatMap(Ipv6Settings::template))
        .flatMap(Optional::stream)
        .map(TemplateInterface::index)
        .collect(Collectors.toSet());
  }

  /** Where the template interfaces are others now, begins anew with their neighbours. */
  void reconfigure(Configuration configuration) {
    Set<Integer> next = interfaces(configuration);
    if (next.equals(interfaces)) {
      return;
    }
    interfaces = next;
    neighbours.clear();
    if (isFollowing && table.readAgain() < 0) {
      giveUp();
    }
  }

  private void giveUp() {
    log.warn("changes of the host's neighbours (ARP, NDP) go unnoticed from now on");
    loop.remove(table.fd());
    close();
  }

  @Override
  public void onReady(int index, int generation, int events, long now) {
    if (isFollowing && table.read(this) < 0) {
      giveUp();
    }
  }

  @Override
  public void onNeighbour(int interfaceIndex, long hi, long lo, long mac) {
    if (interfaces.contains(interfaceIndex) && neighbours.learn(hi, lo, mac)) {
      announcement.announce(hi, lo, mac);
    }
  }

  @Override
  public void onNeighbourGone(int interfaceIndex, long hi, long lo) {
    if (interfaces.contains(interfaceIndex)) {
      neighbours.forget(hi, lo);
    }
  }

  @Override
  public void close() {
    isFollowing = false;
    table.close();
  }
}
