package org.jpasst.bench;

/** What is measured, with its unit and which way is better. */
enum Metric {
  THROUGHPUT("Throughput", "Gbit/s", Better.MORE),
  CPU_PER_GIGABYTE("CPU of the back-end", "s/GB", Better.LESS),
  KICKS_PER_GIGABYTE("Kicks", "1/GB", Better.LESS),
  INTERRUPTS_PER_GIGABYTE("Interrupts", "1/GB", Better.LESS),
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
  ROUND_TRIP("Round trip", "µs", Better.LESS),
  CPU_PER_ECHO("CPU per echo", "µs", Better.LESS),
  TIME_TO_READY("Time from exec to ready", "ms", Better.NEITHER),
  RESIDENT_WHEN_READY("Resident set when ready", "MiB", Better.NEITHER),
  RESIDENT_IDLE("Resident set with a guest and no connection", "MiB", Better.NEITHER),
  RESIDENT_WITH_THOUSAND("Resident set with 1,000 idle connections", "MiB", Better.NEITHER),
  RESIDENT_WITH_TEN_THOUSAND("Resident set with 10,000 idle connections", "MiB", Better.NEITHER),
  BYTES_PER_CONNECTION("Resident set per idle connection", "bytes", Better.NEITHER),
  FIRST_SECOND("Throughput in the first second", "Gbit/s", Better.MORE),
  COLD_THROUGHPUT("Throughput in the first 10 seconds", "Gbit/s", Better.MORE),
  STEADY_THROUGHPUT("Throughput in the 10 seconds after", "Gbit/s", Better.MORE),
  COLD_SHARE("First 10 seconds against those after", "%", Better.NEITHER),
  CPU_PER_DATAGRAM("CPU per datagram", "µs", Better.LESS),
  LOSS("Loss", "%", Better.NEITHER),
  RESIDENT_WITH_FLOWS("Resident set", "MiB", Better.NEITHER),
  CONNECTION_RATE("Connections", "1/s", Better.MORE),
  CPU_PER_CONNECTION("CPU per connection", "µs", Better.LESS),
  FAILED_CONNECTIONS("Connections that failed", "", Better.ZERO),
  DESCRIPTORS_LEFT("Descriptors more than before", "", Better.NEITHER),
  RESIDENT_LEFT("Resident set more than before", "MiB", Better.NEITHER),
  LAST_OF_FIRST_MINUTE("Throughput in the last minute against the first", "%", Better.NEITHER),
  RESIDENT_GROWTH(
      "Resident set at the end more than after the first minute", "MiB", Better.NEITHER),
  SEGMENTS_SENT_AGAIN("Retransmissions in the guest", "segments", Better.NEITHER),
  HARNESS_DROPS("Frames that the harness dropped unasked", "frames", Better.ZERO),
  LOST_BY_MOVE("Lost by a move", "datagrams", Better.LESS),
  LONGEST_GAP("Longest time without an arrival in a move", "ms", Better.LESS);

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
   * How good a value is beside another: 1 where they are equal, less where it is worse.
   *
   * @param reference what is compared with, not 0
   */
  double merit(double value, double reference) {
    return switch (better) {
      case MORE -> value / reference;
      case LESS -> reference / value;
      case ZERO, NEITHER -> 1;
    };
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
