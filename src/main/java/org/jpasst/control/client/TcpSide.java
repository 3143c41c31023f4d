package org.jpasst.control.client;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalLong;

/**
 * How a TCP connection fares on one of its sides, as the back-end tells.
 *
 * @param roundTrip seconds
 * @param congestionWindow bytes
 * @param queued bytes to be acknowledged by the other end
 * @param unread bytes that were not passed on yet
 */
record TcpSide(
    OptionalDouble roundTrip,
    OptionalLong congestionWindow,
    long retransmissions,
    long queued,
    long unread) {

  /** That of one side; empty where it is no connection's. */
  static Optional<TcpSide> of(JsonObject side) {
    if (!side.has("send_queue")) {
      return Optional.empty();
    }
    Optional<JsonElement> rtt = Optional.ofNullable(side.get("rtt"));
    Optional<JsonElement> window = Optional.ofNullable(side.get("congestion_window"));
    return Optional.of(
        new TcpSide(
            rtt.map(each -> OptionalDouble.of(each.getAsDouble())).orElse(OptionalDouble.empty()),
            window.map(each -> OptionalLong.of(each.getAsLong())).orElse(OptionalLong.empty()),
            side.get("retransmissions").getAsLong(),
            side.get("send_queue").getAsLong(),
            side.get("receive_queue").getAsLong()));
  }

  String roundTripText() {
    return roundTrip.isPresent() ? Amounts.shortTime(roundTrip.getAsDouble()) : "-";
  }

  String windowText() {
    return congestionWindow.isPresent() ? Amounts.bytes(congestionWindow.getAsLong()) : "-";
  }
}
