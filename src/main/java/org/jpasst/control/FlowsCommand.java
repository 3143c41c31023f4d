package org.jpasst.control;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import com.google.gson.JsonPrimitive;
import java.io.IOException;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import org.jpasst.control.metrics.Metrics;
import org.jpasst.flow.Flow;
import org.jpasst.flow.FlowSide;
import org.jpasst.flow.FlowTable;
import org.jpasst.flow.FlowType;
import org.jpasst.flow.SideTuple;
import org.jpasst.linux.TcpInfo;
import org.jpasst.proto.tcp.TcpDetails;

/** {@code flows}: a part of the table, so that an answer has bounds. */
final class FlowsCommand implements CommandHandler {
  /** Flows in one answer: 150 kB at most, made in a millisecond. */
  static final int MOST = 256;

  private static final double NANOS_PER_SECOND = TimeUnit.SECONDS.toNanos(1);

  private final Metrics.Sources run;
  private final FlowTable flows;
  private final TcpInfo info = new TcpInfo();

  FlowsCommand(Metrics.Sources run) {
    this.run = run;
    flows = run.flows();
  }

  @Override
  public Message handle(Request request) throws IOException {
    int index = request.number("from", 0, 0, FlowTable.LIMIT);
    int limit = request.number("limit", MOST, 1, MOST);
    JsonArray found = new JsonArray();
    for (; index < flows.capacity() && found.size() < limit; index++) {
      if (flows.flow(index).live()) {
        found.add(describe(flows.flow(index)));
      }
    }
    Message answer = Message.ok().with("flows", found);
    return index < flows.capacity() ? answer.with("next", new JsonPrimitive(index)) : answer;
  }

  private JsonObject describe(Flow flow) {
    JsonObject text = new JsonObject();
    text.addProperty("id", flow.generation() * (FlowTable.LIMIT + 1L) + flow.index());
    text.addProperty("type", nameOf(flow.type()));
    text.addProperty("state", run.state(flow).id());
    text.addProperty("opened_by", flow.fromGuest() ? "guest" : "host");
    describeSides(flow, text);
    long age = run.loop().now() - flow.began();
    text.addProperty("age", Math.round(age / NANOS_PER_SECOND * 1000) / 1000.0);
    text.addProperty("bytes_from_guest", flow.bytesFromGuest());
    text.addProperty("bytes_to_guest", flow.bytesToGuest());
    return text;
  }

  private void describeSides(Flow flow, JsonObject text) {
    boolean isTcp = flow.type() == FlowType.TCP;
    if (isTcp) {
      run.tcp().learnOurSide(flow.index());
    }
    JsonObject guest = describe(flow.guest());
    JsonObject host = describe(flow.host());
    if (isTcp) {
      TcpDetails details = run.tcp().details(flow.index(), info);
      describe(details.guest(), guest);
      describe(details.host(), host);
    }
    text.add("guest", guest);
    text.add("host", host);
  }

  private static JsonObject describe(FlowSide side) {
    SideTuple tuple = SideTuple.of(side);
    JsonObject text = new JsonObject();
    text.addProperty("endpoint", tuple.endpoint().toString());
    text.addProperty("own", tuple.own().toString());
    return text;
  }

  private static void describe(TcpDetails.Side side, JsonObject text) {
    if (side.roundTrip() > 0) {
      text.addProperty("rtt", Math.round(side.roundTrip() / 1e3) / 1e6);
    }
    side.congestionWindow().ifPresent(bytes -> text.addProperty("congestion_window", bytes));
    text.addProperty("retransmissions", side.retransmissions());
    text.addProperty("send_queue", side.sendQueue());
    text.addProperty("receive_queue", side.receiveQueue());
  }

  static String nameOf(FlowType type) {
    return type.name().toLowerCase(Locale.ROOT);
  }
}
