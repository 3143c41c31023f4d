package org.jpasst.bench;

/** A kind of cells; the cells of a group have the same metrics. */
enum Group {
  TCP("TCP streams"),
  UDP("UDP"),
  TRANSACTIONS("Transactions"),
  PING("Ping"),
  START_UP("Start-up"),
  MEMORY("Memory"),
  COLD("The first seconds"),
  GROWTH("Many flows"),
  CHURN("Connections that come and go"),
  SOAK("Full load for long"),
  LOSS("Lossy paths"),
  SWITCHOVER("A bridged guest that moves");

  private final String title;

  Group(String title) {
    this.title = title;
  }

  String title() {
    return title;
  }
}
