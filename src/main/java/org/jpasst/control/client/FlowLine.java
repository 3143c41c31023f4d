package org.jpasst.control.client;

import com.google.gson.JsonObject;
import java.util.Optional;
import java.util.function.Function;

/**
 * A flow as the back-end tells of it.
 *
 * @param age in seconds
 */
record FlowLine(
    long id,
    String type,
    String state,
    boolean fromGuest,
    String guestEndpoint,
    String guestOwn,
    String hostOwn,
    String hostEndpoint,
    double age,
    long bytesFromGuest,
    long bytesToGuest,
    Optional<TcpSide> hostTcp,
    Optional<TcpSide> guestTcp) {

  static FlowLine of(JsonObject text) {
    JsonObject guest = text.getAsJsonObject("guest");
    JsonObject host = text.getAsJsonObject("host");
    return new FlowLine(
        text.get("id").getAsLong(),
        text.get("type").getAsString(),
        text.get("state").getAsString(),
        text.get("opened_by").getAsString().equals("guest"),
        guest.get("endpoint").getAsString(),
        guest.get("own").getAsString(),
        host.get("own").getAsString(),
        host.get("endpoint").getAsString(),
        text.get("age").getAsDouble(),
        text.get("bytes_from_guest").getAsLong(),
        text.get("bytes_to_guest").getAsLong(),
        TcpSide.of(host),
        TcpSide.of(guest));
  }

  /** The guest's end and whom it believes to talk to, the arrow from who began. */
  String guestSide() {
    return guestEndpoint + arrow() + guestOwn;
  }

  /** The host's socket and whom it talks to. */
  String hostSide() {
    return hostOwn + arrow() + hostEndpoint;
  }

  /**
   * Whom the guest talks to, seen from a port of its own: its address is nearly always the same.
   */
  String peer() {
    return guestEndpoint.substring(guestEndpoint.lastIndexOf(':')) + arrow() + guestOwn;
  }

  /** Something of both sides of a connection: the host's, and the guest's. */
  String both(Function<TcpSide, String> text) {
    return hostTcp.isEmpty() || guestTcp.isEmpty()
        ? ""
        : text.apply(hostTcp.get()) + "/" + text.apply(guestTcp.get());
  }

  private String arrow() {
    return fromGuest ? " > " : " < ";
  }
}
