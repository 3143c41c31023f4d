package org.jpasst.control.metrics;

import java.util.Arrays;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.jpasst.config.ProgramVersion;
import org.jpasst.flow.Flow;
import org.jpasst.flow.FlowState;
import org.jpasst.flow.FlowTable;
import org.jpasst.flow.FlowTotals;
import org.jpasst.flow.FlowType;
import org.jpasst.guest.cache.PacketCache;
import org.jpasst.loop.EventLoop;
import org.jpasst.migrate.Migration;
import org.jpasst.proto.icmp.Ping;
import org.jpasst.proto.tcp.Tcp;
import org.jpasst.proto.udp.Udp;
import org.jpasst.stats.Counter;
import org.jpasst.stats.Counters;

/** All that is counted of a run, as text for machines. */
public final class Metrics {
  private static final String PREFIX = "passt_";
  private static final String DROP = "drop.";

  private final Sources sources;
  private final long start;

  /**
   * Where the numbers come from.
   *
   * @param flows all of them
   * @param tcp knows those of its type
   * @param udp knows those of its type
   * @param ping knows those of its types
   * @param counters of the run
   * @param cache holds frames of a guest that stands still
   * @param migration moves the guest's state
   * @param loop knows the time
   */
  public record Sources(
      FlowTable flows,
      Tcp tcp,
      Udp udp,
      Ping ping,
      Counters counters,
      PacketCache cache,
      Migration migration,
      EventLoop loop) {
    /** How a flow fares. */
    public FlowState state(Flow flow) {
      return switch (flow.type()) {
        case TCP -> tcp.state(flow.index());
        case UDP -> udp.state(flow.index());
        case PING4, PING6 -> ping.state(flow.index());
      };
    }

    /** Bytes of payload that flows of each type have carried, those that have ended included. */
    public Map<FlowType, Payload> payload() {
      var all = new EnumMap<FlowType, Payload>(FlowType.class);
      for (FlowType type : FlowType.values()) {
        FlowTotals ended = flows.totals(type);
        all.put(type, new Payload(ended.endedBytesFromGuest(), ended.endedBytesToGuest()));
      }
      for (int i = 0; i < flows.capacity(); i++) {
        Flow flow = flows.flow(i);
        if (flow.live()) {
          var carried = new Payload(flow.bytesFromGuest(), flow.bytesToGuest());
          all.merge(flow.type(), carried, Payload::and);
        }
      }
      return all;
    }
  }

  /** Bytes in both directions. */
  public record Payload(long fromGuest, long toGuest) {
    private Payload and(Payload other) {
      return new Payload(fromGuest + other.fromGuest, toGuest + other.toGuest);
    }
  }

  /** Those of a run that begins now. */
  public Metrics(Sources sources) {
    this.sources = sources;
    start = sources.loop().now();
  }

  /** The text of this moment. */
  public String text(Dialect dialect) {
    MetricsWriter to = new MetricsWriter(dialect);
    to.info("passt_build", "The program.", "version", ProgramVersion.name());
    to.gauges("passt_uptime_seconds", "seconds", "Time since the start.")
        .sample(TimeUnit.NANOSECONDS.toSeconds(sources.loop().now() - start));
    writeFlows(to);
    to.histogram(
        "passt_tcp_guest_rtt_seconds",
        "Round trips of TCP data to the guest, as far as they were timed (RFC 6298).",
        sources.counters().guestRoundTrips());
    writeCounters(to);
    writeDrops(to);
    writeCache(to);
    writeMigration(to);
    return to.end();
  }

  private void writeFlows(MetricsWriter to) {
    FlowTable table = sources.flows();
    int types = FlowType.values().length;
    long[][] live = new long[types][FlowState.values().length];
    for (int i = 0; i < table.capacity(); i++) {
      Flow flow = table.flow(i);
      if (flow.live()) {
        live[flow.type().ordinal()][sources.state(flow).ordinal()]++;
      }
    }
    to.gauges("passt_flows", "", "Flows there are, by type and state.");
    for (FlowType type : FlowType.values()) {
      for (FlowState state : FlowState.values()) {
        if (isOf(type, state)) {
          long count = live[type.ordinal()][state.ordinal()];
          to.sample(count, "type", name(type), "state", state.id());
        }
      }
    }
    to.counters("passt_flows_opened", "", "Flows there have been, those that live included.");
    for (FlowType type : FlowType.values()) {
      to.sample(table.totals(type).opened(), "type", name(type));
    }
    to.counters("passt_payload_bytes", "bytes", "Payload that flows have carried.");
    sources
        .payload()
        .forEach(
            (type, bytes) -> {
              to.sample(bytes.fromGuest(), "type", name(type), "direction", "from_guest");
              to.sample(bytes.toGuest(), "type", name(type), "direction", "to_guest");
            });
  }

  private static boolean isOf(FlowType type, FlowState state) {
    boolean isOfDatagrams = state == FlowState.ANSWERED || state == FlowState.UNANSWERED;
    return isOfDatagrams == (type != FlowType.TCP);
  }

  private static String name(FlowType type) {
    return type.name().toLowerCase(Locale.ROOT);
  }

  private void writeCounters(MetricsWriter to) {
    for (Counter counter : Counter.values()) {
      if (!counter.id().startsWith(DROP)) {
        to.counters(PREFIX + counter.id().replace('.', '_'), "", sentence(counter.label()))
            .sample(sources.counters().value(counter));
      }
    }
  }

  /** One family, so that they can be summed; its help explains each reason. */
  private void writeDrops(MetricsWriter to) {
    String help =
        Arrays.stream(Counter.values())
            .filter(each -> each.id().startsWith(DROP))
            .map(each -> reason(each) + " (" + each.label() + ")")
            .collect(Collectors.joining(", ", "What was dropped, by reason: ", "."));
    to.counters("passt_drops", "", help);
    for (Counter counter : Counter.values()) {
      if (counter.id().startsWith(DROP)) {
        to.sample(sources.counters().value(counter), "reason", reason(counter));
      }
    }
  }

  private static String reason(Counter counter) {
    return counter.id().substring(DROP.length());
  }

  private static String sentence(String label) {
    return label.substring(0, 1).toUpperCase(Locale.ROOT) + label.substring(1) + ".";
  }

  private void writeCache(MetricsWriter to) {
    PacketCache cache = sources.cache();
    to.gauges("passt_cache_frames", "", "Frames in the packet cache.").sample(cache.count());
    to.gauges("passt_cache_bytes", "bytes", "Bytes in the packet cache.").sample(cache.size());
    to.gauges("passt_cache_limit_bytes", "bytes", "Most bytes that the packet cache holds.")
        .sample(cache.limit());
  }

  private void writeMigration(MetricsWriter to) {
    Migration migration = sources.migration();
    to.counters("passt_migrations", "", "States of the guest saved, loaded, and neither: failed.")
        .sample(migration.savedStates(), "outcome", "saved")
        .sample(migration.loadedStates(), "outcome", "loaded")
        .sample(migration.failures(), "outcome", "failed");
    to.gauges("passt_migration_saved", "", "1 while the state is saved and nobody goes on yet.")
        .sample(migration.isSaved() ? 1 : 0);
  }
}
