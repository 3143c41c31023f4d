package org.jpasst.bench;

/** A kind of cells; the cells of a group have the same metrics. */
enum Group {
  TCP("TCP streams"),
  UDP("UDP"),
  TRANSACTIONS("TCP transactions"),
  PING("Ping");

  private final String title;

  Group(String title) {
    this.title = title;
  }

  String title() {
    return title;
  }
}
