package org.jpasst.guest;

import java.io.IOException;

/**
 * Makes a backend of somebody else's known to the program: a kind of guest link that {@code
 * --backend NAME} chooses. Found by {@link java.util.ServiceLoader}; docs/extending.md shows one.
 */
public interface GuestLinkProvider {
  /** What it is called on the command line. */
  String name();

  /**
   * Makes the link. It has its guest from the start, or finds it by itself, and may bring its first
   * frames once it was told whom to {@linkplain GuestLink#deliverTo deliver} them to; when it ends
   * its guest, the run ends.
   *
   * @param argument what follows the name on the command line, perhaps nothing
   * @param context what it works with
   * @throws IOException if that can't be done, naming what failed and what to do, in one line
   */
  GuestLink open(String argument, LinkContext context) throws IOException;
}
