package org.jpasst.forward;

/**
 * Addresses of the guest's network that packets are for and whose stations aren't known: they are
 * to be asked for by ARP or neighbour discovery. Each is asked for once a second at most, and so
 * many together.
 */
public final class StationQuestions {
  private static final int MOST = 32;

  private final long[] his = new long[MOST];
  private final long[] los = new long[MOST];

  /** To whom the question goes, or {@link GuestStations#NONE} for all. */
  private final long[] macs = new long[MOST];

  private int asked;
  private int count;

  StationQuestions() {}

  /** Questions from before may be asked again; to be called once a second. */
  void onTick() {
    if (asked == count) {
      clear();
    }
  }

  void clear() {
    asked = 0;
    count = 0;
  }

  /** An address that all are to be asked for. */
  void add(long hi, long lo) {
    add(hi, lo, GuestStations.NONE);
  }

  /**
   * An address that one station, which had it, is to be asked for.
   *
   * @return false where it has just been asked, or there are too many questions
   */
  boolean add(long hi, long lo, long mac) {
    for (int i = 0; i < count; i++) {
      if (los[i] == lo && his[i] == hi && macs[i] == mac) {
        return false;
      }
    }
    if (count == MOST) {
      return false;
    }
    his[count] = hi;
    los[count] = lo;
    macs[count++] = mac;
    return true;
  }

  /** Whether there is one to be asked. */
  public boolean areThere() {
    return asked < count;
  }

  /** First half of the address that is to be asked for next. */
  public long hi() {
    return his[asked];
  }

  /** Second half of the same. */
  public long lo() {
    return los[asked];
  }

  /** The Ethernet address to ask, or negative for all. */
  public long mac() {
    return macs[asked];
  }

  /** It has been asked. */
  public void next() {
    asked++;
  }
}
