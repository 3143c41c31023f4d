package org.jpasst.proto.socket;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jpasst.flow.Flow;
import org.jpasst.flow.FlowSide;
import org.jpasst.guest.FrameSink;
import org.jpasst.net.Endpoint;
import org.jpasst.net.IpAddress;

/**
 * Datagrams that were taken from their sockets so that they can move to another host, or have come
 * from one: they go to the guest, wherever it runs next, before anything newer. In the order in
 * which they came. Owns their memory, which is not the heap's.
 */
public final class KeptDatagrams {
  /** Most bytes: as much as some hundred full sockets hold. What is more waits in its socket. */
  public static final long LIMIT = 64 << 20;

  /**
   * What each is reckoned to take besides its payload, so that there aren't too many empty ones.
   */
  private static final int OVERHEAD = 256;

  /** Most datagrams that there can be. */
  public static final int MOST = (int) (LIMIT / OVERHEAD);

  /**
   * The flow that one is of.
   *
   * @param index in the flow table
   * @param generation of that index
   */
  private record Owner(int index, int generation) {
    static Owner of(Flow flow) {
      return new Owner(flow.index(), flow.generation());
    }
  }

  private record Entry(Owner owner, KeptDatagram datagram) {}

  private final ArrayDeque<Entry> entries = new ArrayDeque<>();
  private Arena arena = Arena.ofConfined();
  private long size;
  private boolean taking;

  /**
   * Appends a copy of one.
   *
   * @param flow whose it is
   * @param bytes where it is
   * @param at its offset there
   * @return false if there are too many already
   */
  public boolean add(Flow flow, Endpoint from, MemorySegment bytes, long at, int length) {
    if (size + length + OVERHEAD > LIMIT) {
      return false;
    }
    MemorySegment copy = arena.allocate(length);
    MemorySegment.copy(bytes, at, copy, 0, length);
    entries.addLast(new Entry(Owner.of(flow), new KeptDatagram(from, copy.asReadOnly())));
    size += length + OVERHEAD;
    return true;
  }

  /** Appends a copy of one that is from the flow's endpoint. */
  public boolean add(Flow flow, MemorySegment bytes, long at, int length) {
    FlowSide host = flow.host();
    var address = new IpAddress(host.endpointHi(), host.endpointLo());
    return add(flow, new Endpoint(address, host.endpointPort()), bytes, at, length);
  }

  /** Appends copies of those that have come with a flow of another host. */
  public void addAll(Flow flow, List<KeptDatagram> datagrams) {
    for (KeptDatagram each : datagrams) {
      add(flow, each.from(), each.bytes(), 0, (int) each.bytes().byteSize());
    }
  }

  /**
   * Has all that waits in the sockets kept, whether the guest's link has room or not.
   *
   * @param read reads the sockets
   */
  public void takeIn(Runnable read) {
    taking = true;
    try {
      read.run();
    } finally {
      taking = false;
    }
  }

  /** Whether what is read is to be kept. */
  public boolean isTaking() {
    return taking;
  }

  /** Whether what is in the sockets has to wait, for those that are kept or for room. */
  public boolean haveOthersWait(FrameSink sink) {
    return !taking && (!entries.isEmpty() || !sink.hasRoom());
  }

  /** Who gives the guest what was kept. */
  @FunctionalInterface
  public interface Delivery<F> {
    /** Gives it one; false where there is no room. */
    boolean deliver(F flow, KeptDatagram datagram, long now);
  }

  /**
   * Gives the guest those of flows that live.
   *
   * @return false where there is no room for all of them
   */
  public <F extends DatagramFlow> boolean deliver(
      FrameSink sink, DatagramFlows<F> flows, Delivery<F> delivery, long now) {
    while (!entries.isEmpty()) {
      Entry entry = entries.getFirst();
      F flow = flows.current(entry.owner().index(), entry.owner().generation());
      if (!sink.hasRoom() || flow != null && !delivery.deliver(flow, entry.datagram(), now)) {
        return false;
      }
      removeFirst();
    }
    return true;
  }

  /** With the last one the memory of all is released. */
  private void removeFirst() {
    entries.removeFirst();
    if (entries.isEmpty()) {
      arena.close();
      arena = Arena.ofConfined();
      size = 0;
    }
  }

  /** All of them by their flows; their memory stays ours. */
  public Function<Flow, List<KeptDatagram>> byFlow() {
    Map<Owner, List<KeptDatagram>> byOwner =
        entries.stream()
            .collect(
                Collectors.groupingBy(
                    Entry::owner, Collectors.mapping(Entry::datagram, Collectors.toList())));
    return flow -> byOwner.getOrDefault(Owner.of(flow), List.of());
  }
}
