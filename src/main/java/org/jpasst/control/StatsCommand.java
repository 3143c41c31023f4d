package org.jpasst.control;

import com.google.gson.JsonObject;
import com.google.gson.JsonPrimitive;
import java.io.IOException;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.jpasst.control.metrics.Dialect;
import org.jpasst.control.metrics.Metrics;
import org.jpasst.flow.FlowTotals;
import org.jpasst.linux.Errno;
import org.jpasst.linux.ErrnoException;
import org.jpasst.stats.Counter;

/** {@code stats}: what has been counted since the start. */
final class StatsCommand implements CommandHandler {
  /** The format, and the answer's member. */
  private static final String OPEN_METRICS = "openmetrics";

  private final Metrics.Sources run;
  private final Metrics metrics;
  private final long start;

  StatsCommand(Metrics.Sources run) {
    this.run = run;
    metrics = new Metrics(run);
    start = run.loop().now();
  }

  @Override
  public Message handle(Request request) throws IOException {
    Optional<String> format = request.text(Request.FORMAT);
    if (format.isEmpty()) {
      return answer();
    }
    if (!format.get().equals(OPEN_METRICS)) {
      throw new ErrnoException(Errno.EINVAL, "a format is " + OPEN_METRICS + ", or left out");
    }
    return Message.ok().with(OPEN_METRICS, new JsonPrimitive(metrics.text(Dialect.OPEN_METRICS)));
  }

  private Message answer() {
    JsonObject counters = new JsonObject();
    for (Counter counter : Counter.values()) {
      counters.addProperty(counter.id(), run.counters().value(counter));
    }
    long uptime = TimeUnit.NANOSECONDS.toSeconds(run.loop().now() - start);
    return Message.ok()
        .with("uptime", new JsonPrimitive(uptime))
        .with("flows", flows())
        .with("counters", counters);
  }

  private JsonObject flows() {
    JsonObject all = new JsonObject();
    run.payload()
        .forEach(
            (type, bytes) -> {
              FlowTotals totals = run.flows().totals(type);
              JsonObject text = new JsonObject();
              text.addProperty("live", totals.live());
              text.addProperty("opened", totals.opened());
              text.addProperty("bytes_from_guest", bytes.fromGuest());
              text.addProperty("bytes_to_guest", bytes.toGuest());
              all.add(FlowsCommand.nameOf(type), text);
            });
    return all;
  }
}
