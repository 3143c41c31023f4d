package org.jpasst.flow;

/**
 * An entry of the flow table: who talks to whom. What the protocol knows beyond that, it keeps in
 * arrays of its own, by {@link #index()}.
 */
public final class Flow {
  private final int index;
  private final FlowSide initiating = new FlowSide();
  private final FlowSide target = new FlowSide();
  private FlowType type = FlowType.TCP;
  private int generation;
  private boolean live;
  private long began;
  private long bytesFromGuest;
  private long bytesToGuest;

  Flow(int index) {
    this.index = index;
  }

  /** Its place in the table, and in the protocol's own arrays. */
  public int index() {
    return index;
  }

  /** Differs for each flow that has lived at this index; 24 bits, see the loop's event keys. */
  public int generation() {
    return generation;
  }

  /** What kind of flow this is. */
  public FlowType type() {
    return type;
  }

  /** Whether the entry is in use. */
  public boolean live() {
    return live;
  }

  /** The side that sent the first packet. */
  public FlowSide initiating() {
    return initiating;
  }

  /** The side the first packet was translated to. */
  public FlowSide target() {
    return target;
  }

  /** The side on the guest's link. */
  public FlowSide guest() {
    return initiating.pif() == Pif.GUEST ? initiating : target;
  }

  /** The side on the host. */
  public FlowSide host() {
    return initiating.pif() == Pif.GUEST ? target : initiating;
  }

  /** Whether the guest sent the first packet. */
  public boolean fromGuest() {
    return initiating.pif() == Pif.GUEST;
  }

  /** When it began here, nanoseconds of the loop's clock. */
  public long began() {
    return began;
  }

  /** Counts bytes of payload that were taken from the guest. */
  public void addFromGuest(long bytes) {
    bytesFromGuest += bytes;
  }

  /** Counts bytes of payload that the guest has been given. */
  public void addToGuest(long bytes) {
    bytesToGuest += bytes;
  }

  /** Bytes of payload from the guest since it began here. */
  public long bytesFromGuest() {
    return bytesFromGuest;
  }

  /** Bytes of payload to the guest since it began here. */
  public long bytesToGuest() {
    return bytesToGuest;
  }

  void begin(FlowType flowType, long now) {
    type = flowType;
    live = true;
    began = now;
    bytesFromGuest = 0;
    bytesToGuest = 0;
  }

  void end() {
    live = false;
    generation = generation + 1 & 0xff_ffff;
    initiating.clear();
    target.clear();
  }

  /** For messages: both sides. */
  @Override
  public String toString() {
    return type + " flow " + index + " (" + initiating + ", " + target + ")";
  }
}
