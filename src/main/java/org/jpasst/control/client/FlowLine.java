package org.jpasst.control.client;

import com.google.gson.JsonObject;

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
    long bytesToGuest) {

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
        text.get("bytes_to_guest").getAsLong());
  }

  /** The guest's end and whom it believes to talk to, the arrow from who began. */
  String guestSide() {
    return guestEndpoint + arrow() + guestOwn;
  }

  /** The host's socket and whom it talks to. */
  String hostSide() {
    return hostOwn + arrow() + hostEndpoint;
  }

  private String arrow() {
    return fromGuest ? " > " : " < ";
  }
}
