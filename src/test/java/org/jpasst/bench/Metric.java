package org.jpasst.bench;

/** What is measured, with its unit and which way is better. */
enum Metric {
  THROUGHPUT("Throughput", "Gbit/s", Better.MORE),
  CPU_PER_GIGABYTE("CPU of the back-end", "s/GB", Better.LESS),
  RETRANSMISSIONS("Retransmissions in the guest", "segments", Better.ZERO),
  INTERFACE_DROPS("Drops of the guest's interface", "frames", Better.ZERO),
  LOSSLESS_RATE("Highest rate without loss", "datagrams/s", Better.MORE),
  CPU_PER_MILLION_AT_BASE("CPU at the lowest rate", "s/million", Better.LESS),
  CPU_PER_MILLION("CPU at the highest rate", "s/million", Better.LESS),
  LOSS_AT_DOUBLE("Loss at twice the highest rate", "%", Better.LESS),
  OFFERED_AT_DOUBLE("Sent at twice the highest rate", "datagrams/s", Better.NEITHER),
  DELIVERED_AT_DOUBLE("Delivered at twice the highest rate", "datagrams/s", Better.MORE),
  TRANSACTION_RATE("Transactions", "1/s", Better.MORE),
  CPU_PER_TRANSACTION("CPU per transaction", "µs", Better.LESS),
  ROUND_TRIP("Round trip", "µs", Better.LESS);

  /** Which way a metric is better. */
  private enum Better {
    MORE,
    LESS,
    ZERO,
    NEITHER
  }

  private final String title;
  private final String unit;
  private final Better better;

  Metric(String title, String unit, Better better) {
    this.title = title;
    this.unit = unit;
    this.better = better;
  }

  String title() {
    return title;
  }

  String unit() {
    return unit;
  }

  /** Whether candidates are compared by their quotient. */
  boolean hasRatio() {
    return better == Better.MORE || better == Better.LESS;
  }

  /**
   * Whether a value falls short of what it is compared with.
   *
   * @param value a median
   * @param reference the median of the candidate that is compared with
   */
  boolean fallsShort(double value, double reference) {
    return switch (better) {
      case MORE -> value < reference;
      case LESS -> value > reference;
      case ZERO -> value > 0;
      case NEITHER -> false;
    };
  }
}
