package org.jpasst.control.pesto;

/** Sizes and numbers of a table of rules, which belongs to an interface ("pif") of passt's. */
final class Table {
  /** Stands in an interface number's place after the last table. */
  static final int END = 0;

  /** The interface number of the host's side, where {@code -t} and {@code -u} listen. */
  static final int HOST = 1;

  /** Its name. */
  static final String HOST_NAME = "HOST";

  /** Size of the field for an interface's name, with its NUL. */
  static final int NAME_SIZE = 128;

  private Table() {}
}
