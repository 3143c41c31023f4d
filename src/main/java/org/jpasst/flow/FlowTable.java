package org.jpasst.flow;

import java.util.Arrays;

/**
 * All flows of the process. Looked up by either side, through a keyed hash with linear probing.
 *
 * <p>An entry that is freed keeps its index to the end of the loop's turn, so that nothing in the
 * same turn can mistake a new flow for the old one. Grows as needed and allocates only then.
 */
public final class FlowTable {
  /** Most flows there can be; passt's limit (2^17, less the one that it keeps as a sentinel). */
  public static final int LIMIT = (1 << 17) - 1;

  /** Answer where no flow is found or can be made. */
  public static final int NONE = -1;

  private static final int INITIAL_FLOWS = 256;
  private static final int INITIATING = 0;
  private static final int TARGET = 1;

  private final SipHash hash;
  private Flow[] flows = new Flow[0];
  private int[] free = new int[INITIAL_FLOWS];
  private int freeCount;
  private int[] ending = new int[INITIAL_FLOWS];
  private int endingCount;
  private int live;
  private final FlowPace pace = new FlowPace();

  /** Slots hold {@code index * 2 + side + 1}; zero is empty. Never more than half full. */
  private int[] slots = new int[INITIAL_FLOWS * 4];

  private int used;
  private final FlowTotals[] totals = new FlowTotals[FlowType.values().length];

  /** Makes an empty table. */
  public FlowTable(SipHash hash) {
    this.hash = hash;
    Arrays.setAll(totals, i -> new FlowTotals());
  }

  /** How many flows live. */
  public int size() {
    return live;
  }

  /** How fast the guest's flows begin; a turn ends with {@link #reclaim}. */
  public FlowPace pace() {
    return pace;
  }

  /** What has come together of one type's flows. */
  public FlowTotals totals(FlowType type) {
    return totals[type.ordinal()];
  }

  /** One more than the highest index in use so far. */
  public int capacity() {
    return flows.length;
  }

  /** The entry at an index below {@link #capacity()}. */
  public Flow flow(int index) {
    return flows[index];
  }

  /** Whether an event's index and generation are those of a flow that lives. */
  public boolean isCurrent(int index, int generation) {
    return index >= 0
        && index < flows.length
        && flows[index].live()
        && flows[index].generation() == generation;
  }

  /**
   * Makes a new flow; its sides are still empty.
   *
   * @param now the turn's time, nanoseconds
   * @return its index, or {@link #NONE} where the table is full
   */
  public int allocate(FlowType type, long now) {
    if (freeCount == 0 && !grow()) {
      return NONE;
    }
    int index = free[--freeCount];
    flows[index].begin(type, now);
    live++;
    totals[type.ordinal()].began();
    return index;
  }

  /** Enters the flow's initiating side into the hash, by which {@link #lookup} then finds it. */
  public void insertInitiating(int index) {
    if (flows[index].fromGuest()) {
      pace.began();
    }
    insert(index, INITIATING, flows[index].initiating());
  }

  /** Enters the flow's target side into the hash. */
  public void insertTarget(int index) {
    insert(index, TARGET, flows[index].target());
  }

  /** Enters whichever side is on the guest's link. */
  public void insertGuestSide(int index) {
    if (flows[index].fromGuest()) {
      insertInitiating(index);
    } else {
      insertTarget(index);
    }
  }

  /**
   * Finds the flow that has this side.
   *
   * @param side its hash is left in it, for a later insertion
   * @return the flow's index, or {@link #NONE}
   */
  public int lookup(FlowType type, FlowSide side) {
    long code = hash.hash(type.protocol(), side);
    side.setHash(code);
    int mask = slots.length - 1;
    for (int at = (int) code & mask; slots[at] != 0; at = at + 1 & mask) {
      int entry = slots[at] - 1;
      Flow flow = flows[entry >>> 1];
      FlowSide found = (entry & 1) == INITIATING ? flow.initiating() : flow.target();
      if (found.hash() == code && flow.type() == type && found.sameAs(side)) {
        return entry >>> 1;
      }
    }
    return NONE;
  }

  /** Most entries one behind the other, which a look-up may have to pass; for tests. */
  int longestRun() {
    int longest = 0;
    int run = 0;
    for (int slot : slots) {
      run = slot == 0 ? 0 : run + 1;
      longest = Math.max(longest, run);
    }
    return longest;
  }

  /** A number that nobody outside can guess, the same for the same flow: RFC 6528's F(). */
  public int secretOf(int index) {
    Flow flow = flows[index];
    long code = hash.hash(flow.type().protocol(), flow.guest());
    return (int) (code ^ code >>> 32);
  }

  /** A number that nobody outside can guess, the same for the same address. */
  public int secretOf(long hi, long lo) {
    long code = hash.hash(hi, lo, 0, 0, 0, 0);
    return (int) (code ^ code >>> 32);
  }

  /**
   * Ends a flow. Its tuple is forgotten at once; its index is used again only after {@link
   * #reclaim}.
   */
  public void free(int index) {
    Flow flow = flows[index];
    if (!flow.live()) {
      throw new IllegalStateException("flow " + index + " is freed twice");
    }
    remove(index, INITIATING, flow.initiating());
    remove(index, TARGET, flow.target());
    totals[flow.type().ordinal()].ended(flow);
    flow.end();
    live--;
    if (endingCount == ending.length) {
      ending = Arrays.copyOf(ending, ending.length * 2);
    }
    ending[endingCount++] = index;
  }

  /** At the end of the turn: the indices of flows that ended may be used again. */
  public void reclaim() {
    pace.endTurn();
    while (endingCount > 0) {
      free[freeCount++] = ending[--endingCount];
    }
  }

  private boolean grow() {
    int old = flows.length;
    int size = Math.min(LIMIT, Math.max(INITIAL_FLOWS, old * 2));
    if (size == old) {
      return false;
    }
    flows = Arrays.copyOf(flows, size);
    free = Arrays.copyOf(free, size);
    for (int index = size - 1; index >= old; index--) {
      flows[index] = new Flow(index);
      free[freeCount++] = index;
    }
    return true;
  }

  private void insert(int index, int side, FlowSide tuple) {
    if ((used + 1) * 2 > slots.length) {
      rehash();
    }
    long code = hash.hash(flows[index].type().protocol(), tuple);
    tuple.setHash(code);
    place(code, index * 2 + side + 1);
    used++;
  }

  private void place(long code, int entry) {
    int mask = slots.length - 1;
    int at = (int) code & mask;
    while (slots[at] != 0) {
      at = at + 1 & mask;
    }
    slots[at] = entry;
  }

  private void rehash() {
    int[] old = slots;
    slots = new int[old.length * 2];
    for (int entry : old) {
      if (entry != 0) {
        place(hashOf(entry), entry);
      }
    }
  }

  private long hashOf(int entry) {
    Flow flow = flows[(entry - 1) >>> 1];
    return ((entry - 1) & 1) == INITIATING ? flow.initiating().hash() : flow.target().hash();
  }

  /** Removes an entry, if it is there, and closes the gap (Knuth, vol. 3, 6.4, algorithm R). */
  private void remove(int index, int side, FlowSide tuple) {
    int mask = slots.length - 1;
    int wanted = index * 2 + side + 1;
    int at = (int) tuple.hash() & mask;
    while (slots[at] != wanted) {
      if (slots[at] == 0) {
        return;
      }
      at = at + 1 & mask;
    }
    used--;
    int gap = at;
    for (int next = gap + 1 & mask; slots[next] != 0; next = next + 1 & mask) {
      int home = (int) hashOf(slots[next]) & mask;
      if ((next - home & mask) >= (next - gap & mask)) {
        slots[gap] = slots[next];
        gap = next;
      }
    }
    slots[gap] = 0;
  }
}
