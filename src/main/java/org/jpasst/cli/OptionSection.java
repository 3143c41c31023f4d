package org.jpasst.cli;

/** Where the usage text lists an option. */
enum OptionSection {
  PROCESS("Process"),
  LINK("Guest's link"),
  MIGRATION("Migration"),
  ADDRESSES("Addresses"),
  NAMES("Names"),
  PROTOCOLS("Protocols"),
  FORWARDING("Port forwarding");

  private final String heading;

  OptionSection(String heading) {
    this.heading = heading;
  }

  String heading() {
    return heading;
  }
}
