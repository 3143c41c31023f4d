package org.jpasst.guest;

/**
 * Work on a frame that is left to the guest's side, as far as its {@link LinkCapabilities} allow:
 * to complete the transport checksum, and to cut a frame up that stands for several packets. The
 * checksum field then holds the sum of the pseudo header, not complemented.
 *
 * <p>One object is used for one frame after the other.
 */
public final class Offload {
  /** The frame goes to the guest as it is. */
  public static final Offload NONE = new Offload();

  private int transportAt;
  private int checksumAt;
  private int segmentation = Segmentation.NONE;
  private int segmentSize;

  /**
   * Sets what is left to do for the next frame.
   *
   * @param transportAt where the TCP or UDP header is, counted from the frame's first byte
   * @param checksumAt where in that header the checksum is
   * @param segmentation one of {@link Segmentation}
   * @param segmentSize bytes of payload of each packet but the last, where there are several
   * @return this
   */
  public Offload set(int transportAt, int checksumAt, int segmentation, int segmentSize) {
    if (isNone()) {
      throw new IllegalStateException("nothing can be left to do where nothing is");
    }
    this.transportAt = transportAt;
    this.checksumAt = checksumAt;
    this.segmentation = segmentation;
    this.segmentSize = segmentSize;
    return this;
  }

  /** Whether nothing is left to do. */
  public boolean isNone() {
    return this == NONE;
  }

  /** Where the TCP or UDP header is, counted from the frame's first byte. */
  public int transportAt() {
    return transportAt;
  }

  /** Where in that header the checksum is. */
  public int checksumAt() {
    return checksumAt;
  }

  /** Whether the frame stands for several packets. */
  public boolean isSeveral() {
    return segmentation != Segmentation.NONE;
  }

  /** One of {@link Segmentation}. */
  public int segmentation() {
    return segmentation;
  }

  /** Bytes of payload of each packet but the last, where there are several. */
  public int segmentSize() {
    return segmentSize;
  }
}
